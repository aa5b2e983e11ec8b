"""The store of one process, without ``MCP_VOICE_STORE``: no I/O, everything at once."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import anyio

from mcp_voice.bounds.limits import MOST_ERRANDS, MOST_OPEN_IN_ROOM
from mcp_voice.bounds.rate_limit import Limit, RateLimit
from mcp_voice.store.memory_open import OpenRequests, repeats
from mcp_voice.store.memory_over import OverRequests
from mcp_voice.store.memory_places import MemoryPlaces, steady_clock
from mcp_voice.store.records import Outcome, Place, Progress, Renewed, Request, State
from mcp_voice.store.refusals import too_many, too_many_errands, too_many_in_room, unknown_ask
from mcp_voice.store.seam import LEASE_SECONDS
from mcp_voice.store.sizes import as_json
from mcp_voice.store.tags import tag
from mcp_voice.tasks import Bell

__all__ = ["MemoryStore"]

MOST_CALLS = 50
LOOK_SECONDS = 0.25
OVER_SECONDS = 30.0
"""For how long what ends with its call is kept once it is over: the call reads its outcome at once, and whoever carried
it out looks for some seconds whether it did. Nobody asks for it later, and it holds what people said."""


@dataclass(slots=True, eq=False)
class _Kept:
    """A request, and what a State does not tell."""

    state: State
    expires_at: float
    """Of what is open."""
    free_since: float
    """Since when it has waited for somebody to carry it out."""
    answered_by: int = 0
    """The attempt whose outcome it has."""
    changed: Bell = field(default_factory=Bell)
    latest_calls: deque[str] = field(default_factory=lambda: deque(maxlen=MOST_CALLS))
    """Those that were counted last."""


class MemoryStore(MemoryPlaces):
    """An ``AskStore`` in the memory of this process."""

    is_shared = False

    def __init__(
        self,
        *,
        keep_seconds: float = 3600.0,
        lease_seconds: float = LEASE_SECONDS,
        clock: Callable[[], float] | None = None,
    ) -> None:
        """``clock`` gives Unix time, in seconds; without one it is a ``steady_clock``."""
        super().__init__(keep_seconds=keep_seconds, lease_seconds=lease_seconds, clock=clock or steady_clock())
        self._kept: dict[str, _Kept] = {}
        """In the order in which they were opened."""
        self._open: OpenRequests[_Kept] = OpenRequests()
        self._over_asks = OverRequests()
        self._over_errands = OverRequests()
        """All that is no ask."""
        self._looked_at = 0.0
        """When it was looked for open ones that nobody has ended."""
        self._rates: dict[Limit, RateLimit] = {}

    async def open(self, request: Request) -> State:
        """See ``AskStore``."""
        as_json(request)
        self._forget_old()
        known = self._kept.get(request.id)
        found = known if known and known.state.request.subject == request.subject else self._repeated(request)
        if found is None:
            self._check_room_for(request)
            now = self._clock()
            state = State(request=request, opened_at=now)
            found = _Kept(state, expires_at=0.0, free_since=now)
            self._stays(found)
            self._kept[request.id] = found
            self._open.add(request, found)
            self._ring(request.place)
        return self._look(found)

    async def find(self, request_id: str, *, subject: str) -> State:
        """See ``AskStore``."""
        return self._look(self._get(request_id, subject))

    async def withdraw(self, request_id: str, *, subject: str) -> State:
        """See ``AskStore``."""
        kept = self._get(request_id, subject)
        if self._look(kept).is_open and not kept.state.is_withdrawn:
            self._change(kept, is_withdrawn=True)
            self._ring(kept.state.request.place)
        return self._look(kept)

    async def attend(self, request_id: str, *, subject: str, call: str = "", waits: bool = True) -> State:
        """See ``AskStore``."""
        kept = self._get(request_id, subject)
        is_new = bool(call) and call not in kept.latest_calls
        if is_new:
            kept.latest_calls.append(call)
        until = self._clock() + self._lease_seconds if waits else kept.state.attended_until
        self._set(kept, attended_until=until, calls=kept.state.calls + is_new)
        return self._look(kept)

    async def stop_attending(self, request_id: str, *, subject: str) -> None:
        """See ``AskStore``."""
        kept = self._get(request_id, subject)
        self._set(kept, attended_until=self._clock())
        self._ring(kept.state.request.place)

    async def returned(self, request_id: str, *, subject: str) -> State:
        """See ``AskStore``."""
        kept = self._get(request_id, subject)
        self._set(kept, is_returned=True)
        return self._look(kept)

    async def changed(self, state: State, *, seconds: float) -> State:
        """See ``AskStore``."""
        kept = self._get(state.request.id, state.request.subject)
        with anyio.move_on_after(seconds):
            while self._look(kept).version == state.version:
                await kept.changed.wait()
        return self._look(kept)

    async def waiting(self, place: Place) -> Sequence[State]:
        """See ``AskStore``."""
        return await self.waiting_of(tag(place.subject), place.room_name)

    async def waiting_of(self, subject_tag: str, room_name: str) -> Sequence[State]:
        """See ``AskStore``."""
        self._forget_old()
        looked_at = [self._look(kept) for kept in self._open.of_place(subject_tag, room_name)]
        return [state for state in looked_at if state.is_open and not state.is_claimed]

    async def claim(self, state: State, *, worker: str) -> State | None:
        """See ``AskStore``."""
        kept = self._kept.get(state.request.id)
        if kept is None or not self._is_free(kept, attempt=state.attempt):
            return None
        self._change(kept, attempt=state.attempt + 1, worker=worker, lease_until=self._clock() + self._lease_seconds)
        self._stays(kept)
        return self._look(kept)

    async def renew(self, state: State, progress: Progress) -> Renewed:
        """See ``AskStore``."""
        as_json(progress)
        kept = self._ours(state)
        if kept is None:
            return Renewed(is_ours=False)
        self._set(kept, lease_until=self._clock() + self._lease_seconds)
        self._stays(kept)
        if progress != kept.state.progress:
            self._change(kept, progress=progress)
        attended = kept.state.attended_until > self._clock()
        return Renewed(is_ours=True, is_withdrawn=kept.state.is_withdrawn, is_attended=attended)

    async def answer(self, state: State, outcome: Outcome) -> bool:
        """See ``AskStore``."""
        as_json(outcome)
        if (kept := self._ours(state)) is not None:
            self._close(kept, outcome)
            return True
        return self._is_answered(state, outcome)

    async def give_back(self, state: State, progress: Progress) -> None:
        """See ``AskStore``."""
        as_json(progress)
        if (kept := self._ours(state)) is not None:
            kept.free_since = self._clock()
            self._change(kept, worker="", lease_until=0.0, progress=progress)
            self._ring(kept.state.request.place)

    async def fail_unclaimed(self, state: State, outcome: Outcome) -> bool:
        """See ``AskStore``."""
        as_json(outcome)
        kept = self._kept.get(state.request.id)
        if kept is not None and self._is_free(kept, attempt=state.attempt):
            self._close(kept, outcome)
            return True
        return self._is_answered(state, outcome)

    async def overdue(self, *, unclaimed_seconds: float) -> Sequence[State]:
        """See ``AskStore``."""
        now, found = self._clock(), []
        self._forget_old()
        for kept in self._open.everywhere():
            state = self._look(kept)
            is_late = bool(state.worker) or kept.free_since + unclaimed_seconds <= now
            if state.is_open and not state.is_claimed and is_late:
                found.append(state)
        return found

    async def charge(self, subject: str, limit: Limit) -> float:
        """See ``AskStore``."""
        rate, now = self._rates.setdefault(limit, RateLimit(limit)), self._clock()
        return 0.0 if rate.allows(subject, now) else rate.opens_in(subject, now)

    def _get(self, request_id: str, subject: str) -> _Kept:
        self._forget_old()
        kept = self._kept.get(request_id)
        if kept is None or kept.state.request.subject != subject:
            theirs = [each.state.request for each in self._kept.values() if each.state.request.subject == subject]
            raise unknown_ask(request_id, kept=[each.id for each in theirs if each.kind == "ask"][::-1])
        return kept

    def _look(self, kept: _Kept) -> State:
        """How it is now; what is withdrawn and carried out by nobody is over."""
        self._set(kept, now=self._clock())
        if kept.state.is_withdrawn and kept.state.is_open and not kept.state.is_claimed:
            self._close(kept, Outcome())
        return kept.state

    def _is_free(self, kept: _Kept, *, attempt: int) -> bool:
        state = self._look(kept)
        return state.is_open and not state.is_claimed and state.attempt == attempt

    def _ours(self, state: State) -> _Kept | None:
        """The request, if this claim of it still holds."""
        kept = self._kept.get(state.request.id)
        if kept is None or not kept.state.is_open:
            return None
        ours = (state.attempt, state.worker)
        return kept if state.worker and (kept.state.attempt, kept.state.worker) == ours else None

    def _is_answered(self, state: State, outcome: Outcome) -> bool:
        kept = self._kept.get(state.request.id)
        return kept is not None and kept.state.outcome == outcome and kept.answered_by == state.attempt

    def _close(self, kept: _Kept, outcome: Outcome) -> None:
        kept.answered_by = kept.state.attempt
        self._change(kept, outcome=outcome, worker="", lease_until=0.0)
        request = kept.state.request
        self._open.remove(request)
        over = self._over_asks if request.kind == "ask" else self._over_errands
        self._forget(over.add(request, until=self._clock() + self._keeps(request)))

    def _set(self, kept: _Kept, **changes: Any) -> None:
        kept.state = kept.state.model_copy(update=changes)

    def _change(self, kept: _Kept, **changes: Any) -> None:
        self._set(kept, version=kept.state.version + 1, **changes)
        kept.changed.ring()

    def _stays(self, kept: _Kept) -> None:
        """Keep what is open for longer than it may take, if nobody else ends it."""
        request = kept.state.request
        kept.expires_at = self._clock() + 2 * request.open_seconds + self._keeps(request)

    def _keeps(self, request: Request) -> float:
        """For how many seconds it is kept once it is over."""
        return self._keep_seconds if request.kind == "ask" else min(OVER_SECONDS, self._keep_seconds)

    def _repeated(self, request: Request) -> _Kept | None:
        looked_at = [(kept, self._look(kept)) for kept in self._alike(request)]
        found = [kept for kept, state in looked_at if state.is_open and not state.is_withdrawn]
        same_call = [kept for kept in found if request.call_id and kept.state.request.call_id == request.call_id]
        return next(iter(same_call or [kept for kept in found if repeats(request, kept.state)]), None)

    def _check_room_for(self, request: Request) -> None:
        theirs = [kept.state.request for kept in self._alike(request) if not kept.state.is_withdrawn]
        if request.kind != "ask":
            if len(theirs) >= MOST_ERRANDS:
                raise too_many_errands()
            return
        here = [each.id for each in theirs if each.room_name == request.room_name]
        if len(here) >= MOST_OPEN_IN_ROOM:
            raise too_many_in_room(request.room_name, here)
        if len(theirs) >= request.most_open:
            raise too_many([each.id for each in theirs], most=request.most_open)

    def _alike(self, request: Request) -> list[_Kept]:
        theirs = self._open.of_subject(request.subject)
        return [kept for kept in theirs if kept.state.request.kind == request.kind]

    def _forget_old(self) -> None:
        now = self._clock()
        self._forget(self._over_asks.expired(now))
        self._forget(self._over_errands.expired(now))
        if now - self._looked_at >= LOOK_SECONDS:
            self._looked_at = now
            for kept in self._open.everywhere():
                if kept.expires_at <= now:
                    self._open.remove(kept.state.request)
                    self._forget([kept.state.request.id])

    def _forget(self, request_ids: Iterable[str]) -> None:
        for request_id in request_ids:
            self._kept.pop(request_id, None)
