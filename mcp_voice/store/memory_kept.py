"""What the store in memory keeps of each request, as long as it is open and for a while after."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import anyio

from mcp_voice.bounds.limits import MOST_ERRANDS, MOST_OPEN_IN_ROOM
from mcp_voice.store.memory_open import OpenRequests, repeats
from mcp_voice.store.memory_over import OverRequests
from mcp_voice.store.memory_places import MemoryPlaces, steady_clock
from mcp_voice.store.records import Outcome, Request, State
from mcp_voice.store.refusals import too_many, too_many_errands, too_many_in_room, unknown_ask
from mcp_voice.store.seam import LEASE_SECONDS
from mcp_voice.tasks import Bell

__all__ = ["KeptRequest", "KeptRequests"]

MOST_CALLS = 50
LOOK_SECONDS = 0.25
OVER_SECONDS = 30.0
"""For how long what ends with its call is kept once it is over: the call reads its outcome at once, and whoever carried
it out looks for some seconds whether it did. Nobody asks for it later, and it holds what people said."""


@dataclass(slots=True, eq=False)
class KeptRequest:
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


class KeptRequests(MemoryPlaces):
    """All of them, by their ids."""

    def __init__(
        self,
        *,
        keep_seconds: float = 3600.0,
        lease_seconds: float = LEASE_SECONDS,
        clock: Callable[[], float] | None = None,
    ) -> None:
        """``clock`` gives Unix time, in seconds; without one it is a ``steady_clock``."""
        super().__init__(keep_seconds=keep_seconds, lease_seconds=lease_seconds, clock=clock or steady_clock())
        self._kept: dict[str, KeptRequest] = {}
        """In the order in which they were opened."""
        self._open: OpenRequests[KeptRequest] = OpenRequests()
        self._over_asks = OverRequests()
        self._over_errands = OverRequests()
        """All that is no ask."""
        self._looked_at = 0.0
        """When it was looked for open ones that nobody has ended."""

    async def forget_in_time(self) -> None:
        """Drop what is over when its time is, until cancelled: calls drop it as well, but there may be none."""
        while True:
            await anyio.sleep(min(OVER_SECONDS, self._keep_seconds) / 10)
            self._forget_old()
            self._forget_notes()

    def _get(self, request_id: str, subject: str) -> KeptRequest:
        self._forget_old()
        kept = self._kept.get(request_id)
        if kept is None or kept.state.request.subject != subject:
            theirs = [each.state.request for each in self._kept.values() if each.state.request.subject == subject]
            raise unknown_ask(request_id, kept=[each.id for each in theirs if each.kind == "ask"][::-1])
        return kept

    def _look(self, kept: KeptRequest) -> State:
        """How it is now; what is withdrawn and carried out by nobody is over."""
        self._set(kept, now=self._clock())
        if kept.state.is_withdrawn and kept.state.is_open and not kept.state.is_claimed:
            self._close(kept, Outcome())
        return kept.state

    def _is_free(self, kept: KeptRequest, *, attempt: int) -> bool:
        state = self._look(kept)
        return state.is_open and not state.is_claimed and state.attempt == attempt

    def _ours(self, state: State) -> KeptRequest | None:
        """The request, if this claim of it still holds."""
        kept = self._kept.get(state.request.id)
        if kept is None or not kept.state.is_open:
            return None
        ours = (state.attempt, state.worker)
        return kept if state.worker and (kept.state.attempt, kept.state.worker) == ours else None

    def _is_answered(self, state: State, outcome: Outcome) -> bool:
        kept = self._kept.get(state.request.id)
        return kept is not None and kept.state.outcome == outcome and kept.answered_by == state.attempt

    def _close(self, kept: KeptRequest, outcome: Outcome) -> None:
        kept.answered_by = kept.state.attempt
        self._change(kept, outcome=outcome, worker="", lease_until=0.0)
        request = kept.state.request
        self._open.remove(request)
        over = self._over_asks if request.kind == "ask" else self._over_errands
        self._forget(over.add(request, until=self._clock() + self._keeps(request)))

    def _set(self, kept: KeptRequest, **changes: Any) -> None:
        kept.state = kept.state.model_copy(update=changes)

    def _change(self, kept: KeptRequest, **changes: Any) -> None:
        self._set(kept, version=kept.state.version + 1, **changes)
        kept.changed.ring()

    def _stays(self, kept: KeptRequest) -> None:
        """Keep what is open for longer than it may take, if nobody else ends it.

        Whoever does it and its call may be stopped meanwhile, as with a machine that is paused.
        """
        kept.expires_at = self._clock() + 2 * kept.state.request.open_seconds + self._keep_seconds

    def _keeps(self, request: Request) -> float:
        """For how many seconds it is kept once it is over."""
        return self._keep_seconds if request.kind == "ask" else min(OVER_SECONDS, self._keep_seconds)

    def _repeated(self, request: Request) -> KeptRequest | None:
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

    def _alike(self, request: Request) -> list[KeptRequest]:
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
