"""How long the event loop is held: the CPU time of each of its callbacks, so that a busy machine is no failure."""

from __future__ import annotations

import asyncio
import gc
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from unittest.mock import patch

__all__ = ["HELD_SECONDS", "Held", "cost", "least_cost", "least_held", "watched_loop"]

HELD_SECONDS = 0.05
"""Above this somebody notices: the sound of all rooms comes every 20 ms, and a few of these are buffered."""

ATTEMPTS = 5
"""On a busy machine others have the caches, and the other half of a core: the same work takes more CPU time."""


@dataclass
class Held:
    """The longest time that one callback took, in seconds of CPU, and which it was."""

    seconds: float = 0.0
    callback: str = ""


@contextmanager
def watched_loop() -> Iterator[Held]:
    """Measure every callback of asyncio's loops while the block lasts."""
    held = Held()
    run = asyncio.Handle._run  # the one place through which each callback goes

    def measured(handle: asyncio.Handle) -> None:
        began = time.thread_time()
        run(handle)
        seconds = time.thread_time() - began
        if seconds > held.seconds:
            held.seconds, held.callback = seconds, repr(handle)[:300]

    with patch.object(asyncio.Handle, "_run", measured), _undisturbed():
        yield held


async def least_held(work: Callable[[], Awaitable[object]]) -> Held:
    """How long the work holds the loop, the least of a few times where it is long."""
    least = Held(seconds=float("inf"))
    for _ in range(ATTEMPTS):
        with watched_loop() as held:
            await work()
        least = min(least, held, key=lambda each: each.seconds)
        if least.seconds < HELD_SECONDS:
            break
    return least


def least_cost(call: Callable[[], object]) -> float:
    """Seconds of CPU that a call takes, the least of a few times where it is long."""
    least = float("inf")
    for _ in range(ATTEMPTS):
        least = min(least, cost(call))
        if least < HELD_SECONDS / 2:
            break
    return least


def cost(call: Callable[[], object]) -> float:
    """Seconds of CPU that a call takes."""
    with _undisturbed():
        began = time.thread_time()
        call()
        return time.thread_time() - began


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Neither the garbage of a whole test run nor what measures its coverage belongs to a measurement of time.

    Coverage triples the time of code that is nothing but lines.
    """
    collecting, tracing = gc.isenabled(), sys.gettrace()
    gc.disable()
    sys.settrace(None)
    try:
        yield
    finally:
        sys.settrace(tracing)
        if collecting:
            gc.enable()
