"""The store of one process, without ``MCP_VOICE_STORE``: no I/O, everything at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import anyio

from mcp_voice.bounds.rate_limit import Limit, RateLimit
from mcp_voice.store.memory_kept import KeptRequest, KeptRequests
from mcp_voice.store.records import Outcome, Place, Progress, Renewed, Request, State
from mcp_voice.store.seam import LEASE_SECONDS
from mcp_voice.store.sizes import as_json
from mcp_voice.store.tags import tag

__all__ = ["MemoryStore"]


class MemoryStore(KeptRequests):
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
        super().__init__(keep_seconds=keep_seconds, lease_seconds=lease_seconds, clock=clock)
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
            found = KeptRequest(state, expires_at=0.0, free_since=now)
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
