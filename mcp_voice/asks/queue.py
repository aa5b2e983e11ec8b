"""One after the other, in the order in which they came, each for a limited wait."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio

__all__ = ["Order"]


class Order:
    """Whose turn it is to do what only one can do at a time; anyio's lock is fair."""

    def __init__(self) -> None:
        self._lock = anyio.Lock()
        self.first = ""
        """Whose turn it is, for those behind."""

    def locked(self) -> bool:
        """Whether it is somebody's turn."""
        return self._lock.locked()

    @asynccontextmanager
    async def turn(self, name: str, *, until: float) -> AsyncIterator[bool]:
        """Wait for one's turn, and have it while the block lasts.

        ``until`` is the latest instant of waiting (``time.monotonic()``); then the block is run with False.
        """
        reached = False
        with anyio.move_on_at(until):
            await self._lock.acquire()
            reached = True
        if not reached:
            yield False
            return
        self.first = name
        try:
            yield True
        finally:
            self.first = ""
            self._lock.release()
