"""The tools as functions: same arguments, same results, and nothing loaded before it is used."""

from __future__ import annotations

import inspect
import math
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio
import pytest

import mcp_voice
from mcp_voice import (
    Answer,
    BadInput,
    NobodyThere,
    Settings,
    UnknownAsk,
    UnknownRoom,
    Voice,
    ask_in_room,
    listen_in_room,
    open_voice,
    say_in_room,
    send_message_to_room,
)
from mcp_voice.people.human import Human
from mcp_voice.server import tools
from mcp_voice.settings import load, variable
from testkit.command import run
from testkit.rig import LIMIT, Rig, after_the_question, ours, voice_of
from testkit.waiting import until

pytestmark = pytest.mark.anyio

QUESTION = "Which one?"
FUNCTIONS = ("list_rooms", "ask_in_room", "say_in_room", "listen_in_room", "send_message_to_room")


@pytest.fixture(scope="module")
def settings(rig: Rig) -> Settings:
    """The rig's settings, as a script would make them."""
    named = {variable(field): field for field in Settings.model_fields}
    return load(_env_file=None, **{named[name]: value for name, value in rig.environment().items()})


@pytest.fixture(scope="module")
async def voice(settings: Settings) -> AsyncIterator[Voice]:
    """A voice for several calls, shared by the tests."""
    async with open_voice(settings) as opened:
        yield opened


async def test_importing_the_package_loads_neither_livekit_nor_numpy(tmp_path: Path) -> None:
    """A script that imports it for one branch pays nothing; no command but `serve` loads the MCP SDK."""
    code = """
import sys, mcp_voice
heavy = {"livekit", "numpy", "mcp", "pydantic", "anyio"}
print(sorted(heavy & set(sys.modules)))
from mcp_voice import ask_in_room, VoiceError
print(sorted({"livekit", "mcp", "numpy", "onnxruntime", "openai", "typer", "rich"} & set(sys.modules)))
import mcp_voice.cli.app
print(sorted({"livekit", "mcp", "mcp_types", "numpy"} & set(sys.modules)))
"""
    done = await run(folder=tmp_path, code=code)
    assert done.out.splitlines() == ["[]", "[]", "[]"], done.err


def test_every_public_name_is_there_and_others_are_not() -> None:
    """They are resolved late, so a name that is gone would show only when somebody uses it."""
    for name in mcp_voice.__all__:
        assert getattr(mcp_voice, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        mcp_voice.nonsense  # noqa: B018  # looked up on purpose


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_and_tools_have_the_same_arguments(name: str) -> None:
    """In the same order, with the same defaults; the context of a tool and the reporter of a script apart."""

    def signature(function: object) -> list[tuple[str, object]]:
        assert callable(function)
        parameters = inspect.signature(function).parameters.values()
        plain = [each for each in parameters if each.name not in ("ctx", "report", "self")]
        return [(each.name, list(each.default) if each.default in ((), []) else each.default) for each in plain]

    tool = signature(getattr(tools, name))
    assert signature(getattr(mcp_voice, name)) == tool
    assert signature(getattr(Voice, name)) == tool


async def test_a_script_asks_and_is_told_what_happens(voice: Voice, room: str, alice: Human) -> None:
    """The same Answer that a model gets."""
    told: list[str] = []

    async def report(message: str) -> None:
        told.append(message)

    answers: list[Answer] = []

    async def ask() -> None:
        answers.append(await voice.ask_in_room(QUESTION, room, "Alice", ["first", "second"], 30, report=report))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(ask)
        await after_the_question(alice, voice_of("the second option"))
    (answer,) = answers
    assert isinstance(answer, Answer)
    assert (answer.status, answer.reply, answer.choice) == ("answered", "the second option", "second")
    assert "speaking the question" in told


async def test_an_ask_outlives_its_call_while_the_voice_is_open(voice: Voice, room: str, alice: Human) -> None:
    """Pending, then collected; an unknown one is refused."""
    pending = await voice.ask_in_room(QUESTION, room, wait_seconds=0)
    assert pending.status == "pending"
    await after_the_question(alice, voice_of("the second option"))
    assert (await voice.wait_for_reply(pending.ask_id, LIMIT)).reply == "the second option"
    assert (await voice.cancel_ask(pending.ask_id)).status == "answered"
    with pytest.raises(UnknownAsk, match=pending.ask_id):
        await voice.wait_for_reply("ask-nonsense")


@pytest.mark.parametrize("seconds", [math.nan, math.inf, -math.inf, -1, 1e9, 10**5_000, -(10**5_000)], ids=range(7))
async def test_a_wait_that_is_no_time_is_refused(seconds: float, voice: Voice, room: str, alice: Human) -> None:
    """NaN too, which JSON cannot carry but a script can compute."""
    with pytest.raises(BadInput, match=r"wait_seconds is .* and must be from 0 to 3,600"):
        await voice.ask_in_room(QUESTION, room, wait_seconds=seconds)
    with pytest.raises(BadInput, match="wait_seconds"):
        await voice.listen_in_room(room, wait_seconds=seconds)
    with pytest.raises(BadInput, match="wait_seconds"):
        await voice.say_in_room("Dinner.", room, wait_seconds=seconds)
    with pytest.raises(BadInput, match="wait_seconds"):
        await voice.wait_for_reply("ask-1", wait_seconds=seconds)
    assert not ours(alice)


@pytest.mark.parametrize("seconds", [True, False, "5", [5]])
async def test_a_wait_that_is_no_number_is_refused(seconds: Any, voice: Voice, room: str) -> None:
    """Python takes True for 1, and a text was a TypeError."""
    for call in (
        voice.ask_in_room(QUESTION, room, wait_seconds=seconds),
        voice.listen_in_room(room, wait_seconds=seconds),
        voice.say_in_room("Dinner.", room, wait_seconds=seconds),
        voice.wait_for_reply("ask-1", wait_seconds=seconds),
    ):
        with pytest.raises(BadInput, match=r"wait_seconds is a \w+ and must be a number"):
            await call


async def test_leaving_the_block_leaves_every_room(settings: Settings, room: str, alice: Human) -> None:
    """And takes an open question back."""
    async with open_voice(settings) as own:
        assert (await own.ask_in_room(QUESTION, room, wait_seconds=0)).status == "pending"
        assert ours(alice)
    await until(lambda: not ours(alice))


async def test_an_error_that_leaves_the_block_names_no_link_that_ended_with_it(settings: Settings, room: str) -> None:
    """A script's last line was a link which nobody could open; inside the block it works."""
    waiting = settings.model_copy(update={"nobody": "wait", "open_browser": "never"})
    inside: list[str] = []

    async def script() -> None:
        async with open_voice(waiting) as own:
            try:
                await own.say_in_room("Hello.", room, wait_seconds=0.2)
            except NobodyThere as error:
                inside.append(error.fix)
                raise

    with pytest.raises(NobodyThere) as told:
        await script()
    assert "#" in inside[0]
    assert "#" not in told.value.fix
    assert "mcp-voice invite" in told.value.fix


async def test_the_functions_take_their_settings_from_the_environment(
    rig: Rig, room: str, alice: Human, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """One call each, for short scripts; errors are exceptions of the package."""
    for name, value in rig.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    assert room in [each.room_name for each in (await mcp_voice.list_rooms()).rooms]
    assert (await say_in_room("Hello.", room)).status == "said"
    assert (await listen_in_room(room, wait_seconds=0)).status == "pending"
    assert (await send_message_to_room("Hello.", room)).room_name == room
    with pytest.raises(UnknownRoom, match=room):
        await ask_in_room(QUESTION, "no-such-room")
