"""Whoever answers a command, which leaves the room at once, is thanked: the page knows the answer arrived."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import anyio
import pytest
from playwright.async_api import Browser

from mcp_voice.asks.join_links import JoinPage
from testkit.browser import Visitor, visitor
from testkit.command import Done, run
from testkit.rig import Rig, voice_of

pytestmark = pytest.mark.anyio

QUESTION = "Which of the two options do you want?"
CHOICES = ("the first option", "the second option")


async def tap(ada: Visitor) -> None:
    """A choice on the page."""
    await ada.press("the second option")


async def write(ada: Visitor) -> None:
    """In the page's field."""
    await ada.reads("question-text", QUESTION)
    await ada.writes("the second option")


async def speak(ada: Visitor) -> None:
    """By the microphone."""
    await ada.answers(voice_of("the second option"))


@pytest.mark.parametrize("answer", [tap, write, speak])
async def test_whoever_answers_a_command_is_thanked(
    answer: Callable[[Visitor], Awaitable[None]],
    rig: Rig,
    door: JoinPage,
    chromium: Browser,
    room: str,
    tmp_path: Path,
) -> None:
    """By a tap, in writing and by voice; also once the asker is gone, and its question with it."""
    ended: list[Done] = []

    async def ask() -> None:
        options = [text for choice in CHOICES for text in ("--choice", choice)]
        settings = rig.environment(MCP_VOICE_LOG_LEVEL="")
        ended.append(await run("ask", QUESTION, "--room", room, *options, folder=tmp_path, settings=settings))

    async with visitor(chromium) as ada:
        await ada.join((await door.link(room)).url)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ask)
            await answer(ada)
        assert (ended[0].code, ended[0].out) == (0, "Ada: the second option\n"), ended[0].err
        await ada.reads("voice-state", "No question right now")
        await ada.reads("question-text", "Thank you.")
        await ada.reads("question-note", "Your answer was received.")
