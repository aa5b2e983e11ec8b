"""What a command was called for is printed as soon as it is there, before the room is left."""

from __future__ import annotations

import contextvars
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from typer.testing import CliRunner

from mcp_voice import library
from mcp_voice.cli import running
from mcp_voice.cli.app import app
from mcp_voice.results import Answer, Said, Timing
from mcp_voice.settings import Settings

REPLY = "the second one"
ANSWER = Answer(status="answered", ask_id="ask-1", room_name="lobby", reply=REPLY, timing=Timing(), next="")
SAID = Said(status="said", room_name="lobby", spoken=REPLY)


class Voice:
    """Answers at once."""

    async def ask_in_room(self, *_: object, **__: object) -> Answer:
        """As the real one."""
        return ANSWER

    listen_in_room = ask_in_room

    async def say_in_room(self, *_: object, **__: object) -> Said:
        """As the real one."""
        return SAID


@pytest.mark.parametrize("command", [("ask", "Which one?"), ("listen",), ("say", REPLY)], ids=" ".join)
def test_the_result_is_printed_before_the_room_is_left(command: Sequence[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaving waits up to 0.6 s for the join page, and whoever has asked waited as well."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[Voice]:
        yield Voice()
        sys.stdout.write("left\n")

    monkeypatch.setattr(library, "open_voice", opened)
    monkeypatch.setattr(running, "log_to_stderr", lambda _: None)
    monkeypatch.setattr(running, "load", Settings)
    # The fixtures of other tests have a loop open in this context.
    done = contextvars.Context().run(CliRunner().invoke, app, list(command))
    assert done.exit_code == 0, done.output
    printed, left = done.stdout.splitlines()
    assert REPLY in printed
    assert left == "left"
