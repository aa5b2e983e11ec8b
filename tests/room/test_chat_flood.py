"""More chat texts of one participant than are read: that some were dropped is told."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest

from mcp_voice.link import Typed
from mcp_voice.room.chat import OPENED, Chat
from mcp_voice.tasks import owned_tasks
from testkit.waiting import settled

pytestmark = pytest.mark.anyio

TEXT = "the second option"


class Stream:
    """One chat text."""

    def close(self) -> None:
        """Nothing to close."""

    async def __aiter__(self) -> AsyncIterator[str]:
        """All of it at once."""
        yield TEXT


async def test_that_chat_texts_are_dropped_is_logged_once_for_each_sender_without_what_they_say(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """They were gone without a trace, whoever had sent them."""
    typed: list[Typed] = []
    stream: Any = Stream
    with caplog.at_level(logging.WARNING, logger="mcp_voice"):
        async with owned_tasks() as tasks:
            chat = Chat(typed.append, tasks)
            for sender in ("alice", "mallory"):
                for _ in range(int(OPENED.burst) + 10):
                    chat.on_stream(stream(), sender)
                    await settled()
    lines = [each.getMessage() for each in caplog.records]
    assert len(typed) >= 2 * OPENED.burst
    assert len(lines) == 2
    assert all("more chat texts than are read (20 at once, then 4 a second)" in line for line in lines)
    assert not any(TEXT in line or "mallory" in line for line in lines)
