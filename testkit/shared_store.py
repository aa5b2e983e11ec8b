"""Processes that share a store, in one: each has rooms of its own, and can be cut off from the store or killed."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import anyio

from mcp_voice.asks.room_voice import RoomVoice, room_voice
from mcp_voice.errors import StoreError
from mcp_voice.settings import Settings
from mcp_voice.store.memory import MemoryStore
from mcp_voice.store.seam import AskStore
from mcp_voice.tasks import owned_tasks
from mcp_voice.voice import Voice
from mcp_voice.voices.opening import carrying_voice
from testkit.fake_link import FakeEngine

__all__ = ["Clock", "Line", "Process", "process"]

UNREACHABLE = StoreError("The store cannot be reached.", fix="Try again.", code="store-unreachable")
OPEN = ("place_changes", "offers")


@dataclass
class Clock:
    """The store's, which a test moves on."""

    ahead: float = 0.0

    def __call__(self) -> float:
        """Unix time."""
        return time.time() + self.ahead


@dataclass
class Line:
    """One process's way to a store; satisfies ``AskStore``."""

    store: MemoryStore
    failing: set[str] = field(default_factory=set)
    """Methods that fail; "*": all of them."""
    hanging: set[str] = field(default_factory=set)
    """Methods that never return."""
    after: set[str] = field(default_factory=set)
    """Methods that do what they should, and fail then: the acknowledgement got lost."""
    log: list[str] = field(default_factory=list)

    @property
    def is_shared(self) -> bool:
        """The others are in this process, as nobody is to know."""
        return True

    def __getattr__(self, name: str) -> Any:
        """A method of the store, or its failure."""
        method = getattr(self.store, name)
        return method if name in OPEN else self._watched(name, method)

    def _watched(self, name: str, method: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def call(*arguments: Any, **named: Any) -> Any:
            self.log.append(name)
            if self.failing & {name, "*"}:
                await anyio.sleep(0.01)
                raise UNREACHABLE.afresh()
            if name in self.hanging:
                await anyio.sleep_forever()
            found = await method(*arguments, **named)
            if name in self.after:
                raise UNREACHABLE.afresh()
            return found

        return call


@dataclass
class Process:
    """One that has the store."""

    line: Line
    engine: FakeEngine
    inner: RoomVoice
    voice: Voice
    scope: anyio.CancelScope
    """Cancelled: it ends, as it should."""

    def kill(self) -> None:
        """It ends without another word to the store."""
        self.line.failing.add("*")
        self.scope.cancel()


@asynccontextmanager
async def process(store: MemoryStore, engine: FakeEngine, settings: Settings) -> AsyncIterator[Process]:
    """A process with that store, until the block ends or it does."""
    line = Line(store)
    ready: list[Process] = []
    up = anyio.Event()

    async def run() -> None:
        with anyio.CancelScope() as scope:
            async with (
                room_voice(settings, engine) as inner,
                carrying_voice(settings, engine, inner, cast("AskStore", line)) as voice,
            ):
                ready.append(Process(line, engine, inner, voice, scope))
                up.set()
                await anyio.sleep_forever()

    async with owned_tasks() as tasks:
        tasks.start_soon(run)
        await up.wait()
        yield ready[0]
        ready[0].scope.cancel()
