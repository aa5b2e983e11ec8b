"""The examples do what they say, as a user would run them."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import anyio
import pytest

from mcp_voice.people.human import Human
from testkit.chat_model import Call, Message, Reply, text_of
from testkit.command import environment
from testkit.rig import LIMIT, Rig, after_the_question

pytestmark = pytest.mark.anyio

EXAMPLES = Path(__file__).parents[2] / "examples"
RUN_SECONDS = 60.0
THOUGHT = 3.0
"""Seconds of silence before an answer; with loading and the question more than the frameworks wait by default."""


async def run(example: str, *arguments: str, rig: Rig, folder: Path) -> str:
    """What the example prints."""
    command = [sys.executable, str(EXAMPLES / example), *arguments]
    settings = environment(rig.environment(MCP_VOICE_LOG_LEVEL="", OPENAI_API_KEY="key"))
    with anyio.fail_after(RUN_SECONDS):
        done = await anyio.run_process(command, cwd=folder, env=settings, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


async def test_ask_prints_the_answer_and_the_decision(rig: Rig, room: str, alice: Human, tmp_path: Path) -> None:
    """A question by voice in the middle of a script."""
    printed: list[str] = []

    async def ask() -> None:
        printed.append(await run("ask.py", room, rig=rig, folder=tmp_path))

    answer = await rig.say("let us take Postgres")
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(ask)
        await after_the_question(alice, answer)
    assert printed == ["Alice said: let us take Postgres\nDecision: Postgres\n"]


async def test_broadcast_reaches_people_in_every_room(rig: Rig, room: str, alice: Human, tmp_path: Path) -> None:
    """And nobody hears anything."""
    async with rig.person(f"{room}-2", "bob") as bob:
        printed = await run("broadcast.py", "The build is green.", rig=rig, folder=tmp_path)
        assert f"{room}: alice\n" in printed
        assert f"{room}-2: bob\n" in printed
        for person in (alice, bob):
            packet = await person.packets.next(limit=LIMIT)
            assert packet.topic == "news"
            told = json.loads(packet.data)
            assert (told["type"], told["content"], told["sender"]) == (
                "mcp_message",
                "The build is green.",
                "mcp-voice",
            )
            assert not person.heard.sounds


TASK = "Find out which database we should use, by asking in the room {room}."
QUESTION = "Which database should we use?"


def asks_and_tells(room: str) -> Reply:
    """A language model that asks in the room, then says what the tool returned."""

    def reply(messages: list[Message]) -> str | Call:
        last = messages[-1]
        if last["role"] != "tool":
            assert room in text_of(last)
            return Call("ask_in_room", {"question": QUESTION, "room_name": room, "choices": ["Postgres", "MySQL"]})
        told = json.loads(text_of(last))
        answer = json.loads(told["text"]) if "text" in told else told
        return f"{answer['participant']['name']} {answer['status']} {answer['choice']}."

    return reply


@pytest.mark.parametrize("example", ["livekit_agent.py", "openai_agent.py"])
async def test_an_agent_of_a_framework_hears_an_answer_that_takes_longer_than_its_default_limit(
    example: str, rig: Rig, room: str, alice: Human, tmp_path: Path
) -> None:
    """Both give up on a call after 5 s, unless they are told to wait as the example tells them."""
    printed: list[str] = []

    async def ask() -> None:
        printed.append(await run(example, TASK.format(room=room), rig=rig, folder=tmp_path))

    answer = await rig.say("let us take Postgres")
    with rig.speech.saying(asks_and_tells(room)):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ask)
            await alice.hears_sound(limit=RUN_SECONDS)
            await after_the_question(alice, THOUGHT, answer)
    assert [text.strip() for text in printed] == ["Alice answered Postgres."]


async def test_an_example_that_cannot_work_says_why(rig: Rig, tmp_path: Path) -> None:
    """One sentence, no traceback."""
    command = [sys.executable, str(EXAMPLES / "ask.py"), "no-such-room"]
    settings = environment(rig.environment(MCP_VOICE_LOG_LEVEL="", OPENAI_API_KEY="key"))
    with anyio.fail_after(RUN_SECONDS):
        done = await anyio.run_process(command, cwd=tmp_path, env=settings, check=False)
    assert done.returncode == 1
    # On a busy machine it tells how far it is before.
    assert done.stderr.decode().splitlines()[-1].startswith("There is no room 'no-such-room' now")
