"""Channels of a Redis that we listen to: one connection for all, made anew whenever it is lost."""

from __future__ import annotations

import logging
import math
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import anyio
from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection

from mcp_voice.redaction import fault_place
from mcp_voice.store.redis_commands import CALL_SECONDS
from mcp_voice.store.redis_faults import FAULTS
from mcp_voice.tasks import Bell, owned_tasks

__all__ = ["UNHEARD_SECONDS", "Watched", "Watches", "until_heard"]

log = logging.getLogger(__name__)

UNHEARD_SECONDS = 1.0
"""How often to look at what cannot be listened to now."""
LINGER_SECONDS = 5.0
"""For so long a channel is listened to that nobody wants: mostly somebody wants it again."""
PING_SECONDS = 3.0
SILENT_SECONDS = 8.0
"""A connection that does not even answer a PING within this is dead, though nobody has said so."""
AGAIN_SECONDS = 0.2
LONGEST_AGAIN_SECONDS = 2.0
MOST_AT_ONCE = 500


@dataclass(slots=True, eq=False)
class Watched:
    """A channel that somebody listens to."""

    bell: Bell = field(default_factory=Bell)
    """Rings at every message, and whenever messages may have been missed, or will be."""
    is_heard: bool = False
    """Whether every message from now on rings."""
    takers: list[Callable[[bytes], None]] = field(default_factory=list)
    """Given each message; they raise nothing."""
    told: bytes = b""
    """The latest message, or what its user puts in its place; empty where one may have been missed since."""
    gaps: int = 0
    """How often messages may have been missed."""
    users: int = 0
    unused_since: float = 0.0


class Watches:
    """All that one process listens to. Its owner has ``run`` running meanwhile."""

    def __init__(self, client: Redis) -> None:
        """``client`` is for this alone, and tries nothing again by itself."""
        self._client = client
        self._channels: dict[bytes, Watched] = {}
        self._orders: deque[tuple[str, bytes]] = deque()
        self._more = Bell()

    @contextmanager
    def watching(self, channel: str) -> Iterator[Watched]:
        """Listen to a channel; look at what it is about once it is heard, or again and again until it is."""
        name = channel.encode()
        watched = self._channels.get(name)
        if watched is None:
            watched = self._channels[name] = Watched()
            self._orders.append(("SUBSCRIBE", name))
            self._more.ring()
        watched.users += 1
        try:
            yield watched
        finally:
            watched.users -= 1
            watched.unused_since = time.monotonic()

    def hears(self, channel: str) -> bool:
        """Whether every message there is heard by us."""
        watched = self._channels.get(channel.encode())
        return watched is not None and watched.is_heard

    async def run(self) -> None:
        """Listen until cancelled."""
        pause = AGAIN_SECONDS
        while True:
            try:
                async with self._connected() as connection, owned_tasks() as tasks:
                    pause = AGAIN_SECONDS
                    tasks.start_soon(self._write, connection)
                    await self._read(connection)
            except FAULTS as error:
                log.info("the store's messages are not heard now: %s", fault_place(error))
            except Exception as error:  # noqa: BLE001 - what listens must not end before its owner
                log.warning("listening to the store failed: %s", fault_place(error))
            await anyio.sleep(pause)
            pause = min(2 * pause, LONGEST_AGAIN_SECONDS)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[AbstractConnection]:
        await self._wanted()
        pool = self._client.connection_pool
        with anyio.fail_after(CALL_SECONDS):
            connection = await pool.get_connection()  # type: ignore[no-untyped-call] # a decorator of theirs has none
        try:
            self._orders = deque(("SUBSCRIBE", name) for name in self._channels)
            yield connection
        finally:
            for watched in self._channels.values():
                watched.is_heard = False
                watched.told, watched.gaps = b"", watched.gaps + 1
                watched.bell.ring()
            with anyio.move_on_after(CALL_SECONDS, shield=True):
                await connection.disconnect(nowait=True)
                await pool.release(connection)

    async def _wanted(self) -> None:
        """Wait until there is something to listen to: many processes open a question and follow none."""
        while not self._channels:
            await self._more.wait()

    async def _write(self, connection: AbstractConnection) -> None:
        pinged = swept = time.monotonic()
        while True:
            more = self._more.next
            orders = [self._orders.popleft() for _ in range(min(len(self._orders), MOST_AT_ONCE))]
            for verb, group in groupby(orders, key=lambda order: order[0]):
                await _send(connection, verb, *(name for _, name in group))
            now = time.monotonic()
            if now >= pinged + PING_SECONDS:
                pinged = now
                await _send(connection, "PING")
            if now >= swept + 1.0:
                swept = now
                self._drop_unused(now)
            if not self._orders:
                with anyio.move_on_after(1.0):
                    await more.wait()

    def _drop_unused(self, now: float) -> None:
        unused = [
            name
            for name, each in self._channels.items()
            if not each.users and each.unused_since + LINGER_SECONDS <= now
        ]
        for name in unused:
            del self._channels[name]
            self._orders.append(("UNSUBSCRIBE", name))

    async def _read(self, connection: AbstractConnection) -> None:
        with anyio.fail_after(SILENT_SECONDS) as silent:
            until = silent.deadline
            while True:
                self._hear(await connection.read_response(timeout=math.inf, disable_decoding=True))
                # A limit for each message would take a fifth of the time for it.
                now = anyio.current_time()
                if until < now + SILENT_SECONDS - 1.0:
                    silent.deadline = until = now + SILENT_SECONDS

    def _hear(self, message: Any) -> None:
        if not isinstance(message, list) or len(message) != 3:  # noqa: PLR2004 - kind, channel, data
            return
        kind, channel, data = message
        watched = self._channels.get(channel) if isinstance(channel, bytes) else None
        if watched is not None and kind in (b"subscribe", b"message"):
            watched.is_heard = True
            watched.bell.ring()
            if kind == b"message" and isinstance(data, bytes):
                watched.told = data
                for take in watched.takers:
                    take(data)
            else:
                watched.told, watched.gaps = b"", watched.gaps + 1


async def until_heard(watched: Watched) -> None:
    """Until nothing is missed any more, if that is soon."""
    if watched.is_heard:
        return
    with anyio.move_on_after(UNHEARD_SECONDS):
        while not watched.is_heard:
            await watched.bell.wait()


async def _send(connection: AbstractConnection, *command: str | bytes) -> None:
    with anyio.fail_after(CALL_SECONDS):
        await connection.send_command(*command, check_health=False)
