"""Waiting for what cannot be awaited: a state that other code or another process brings about."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar, overload

import anyio
import anyio.lowlevel

__all__ = ["settled", "until"]

LOOK_SECONDS = 0.02
TURNS = 50
"""Of the event loop; a chain of tasks that wake each other takes a few."""
T = TypeVar("T")


@overload
async def until(look: Callable[[], Awaitable[T]], *, limit: float = ...) -> T: ...


@overload
async def until(look: Callable[[], T], *, limit: float = ...) -> T: ...


async def until(look: Callable[[], T | Awaitable[T]], *, limit: float = 5.0) -> T:
    """Look again and again until there is something true to see; raises TimeoutError after ``limit`` seconds."""
    with anyio.fail_after(limit):
        while True:
            seen = look()
            found = await seen if isinstance(seen, Awaitable) else seen
            if found:
                return found
            await anyio.sleep(LOOK_SECONDS)


async def settled() -> None:
    """Let every task run until it waits for something outside the loop.

    anyio's wait_all_tasks_blocked waits for tasks of a fixture too, and without a limit.
    """
    for _ in range(TURNS):
        await anyio.lowlevel.checkpoint()
