"""Places that are offered to all processes of a Redis, over one channel."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream

from mcp_voice.errors import StoreError
from mcp_voice.store.passing_over import PassedOver
from mcp_voice.store.records import Place
from mcp_voice.store.redis_commands import Commands
from mcp_voice.store.redis_watches import Watches, until_heard
from mcp_voice.store.sealing import Sealing
from mcp_voice.store.seam import MOST_OFFERS

__all__ = ["RedisOffers"]

ABOUT = "offer"
"""What a message is, for ``Sealing``."""


class RedisOffers:
    """The part of a ``RedisStore`` that is about them."""

    def __init__(
        self, commands: Commands, watches: Watches, sealing: Sealing, passed: PassedOver, *, channel: str
    ) -> None:
        self._commands = commands
        self._watches = watches
        self._sealing = sealing
        self._passed = passed
        self._channel = channel

    async def offer(self, place: Place) -> bool:
        """See ``AskStore``."""
        text = json.dumps([place.subject, place.room_name])
        ours = self._watches.hears(self._channel)
        told = await self._commands.command("PUBLISH", self._channel, self._sealing.seal(text, about=ABOUT))
        # What cannot be told apart counts as another one, which is only waited for a little longer.
        return not isinstance(told, int) or told > ours

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[MemoryObjectReceiveStream[Place]]:
        """See ``AskStore.offers``."""
        sent, received = anyio.create_memory_object_stream[Place](MOST_OFFERS)

        def take(message: bytes) -> None:
            place = self._read(message)
            if place is not None and sent.statistics().current_buffer_used < MOST_OFFERS:
                sent.send_nowait(place)

        with sent, received, self._watches.watching(self._channel) as watched:
            watched.takers.append(take)
            try:
                await until_heard(watched)
                yield received
            finally:
                watched.takers.remove(take)

    def _read(self, message: bytes) -> Place | None:
        try:
            subject, room_name = json.loads(self._sealing.open(message, about=ABOUT))
        except (StoreError, ValueError, TypeError, RecursionError):
            self._passed.tell("offers", "unreadable")
            return None
        return Place(subject, room_name) if isinstance(subject, str) and isinstance(room_name, str) else None
