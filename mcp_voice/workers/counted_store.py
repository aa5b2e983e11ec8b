"""The store as one job has it: what it carries out is counted."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager

from anyio.streams.memory import MemoryObjectReceiveStream

from mcp_voice.bounds.rate_limit import Limit
from mcp_voice.store.records import Outcome, Place, Progress, Renewed, Request, State
from mcp_voice.store.seam import AskStore
from mcp_voice.store.users import StoreUsers
from mcp_voice.tasks import Bell

__all__ = ["CountedStore"]

log = logging.getLogger(__name__)

TellOver = Callable[[str, str], None]
"""Told the kind of a request, and what came of it, as often as one is over."""


class CountedStore:
    """An ``AskStore`` that passes on every call."""

    def __init__(self, store: AskStore, counted: TellOver) -> None:
        self._store = store
        self._counted = counted
        self._open: dict[str, State] = {}

    @property
    def is_shared(self) -> bool:
        """See ``AskStore``."""
        return self._store.is_shared

    @property
    def users(self) -> StoreUsers:
        """See ``AskStore``."""
        return self._store.users

    async def open(self, request: Request) -> State:
        """See ``AskStore``."""
        return await self._store.open(request)

    async def find(self, request_id: str, *, subject: str) -> State:
        """See ``AskStore``."""
        return await self._store.find(request_id, subject=subject)

    async def withdraw(self, request_id: str, *, subject: str) -> State:
        """See ``AskStore``."""
        return await self._store.withdraw(request_id, subject=subject)

    async def attend(self, request_id: str, *, subject: str, call: str = "", waits: bool = True) -> State:
        """See ``AskStore``."""
        return await self._store.attend(request_id, subject=subject, call=call, waits=waits)

    async def stop_attending(self, request_id: str, *, subject: str) -> None:
        """See ``AskStore``."""
        await self._store.stop_attending(request_id, subject=subject)

    async def returned(self, request_id: str, *, subject: str) -> State:
        """See ``AskStore``."""
        return await self._store.returned(request_id, subject=subject)

    async def changed(self, state: State, *, seconds: float) -> State:
        """See ``AskStore``."""
        return await self._store.changed(state, seconds=seconds)

    async def waiting(self, place: Place) -> Sequence[State]:
        """See ``AskStore``."""
        return await self._store.waiting(place)

    async def waiting_of(self, subject_tag: str, room_name: str) -> Sequence[State]:
        """See ``AskStore``."""
        return await self._store.waiting_of(subject_tag, room_name)

    async def claim(self, state: State, *, worker: str) -> State | None:
        """See ``AskStore``."""
        claimed = await self._store.claim(state, worker=worker)
        if claimed is not None:
            self._open[state.request.id] = claimed
        return claimed

    async def renew(self, state: State, progress: Progress) -> Renewed:
        """See ``AskStore``."""
        renewed = await self._store.renew(state, progress)
        if not renewed.is_ours:
            self._over(state, "lost")
        return renewed

    async def answer(self, state: State, outcome: Outcome) -> bool:
        """See ``AskStore``."""
        is_written = await self._store.answer(state, outcome)
        self._over(state, _named(outcome) if is_written else "lost")
        return is_written

    async def give_back(self, state: State, progress: Progress) -> None:
        """See ``AskStore``."""
        self._over(state, "given-back")
        await self._store.give_back(state, progress)

    async def fail_unclaimed(self, state: State, outcome: Outcome) -> bool:
        """See ``AskStore``."""
        return await self._store.fail_unclaimed(state, outcome)

    async def overdue(self, *, unclaimed_seconds: float) -> Sequence[State]:
        """See ``AskStore``."""
        return await self._store.overdue(unclaimed_seconds=unclaimed_seconds)

    async def hold(self, place: Place, *, worker: str) -> bool:
        """See ``AskStore``."""
        return await self._store.hold(place, worker=worker)

    async def holder(self, place: Place) -> str:
        """See ``AskStore``."""
        return await self._store.holder(place)

    async def leave(self, place: Place, *, worker: str) -> None:
        """See ``AskStore``."""
        await self._store.leave(place, worker=worker)

    def place_changes(self, place: Place) -> AbstractAsyncContextManager[Bell]:
        """See ``AskStore``."""
        return self._store.place_changes(place)

    async def offer(self, place: Place) -> bool:
        """See ``AskStore``."""
        return await self._store.offer(place)

    def offers(self) -> AbstractAsyncContextManager[MemoryObjectReceiveStream[Place]]:
        """See ``AskStore``."""
        return self._store.offers()

    async def note(self, place: Place, text: str, *, worker: str) -> bool:
        """See ``AskStore``."""
        return await self._store.note(place, text, worker=worker)

    async def noted(self, place: Place) -> str:
        """See ``AskStore``."""
        return await self._store.noted(place)

    async def charge(self, subject: str, limit: Limit) -> float:
        """See ``AskStore``."""
        return await self._store.charge(subject, limit)

    def _over(self, state: State, outcome: str) -> None:
        if self._open.pop(state.request.id, None) is not None:
            self._counted(state.request.kind, outcome)
            log.info("a request is over: id=%s attempt=%d outcome=%s", state.request.id, state.attempt, outcome)


def _named(outcome: Outcome) -> str:
    if outcome.failure is not None:
        return outcome.failure.code or "failed"
    status = (outcome.result or {}).get("status", "done")
    return status if isinstance(status, str) else "done"
