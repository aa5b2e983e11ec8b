"""Chat messages: text streams that anybody in the room may open, each read to its end or to its limit."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable

import anyio
from anyio.abc import TaskGroup
from livekit import rtc

from mcp_voice.bounds.rate_limit import ONCE_A_MINUTE, Limit, RateLimit
from mcp_voice.link import Typed
from mcp_voice.room.livekit_events import guarded
from mcp_voice.texts.foreign import LONGEST_TEXT

__all__ = ["CHAT_TOPIC", "LONGEST_STREAM", "Chat"]

log = logging.getLogger(__name__)

CHAT_TOPIC = "lk.chat"
READ_SECONDS = 10.0
OPEN_AT_ONCE = 4
"""Streams of one participant that are read at a time; who types sends one after the other."""
OPENED = Limit(burst=20, per_second=4)
LONGEST_STREAM = 256 * 1024
"""Bytes of a data stream beyond which LiveKit's library ends it, before any of our code sees the rest."""


class Chat:
    """Reads what is typed; a stream that is not read is closed.

    An open stream costs the whole process: the SDK asks each of them about every event of every room (livekit 1.1.21).
    With 1,000 of them that doubles the delay of another room.
    """

    def __init__(self, emit: Callable[[Typed], None], tasks: TaskGroup) -> None:
        self._emit = emit
        self._tasks = tasks
        self._open: Counter[str] = Counter()
        self._opened = RateLimit(OPENED)
        self._told = RateLimit(ONCE_A_MINUTE)
        self.on_stream = guarded(self._on_stream)
        """What LiveKit is to call when a stream is opened."""

    def _on_stream(self, reader: rtc.TextStreamReader, identity: str) -> None:
        now = time.monotonic()
        if self._open[identity] >= OPEN_AT_ONCE or not self._opened.allows(identity, now):
            reader.close()
            if self._told.allows(identity, now):
                log.warning(
                    "somebody in a room sends more chat texts than are read (%d at once, then %d a second); the rest "
                    "are dropped",
                    OPENED.burst,
                    OPENED.per_second,
                )
            return
        self._open[identity] += 1
        self._tasks.start_soon(self._read, reader, identity)

    async def _read(self, reader: rtc.TextStreamReader, identity: str) -> None:
        parts: list[str] = []
        try:
            with anyio.move_on_after(READ_SECONDS):
                await _fill(parts, reader)
        except rtc.StreamError:
            # Its sender left, or it is far too long: what has come is what they wrote.
            log.debug("a chat message broke off")
        finally:
            reader.close()
            self._open[identity] -= 1
            self._open += Counter()  # forgets those who have none
        if text := "".join(parts).strip()[:LONGEST_TEXT]:
            self._emit(Typed(identity, text, time.monotonic()))


async def _fill(parts: list[str], reader: rtc.TextStreamReader) -> None:
    """Take in all of a stream, or as much as is kept of a text."""
    length = 0
    async for part in reader:
        parts.append(part)
        length += len(part)
        if length >= LONGEST_TEXT:
            return
