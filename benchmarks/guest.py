"""A guest who floods a room, as a process of its own.

It runs at the lowest priority: a real one has a machine of its own, and would not take the server's time by itself.
"""

from __future__ import annotations

import os
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from math import inf

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream
from livekit import api, rtc

from benchmarks.child import Told, child, first_line, next_line, tell
from benchmarks.stage import Stage
from mcp_voice.people.human import CHAT_TOPIC
from mcp_voice.room.access import Access
from mcp_voice.room.connection import connect
from mcp_voice.tasks import owned_tasks

__all__ = ["FLOODS", "LONG_STREAM", "QUIET", "Guest", "guest"]

QUIET, LONG_STREAM = "nothing", "a stream of 27 MB"
STREAMS = 1_000
"""Text streams that are opened and never closed."""
LONG_BYTES = 27_000_000
PIECE = "x" * 60_000
MESSAGE = "buy " * 50
ATTRIBUTE = "x" * 1_000
LOWEST_PRIORITY = 19
ANSWER_SECONDS = 60.0
"""Within which the guest has joined, and begins and ends a flood; it opens a thousand streams first."""
CLOSE_SECONDS = 5.0

Sending = AsyncGenerator[None]


@dataclass(frozen=True, slots=True)
class Flood:
    """What a guest sends: one thing at each step, so many a second."""

    send: Callable[[rtc.LocalParticipant], Sending]
    per_second: float


async def _nothing(_: rtc.LocalParticipant) -> Sending:
    while True:
        yield


async def _messages(sender: rtc.LocalParticipant) -> Sending:
    while True:
        await sender.send_text(MESSAGE, topic=CHAT_TOPIC, compress=False)
        yield


async def _open_streams(sender: rtc.LocalParticipant) -> Sending:
    streams: list[rtc.TextStreamWriter] = []
    try:
        for _ in range(STREAMS):
            streams.append(await sender.stream_text(topic=CHAT_TOPIC))  # noqa: PERF401  # closed if cut off
        while True:
            for stream in streams:
                await stream.write("still here")
                yield
    finally:
        # The next figures are to be those of the next flood.
        with anyio.move_on_after(CLOSE_SECONDS, shield=True):
            for stream in streams:
                await stream.aclose()


async def _long_stream(sender: rtc.LocalParticipant) -> Sending:
    while True:
        stream = await sender.stream_text(topic=CHAT_TOPIC)
        for _ in range(LONG_BYTES // len(PIECE)):
            await stream.write(PIECE)
            yield
        await stream.aclose()


async def _attributes(sender: rtc.LocalParticipant) -> Sending:
    number = 0
    while True:
        number += 1
        await sender.set_attributes({"noise": f"{ATTRIBUTE}{number}", "mcp_voice.floor": f"ask-{number}"})
        yield


FLOODS = {
    QUIET: Flood(_nothing, 1),
    "messages": Flood(_messages, 200),
    "1,000 open streams": Flood(_open_streams, 200),
    LONG_STREAM: Flood(_long_stream, inf),
    "attribute changes": Flood(_attributes, 100),
}
"""By what is sent: chat messages of 200 characters; chunks of streams that never end; 27 MB over and over, as fast as
it goes; attributes of 1 kB."""


@dataclass(frozen=True, slots=True)
class Guest:
    """The guest, from outside."""

    _say: Callable[[Told], Awaitable[None]]
    _told: MemoryObjectReceiveStream[Told]

    async def answers(self) -> Told:
        """The next thing that it tells; raises TimeoutError."""
        with anyio.fail_after(ANSWER_SECONDS):
            return await self._told.receive()

    @asynccontextmanager
    async def flooding(self, what: str, sent: list[int]) -> AsyncIterator[None]:
        """Have it send one of ``FLOODS`` while the block lasts; ``sent`` gets how many things that were."""
        await self._say({"flood": what})
        await self.answers()
        yield
        await self._say({})
        sent.append((await self.answers())["sent"])


@asynccontextmanager
async def guest(stage: Stage, room: str) -> AsyncIterator[Guest]:
    """Have a guest in a room, who may do all that LiveKit lets a client do."""
    tells, told = anyio.create_memory_object_stream[Told](inf)
    first = {"url": stage.server.url, "token": _token(stage, room)}
    with tells, told:
        async with child("benchmarks.guest", stage.folder, tells.send_nowait, first=first) as say:
            there = Guest(say, told)
            await there.answers()
            yield there


def _token(stage: Stage, room: str) -> str:
    grants = api.VideoGrants(room_join=True, room=room, can_update_own_metadata=True)
    made = api.AccessToken(stage.server.api_key, stage.server.api_secret).with_identity("mallory")
    return made.with_grants(grants).to_jwt()


async def _serve() -> None:
    os.nice(LOWEST_PRIORITY)
    first = first_line()
    connection = rtc.Room()
    async with connect(Access(first["url"], "", ""), connection, first["token"]):
        tell(joined=True)
        while told := await next_line():
            await _until_told(FLOODS[told["flood"]], connection.local_participant)


async def _until_told(flood: Flood, sender: rtc.LocalParticipant) -> None:
    """Flood until the next line."""
    sent = 0

    async def send() -> None:
        nonlocal sent
        begun = time.monotonic()
        async with aclosing(flood.send(sender)) as sending:
            async for _ in sending:
                if not sent:
                    begun = time.monotonic()
                    tell(began=True)
                sent += 1
                await anyio.sleep(max(0.0, begun + sent / flood.per_second - time.monotonic()))

    async with owned_tasks() as tasks:
        tasks.start_soon(send)
        await next_line()
        tasks.cancel_scope.cancel()
    tell(sent=sent)


if __name__ == "__main__":
    anyio.run(_serve)
