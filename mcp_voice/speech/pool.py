"""A few engine processes that many streams take turns with."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
from livekit.agents.utils import aio

from mcp_voice.speech.child import Child, ChildGone, EngineFailed, start_child

__all__ = ["Pool"]

IDLE_SECONDS = 60.0
"""After so long without work a process is ended: an idle recogniser holds about 100 MB."""
CANCEL_SECONDS = 1.0


class Pool:
    """Processes of one engine, started when needed, one piece of work each at a time."""

    def __init__(
        self, module: str, *arguments: str, size: int = 0, idle_seconds: float = IDLE_SECONDS, keep: int = 0
    ) -> None:
        """``size`` 0 is one more than there are processors; the last is kept for utterances that have ended.

        ``keep``: how many processes stay for as long as the pool does, however idle.
        """
        self._command = (module, *arguments)
        self._keep = keep
        self._size = size or (os.cpu_count() or 1) + 1
        self._idle_seconds = idle_seconds
        self._slots = asyncio.Semaphore(self._size)
        self._idle: list[Child] = []
        self._busy: set[Child] = set()
        self._taken = 0
        self._waiting: list[float] = []
        """Since when work waits for a process (``time.monotonic()``)."""
        self._ending: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def has_room(self) -> bool:
        """Whether work that may last, as somebody's speech while it is spoken, can have a process now."""
        return self._taken < max(1, self._size - 1)

    @property
    def children(self) -> list[Child]:
        """All processes there are."""
        return [*self._busy, *self._idle]

    @property
    def behind(self) -> float:
        """For how many seconds work has waited for a process, where it is longest."""
        return time.monotonic() - min(self._waiting) if self._waiting else 0.0

    @asynccontextmanager
    async def child(self) -> AsyncIterator[Child]:
        """A process of one's own; leave with its work done, or by an exception, which stops the work or the process.

        Raises ChildGone when none can be started.
        """
        self._taken += 1
        since = time.monotonic()
        self._waiting.append(since)
        try:
            async with self._slots:
                self._waiting.remove(since)
                since = 0.0
                child = await self._take()
                try:
                    yield child
                except BaseException as error:
                    if isinstance(error, ChildGone | EngineFailed | TimeoutError) or not await child.settle(
                        seconds=CANCEL_SECONDS
                    ):
                        child.kill()
                    raise
                finally:
                    await self._give(child)
        finally:
            if since:
                self._waiting.remove(since)
            self._taken -= 1

    async def _take(self) -> Child:
        if self._closed:
            raise ChildGone("the recogniser has been closed")
        if self._ending is not None:
            await aio.cancel_and_wait(self._ending)
            self._ending = None
        child: Child | None = None
        while self._idle and child is None:
            kept = self._idle.pop()
            if kept.alive and not kept.is_stopped:
                child = kept
            else:
                kept.kill()
                await kept.aclose()
        if child is None:
            child = await start_child(*self._command)
        self._busy.add(child)
        return child

    async def _give(self, child: Child) -> None:
        self._busy.discard(child)
        if self._closed or not child.alive:
            child.kill()
            await child.aclose()
            return
        self._idle.append(child)
        if self._ending is None or self._ending.done():
            self._ending = asyncio.create_task(self._end_idle())

    async def _end_idle(self) -> None:
        await asyncio.sleep(self._idle_seconds)
        with anyio.CancelScope(shield=True):
            await self._end(keep=self._keep)

    async def _end(self, *, keep: int = 0) -> None:
        ending, self._idle = self._idle[keep:], self._idle[:keep]
        async with anyio.create_task_group() as tasks:
            for child in ending:
                tasks.start_soon(child.aclose)

    async def warm(self) -> None:
        """Have one process ready; raises ChildGone."""
        async with self.child():
            pass

    async def aclose(self) -> None:
        """End all processes; work under way fails."""
        self._closed = True
        if self._ending is not None:
            await aio.cancel_and_wait(self._ending)
        for child in self._busy:
            child.kill()
        self._idle += self._busy
        self._busy.clear()
        with anyio.CancelScope(shield=True):
            await self._end()
