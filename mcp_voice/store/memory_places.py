"""Places in the memory of one process: who holds them, what was noted of them, and who waits for changes there."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from mcp_voice.store.memory_users import MemoryUsers
from mcp_voice.store.records import Place
from mcp_voice.store.seam import MOST_OFFERS
from mcp_voice.store.sizes import as_note
from mcp_voice.tasks import Bell

__all__ = ["MemoryPlaces", "steady_clock"]


MOST_NOTES = 500
"""Of more, those of the places that were left first are dropped: each may take 180 kB."""


def steady_clock() -> Callable[[], float]:
    """Unix time as it is now, in seconds, and from now on as time passes.

    Nothing in the store is older because somebody sets the machine's clock, or because it sleeps.
    """
    begun = time.time() - time.monotonic()
    return lambda: begun + time.monotonic()


class MemoryPlaces:
    """The part of an ``AskStore`` that is about places."""

    def __init__(self, *, keep_seconds: float, lease_seconds: float, clock: Callable[[], float]) -> None:
        self._keep_seconds = keep_seconds
        self._lease_seconds = lease_seconds
        self._clock = clock
        self._holds: dict[Place, tuple[str, float]] = {}
        self._notes: dict[Place, tuple[str, float]] = {}
        self._bells: defaultdict[Place, list[Bell]] = defaultdict(list)
        self.users = MemoryUsers(lease_seconds=lease_seconds, clock=clock)
        self._offered_to: list[MemoryObjectSendStream[Place]] = []

    async def hold(self, place: Place, *, worker: str) -> bool:
        """See ``AskStore``."""
        if await self.holder(place) not in ("", worker):
            return False
        now = self._clock()
        self._holds = {each: held for each, held in self._holds.items() if held[1] > now}
        self._holds[place] = worker, now + self._lease_seconds
        if text := await self.noted(place):
            self._keep_note(place, text)
        return True

    async def holder(self, place: Place) -> str:
        """See ``AskStore``."""
        worker, until = self._holds.get(place, ("", 0.0))
        return worker if until > self._clock() else ""

    async def leave(self, place: Place, *, worker: str) -> None:
        """See ``AskStore``."""
        if await self.holder(place) == worker:
            del self._holds[place]
            self._ring(place)

    def place_changes(self, place: Place) -> AbstractAsyncContextManager[Bell]:
        """See ``AskStore``."""
        return self._listening(place)

    async def offer(self, place: Place) -> bool:
        """See ``AskStore``."""
        for each in self._offered_to:
            if each.statistics().current_buffer_used < MOST_OFFERS:
                each.send_nowait(place)
        return len(self._offered_to) > 1

    def offers(self) -> AbstractAsyncContextManager[MemoryObjectReceiveStream[Place]]:
        """See ``AskStore``."""
        return self._offered()

    async def note(self, place: Place, text: str, *, worker: str) -> bool:
        """See ``AskStore``."""
        kept = as_note(text)
        if await self.holder(place) != worker:
            return False
        self._forget_notes()
        self._keep_note(place, kept)
        return True

    async def noted(self, place: Place) -> str:
        """See ``AskStore``."""
        text, until = self._notes.get(place, ("", 0.0))
        return text if until > self._clock() else ""

    def _forget_notes(self) -> None:
        now = self._clock()
        self._notes = {each: noted for each, noted in self._notes.items() if noted[1] > now}

    def _keep_note(self, place: Place, text: str) -> None:
        """From now on, and after all others."""
        self._notes.pop(place, None)
        self._notes[place] = text, self._clock() + self._keep_seconds
        while len(self._notes) > MOST_NOTES:
            del self._notes[next(iter(self._notes))]

    @asynccontextmanager
    async def _offered(self) -> AsyncIterator[MemoryObjectReceiveStream[Place]]:
        sent, received = anyio.create_memory_object_stream[Place](MOST_OFFERS)
        with sent, received:
            self._offered_to.append(sent)
            try:
                yield received
            finally:
                self._offered_to.remove(sent)

    @asynccontextmanager
    async def _listening(self, place: Place) -> AsyncIterator[Bell]:
        bell = Bell()
        self._bells[place].append(bell)
        try:
            yield bell
        finally:
            self._bells[place].remove(bell)
            if not self._bells[place]:
                del self._bells[place]

    def _ring(self, place: Place) -> None:
        for bell in self._bells.get(place, ()):
            bell.ring()
