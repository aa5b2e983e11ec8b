"""Progress for a host and the person before it: something to read at least every 5 s, whatever takes its time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import anyio

from mcp_voice.tasks import owned_tasks

__all__ = ["AWAITED", "AWAITED_ON", "REPORT_SECONDS", "Report", "reporting", "unreported"]

Report = Callable[[str], Awaitable[None]]
REPORT_SECONDS = 4.0
"""Hosts forget a call that is silent for long; the contract says at least every 5 s."""
PATIENT_SECONDS = 0.5
"""What is done sooner needs no report."""
AWAITED = "waiting for text to speech, which is slow; nothing is spoken yet"
AWAITED_ON = ", and waiting for text to speech, which is slow"


async def unreported(_: str) -> None:
    """For calls that nobody watches."""


@asynccontextmanager
async def reporting(report: Report, progress: Callable[[], str]) -> AsyncIterator[None]:
    """Report what is going on now and then while the block lasts."""

    async def repeat() -> None:
        await anyio.sleep(PATIENT_SECONDS)
        while True:
            await report(progress())
            await anyio.sleep(REPORT_SECONDS)

    async with owned_tasks() as tasks:
        tasks.start_soon(repeat)
        yield
        tasks.cancel_scope.cancel()
