"""Being the only one who carries out what is asked in a place."""

from __future__ import annotations

import math
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import anyio

from mcp_voice.errors import StoreError
from mcp_voice.store.records import Place
from mcp_voice.store.seam import LEASE_SECONDS, RENEW_SECONDS, AskStore
from mcp_voice.tasks import owned_tasks

__all__ = ["LEAVE_SECONDS", "RETRY_SECONDS", "carrier", "holding", "reader"]

LEAVE_SECONDS = 1.0
"""For telling the store that a place, or what is done there, is given back; without it the lease runs out."""
RETRY_SECONDS = 0.5
READER = "reader-"


def reader() -> str:
    """The name of one who holds a place for an instant, to take what was noted there."""
    return f"{READER}{uuid.uuid4().hex}"


async def carrier(store: AskStore, place: Place) -> str:
    """Who carries out what is asked in a place; empty: nobody. Raises StoreError."""
    holder = await store.holder(place)
    return "" if holder.startswith(READER) else holder


@asynccontextmanager
async def holding(store: AskStore, place: Place, *, worker: str) -> AsyncIterator[bool]:
    """Hold a place while the block lasts; False: another one does. Raises StoreError.

    The block is cancelled, and what follows it is run, once another one may hold it: a store that cannot be reached for
    as long as the hold lasts gives it to whoever reaches it first.
    """
    sent_at = time.monotonic()
    if not await store.hold(place, worker=worker):
        yield False
        return
    try:
        async with owned_tasks() as tasks:
            tasks.start_soon(_keep, store, place, worker, sent_at, tasks.cancel_scope)
            yield True
            tasks.cancel_scope.cancel()
    finally:
        with anyio.move_on_after(LEAVE_SECONDS, shield=True), suppress(StoreError):
            await store.leave(place, worker=worker)


async def _keep(store: AskStore, place: Place, worker: str, sent_at: float, scope: anyio.CancelScope) -> None:
    pause, is_held = RENEW_SECONDS, True
    # A process that was stopped for longer, or whose machine was, has lost nothing that nobody else could take.
    lease = LEASE_SECONDS if store.is_shared else math.inf
    while is_held:
        with anyio.move_on_at(sent_at + lease) as late:
            await anyio.sleep(pause)
            now = time.monotonic()
            try:
                is_held = await store.hold(place, worker=worker)
                sent_at, pause = now, RENEW_SECONDS
            except StoreError:
                pause = RETRY_SECONDS
        is_held = is_held and not late.cancelled_caught
    scope.cancel()
