"""Stores to test: each kind by the same means."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

import anyio
import pytest
from pydantic import SecretStr

from mcp_voice.errors import StoreError
from mcp_voice.settings import load
from mcp_voice.store.memory import MemoryStore
from mcp_voice.store.opening import open_store
from mcp_voice.store.records import Outcome, Place, Progress, Request
from mcp_voice.store.seam import LEASE_SECONDS, AskStore
from testkit.redis_server import RedisServer

__all__ = [
    "ANSWERED",
    "BOUND",
    "KITCHEN",
    "SHORT",
    "MemoryStage",
    "RedisStage",
    "StoreStage",
    "an_ask",
    "heard",
    "refused",
    "shared_store",
]

SHORT = 0.5
"""Seconds of a lease that is to run out in a test."""
KITCHEN = Place("ops", "kitchen")
ANSWERED = Outcome(result={"status": "answered", "reply": "the third floor"})
BOUND = 8.0
"""Seconds; longer than any call may take, on a busy machine."""
NUMBERS = itertools.count(1)


class StoreStage(Protocol):
    """A kind of store."""

    def store(
        self, *, keep_seconds: float = 3600.0, lease_seconds: float = LEASE_SECONDS
    ) -> AbstractAsyncContextManager[AskStore]:
        """Another process's view of the same store."""

    async def later(self, seconds: float) -> None:
        """Let so many seconds pass."""


@dataclass
class MemoryStage:
    """The store of one process; every process is this one."""

    now: float = 1_700_000_000.0
    stores: list[MemoryStore] = field(default_factory=list)

    @asynccontextmanager
    async def store(
        self, *, keep_seconds: float = 3600.0, lease_seconds: float = LEASE_SECONDS
    ) -> AsyncIterator[AskStore]:
        """The one that there is."""
        if not self.stores:
            kept = MemoryStore(keep_seconds=keep_seconds, lease_seconds=lease_seconds, clock=lambda: self.now)
            self.stores.append(kept)
        yield self.stores[0]

    async def later(self, seconds: float) -> None:
        """At once."""
        self.now += seconds


@dataclass
class RedisStage:
    """A Redis, in which each test begins with nothing."""

    server: RedisServer
    key: str = ""

    @asynccontextmanager
    async def store(
        self, *, keep_seconds: float = 3600.0, lease_seconds: float = LEASE_SECONDS
    ) -> AsyncIterator[AskStore]:
        """Another client of it."""
        async with shared_store(
            self.server.url, key=self.key, keep_seconds=keep_seconds, lease_seconds=lease_seconds
        ) as opened:
            yield opened

    async def later(self, seconds: float) -> None:
        """As it is: the clock is the server's."""
        await anyio.sleep(seconds)


@asynccontextmanager
async def shared_store(
    url: str, *, key: str = "", keep_seconds: float = 3600.0, lease_seconds: float = LEASE_SECONDS
) -> AsyncIterator[AskStore]:
    """What ``MCP_VOICE_STORE`` opens at this address."""
    settings = load(_env_file=None, store=SecretStr(url), store_key=SecretStr(key))
    # The settings keep a reply for an hour at least.
    briefly = settings.model_copy(update={"keep_seconds": keep_seconds})
    async with open_store(briefly, lease_seconds=lease_seconds) as opened:
        yield opened


def an_ask(text: str = "Which floor?", **given: Any) -> Request:
    """A question of the subject ops, for the kitchen if nothing else is said."""
    fields = {
        "id": f"ask-{next(NUMBERS)}",
        "kind": "ask",
        "subject": "ops",
        "room_name": "kitchen",
        "open_seconds": 900,
    }
    return Request.model_validate(fields | {"text": text} | given)


def heard(words: str) -> Progress:
    """An attempt that has heard so much."""
    return Progress(phase="listening", result={"status": "pending", "heard_so_far": words}, spoken_times=1)


async def refused(call: Callable[[], Awaitable[object]]) -> StoreError:
    """What a call is refused with, in time."""
    with anyio.fail_after(BOUND), pytest.raises(StoreError) as found:
        await call()
    return found.value
