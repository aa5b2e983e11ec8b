"""Whose rooms are compared in ``cost``: ours, ours through a worker, an ``AgentSession``'s, and the SDK's alone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Literal, Protocol

import anyio
import psutil

from benchmarks.child import Told, child
from benchmarks.stage import Stage, warmed
from benchmarks.workers import asker_worker
from mcp_voice.room.speaker import UNUSED_SECONDS
from mcp_voice.tasks import Bell, owned_tasks
from testkit.host import Host, ToolFault
from testkit.redis_server import redis_server

__all__ = ["RoomProcess", "RoomState", "ours", "theirs", "through_worker"]

RoomState = Literal["speaking", "listening", "warm"]
LONG = "and so it goes on, " * 60
"""Stubs speak a letter in 60 ms: a minute."""
ENTER_SECONDS = 60.0
MANY = {"MCP_VOICE_MOST_ROOMS": "100"}


class RoomProcess(Protocol):
    """A process with rooms."""

    @property
    def process(self) -> psutil.Process:
        """What is measured, with its children."""

    async def enter(self, rooms: Sequence[str]) -> None:
        """Be in all of them; it may be in some already."""

    def doing(self, state: RoomState, rooms: Sequence[str], *, publishes: bool) -> AbstractAsyncContextManager[None]:
        """Do so in all its rooms while the block lasts.

        ``publishes``: whether the SDK's alone has a voice published, which the others decide for themselves.
        """


class _Ours:
    def __init__(self, host: Host, process: psutil.Process) -> None:
        self._host = host
        self.process = process

    async def enter(self, rooms: Sequence[str]) -> None:
        async with owned_tasks() as tasks:
            for room in rooms:
                tasks.start_soon(self._host.say, "Ready.", room)

    @asynccontextmanager
    async def doing(self, state: RoomState, rooms: Sequence[str], *, publishes: bool) -> AsyncIterator[None]:
        del publishes
        async with owned_tasks() as tasks:
            if state == "warm":
                # Until then a room keeps its voice, for what is said next.
                await anyio.sleep(UNUSED_SECONDS)
            for room in rooms:
                if state == "listening":
                    tasks.start_soon(self._ask, room)
                elif state == "speaking":
                    tasks.start_soon(self._host.say, LONG, room)
            yield
            tasks.cancel_scope.cancel()

    async def _ask(self, room: str) -> None:
        """Nobody answers; it is withdrawn at the end."""
        with suppress(ToolFault):
            await self._host.ask("Which one?", room_name=room)


@asynccontextmanager
async def ours(stage: Stage) -> AsyncIterator[RoomProcess]:
    """A server that speaks and hears itself."""
    async with stage.host("ours", **MANY) as host:
        await warmed(host)
        yield _Ours(host, host.process)


@asynccontextmanager
async def through_worker(stage: Stage) -> AsyncIterator[RoomProcess]:
    """A worker, with a process for each room; the server and Redis are not counted."""
    async with (
        redis_server(stage.folder / "redis-of-cost", appendonly="yes") as redis,
        asker_worker(stage, MCP_VOICE_STORE=redis.url) as worker,
        stage.host("ours", MCP_VOICE_STORE=redis.url, MCP_VOICE_WORKERS="true", **MANY) as host,
    ):
        await warmed(host)
        yield _Ours(host, worker)


class _Theirs:
    def __init__(self, stage: Stage, kind: str) -> None:
        self._stage = stage
        self._kind = kind
        self._entered: set[str] = set()
        self._pid = 0
        self._told = 0
        self._telling = Bell()

    @property
    def process(self) -> psutil.Process:
        return psutil.Process(self._pid)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """The child, while the block lasts."""
        first = {"kind": self._kind, "url": self._stage.server.url}
        environment = self._stage.environment(self._kind)
        module = "benchmarks.cost_child"
        async with child(module, self._stage.folder, self._take, first=first, environment=environment) as self._say:
            await self._answered(1)
            yield

    async def enter(self, rooms: Sequence[str]) -> None:
        new = [room for room in rooms if room not in self._entered]
        self._entered.update(new)
        await self._order({"tokens": [self._stage.token(room, self._kind, kind="agent") for room in new]})

    @asynccontextmanager
    async def doing(self, state: RoomState, rooms: Sequence[str], *, publishes: bool) -> AsyncIterator[None]:
        del rooms
        await self._order({"state": state, "publishes": publishes})
        yield

    def _take(self, told: Told) -> None:
        self._pid = told["pid"]
        self._told += 1
        self._telling.ring()

    async def _order(self, told: Told) -> None:
        before = self._told
        await self._say(told)
        await self._answered(before + 1)

    async def _answered(self, times: int) -> None:
        with anyio.fail_after(ENTER_SECONDS):
            while self._told < times:
                await self._telling.wait()


@asynccontextmanager
async def theirs(stage: Stage, kind: str) -> AsyncIterator[RoomProcess]:
    """An ``AgentSession``, or the SDK alone: see ``cost_child``."""
    process = _Theirs(stage, kind)
    async with process.running():
        yield process
