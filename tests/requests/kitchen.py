"""Calls about the kitchen, as a host makes and cancels them."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import anyio

from mcp_voice.link import Typed
from mcp_voice.tasks import owned_tasks
from testkit.fake_link import FakeLink
from testkit.shared_store import Process
from testkit.waiting import until

__all__ = ["LIMIT", "QUESTION", "calling", "said", "shown", "types"]

LIMIT = 10.0
QUESTION = "Ship it?"


@asynccontextmanager
async def calling(call: Callable[[], Awaitable[Any]]) -> AsyncIterator[anyio.CancelScope]:
    """Make a call while the block lasts; its scope cancels it, as a host does."""
    scope = anyio.CancelScope()

    async def run() -> None:
        with scope:
            await call()

    async with owned_tasks() as tasks:
        tasks.start_soon(run)
        yield scope
        tasks.cancel_scope.cancel()


async def shown(one: Process) -> FakeLink:
    """Its link, once a question can be answered there."""
    await until(lambda: one.engine.links and one.engine.links[-1].asking, limit=LIMIT)
    return one.engine.links[-1]


def types(link: FakeLink, text: str) -> None:
    """Alice types."""
    link.hear(Typed("alice", text, time.monotonic()))


def said(*processes: Process) -> list[str]:
    """All that was begun to be said, by whoever."""
    return [each.text for one in processes for link in one.engine.links for each in link.playouts]
