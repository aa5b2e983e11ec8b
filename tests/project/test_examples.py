"""The examples do what they say, as a user would run them."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import anyio
import pytest

from mcp_voice.people.human import Human
from testkit.command import environment
from testkit.rig import LIMIT, Rig, after_the_question

pytestmark = pytest.mark.anyio

EXAMPLES = Path(__file__).parents[2] / "examples"
RUN_SECONDS = 60.0


async def run(example: str, *arguments: str, rig: Rig, folder: Path) -> str:
    """What the example prints."""
    command = [sys.executable, str(EXAMPLES / example), *arguments]
    settings = environment(rig.environment(MCP_VOICE_LOG_LEVEL=""))
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


async def test_an_example_that_cannot_work_says_why(rig: Rig, tmp_path: Path) -> None:
    """One sentence, no traceback."""
    command = [sys.executable, str(EXAMPLES / "ask.py"), "no-such-room"]
    settings = environment(rig.environment(MCP_VOICE_LOG_LEVEL=""))
    with anyio.fail_after(RUN_SECONDS):
        done = await anyio.run_process(command, cwd=tmp_path, env=settings, check=False)
    assert done.returncode == 1
    assert done.stderr.decode().startswith("There is no room 'no-such-room' now")
