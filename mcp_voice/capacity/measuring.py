"""The task that measures: how late the event loop is, how far hearing is behind, and what the machine does."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

import anyio

from mcp_voice.capacity.admission import Capacity
from mcp_voice.capacity.machine import Machine, Used
from mcp_voice.redaction import fault_place
from mcp_voice.tasks import owned_tasks

__all__ = ["measured_capacity"]

log = logging.getLogger(__name__)

TICK_SECONDS = 0.25
IDLE_TICK_SECONDS = 1.0
"""While no room is heard."""
TICKS = 2
"""In one measurement."""


@asynccontextmanager
async def measured_capacity(*, most: int | None, behind: Callable[[], float]) -> AsyncIterator[Capacity]:
    """What this process can handle, measured for as long as the block lasts.

    ``most``: so many rooms instead, whatever is measured. ``behind`` tells by how many seconds hearing is behind.
    """
    capacity = Capacity(most=most)
    async with owned_tasks() as tasks:
        tasks.start_soon(_measure, capacity, behind)
        yield capacity
        tasks.cancel_scope.cancel()


async def _measure(capacity: Capacity, behind: Callable[[], float]) -> None:
    try:
        machine, own_thread = Machine(), anyio.CapacityLimiter(1)
        before = await _used(machine, own_thread)
        while True:
            lag, worst = await _lateness(IDLE_TICK_SECONDS if not capacity.rooms else TICK_SECONDS, behind)
            after = await _used(machine, own_thread)
            found = machine.between(before, after, lag=lag, behind=worst)
            capacity.measured(found)
            log.debug("%d rooms, load %.2f: %s", capacity.rooms, capacity.load(), found)
            before = after
    except Exception as error:  # noqa: BLE001  # without measurements it takes all, as if nobody had measured
        capacity.unmeasured()
        log.warning("this machine cannot be measured: %s", fault_place(error))


async def _used(machine: Machine, own_thread: anyio.CapacityLimiter) -> Used:
    """In a thread that nobody else takes: a look at the children of this process reads all of the machine's."""
    loop = time.thread_time()
    read = partial(machine.used, loop=loop)
    return await anyio.to_thread.run_sync(read, abandon_on_cancel=True, limiter=own_thread)


async def _lateness(tick: float, behind: Callable[[], float]) -> tuple[float, float]:
    """The longest lag of the event loop in some ticks, and by how much hearing was behind at most."""
    lag = worst = 0.0
    for _ in range(TICKS):
        due = time.monotonic() + tick
        await anyio.sleep(tick)
        lag, worst = max(lag, time.monotonic() - due), max(worst, behind())
    return lag, worst
