"""The serving side of workers: LiveKit's dispatch sends one to a place that something is asked in.

Where several replicas serve, one of them sends to a place at a time: it holds in the store what nobody can be called.
"""

from __future__ import annotations

import logging
import math
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence

import anyio

from mcp_voice.asks.join_links import JoinPage
from mcp_voice.asks.way_in import WayIn
from mcp_voice.bounds.rate_limit import Limit, RateLimit
from mcp_voice.errors import LiveKitError, StoreError, VoiceError
from mcp_voice.redaction import fault_place
from mcp_voice.requests.carriers import Outlook
from mcp_voice.requests.holding import carrier
from mcp_voice.results import RoomInfo
from mcp_voice.room.dispatch_api import Dispatch
from mcp_voice.store.records import Place, Progress, Request, State
from mcp_voice.store.seam import AskStore
from mcp_voice.turns.transcript import Transcript
from mcp_voice.workers.dispatching import Dispatching
from mcp_voice.workers.fleet import FleetView
from mcp_voice.workers.metadata import Assignment
from mcp_voice.workers.renewal import Renewal
from mcp_voice.workers.watched_place import WatchedPlace
from mcp_voice.workers.ways_in import WaysIn

__all__ = ["DispatchCarriers"]

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.4
"""Between two looks at the dispatches of a place."""
FORGOTTEN_SECONDS = 10.0
"""A place that nobody has asked about for so long is seen to anew."""
FORGET_SECONDS = 1.0
"""Between two looks for such places."""
TROUBLE_SECONDS = 10.0
AHEAD_SECONDS = 1.0
"""So long before anybody is told that no worker is free, this process looks which there are."""
SWEEP_SECONDS = 3.0
UNCLAIMED_SECONDS = 4.0
"""Whoever waits for it has it seen to within this, if they are there."""
SENT = Limit(burst=50, per_second=20)
"""Dispatches of this process, so that an outage of all workers does not make LiveKit's server busy."""
SENDER = "\x00dispatch:"
"""Before the subject of what is held by whoever sends workers to a place; no subject has such a character."""


class DispatchCarriers:
    """Satisfies ``requests.carriers.Carriers``."""

    def __init__(
        self,
        store: AskStore,
        dispatching: Callable[[], Awaitable[Dispatching]],
        *,
        page: JoinPage | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``page`` is the one by which somebody comes in where nobody is."""
        self._ways = WaysIn(page)
        self._store = store
        self._dispatching = dispatching
        self._clock = clock
        self._fleet = FleetView(store.users, clock)
        self._id = f"replica-{uuid.uuid4().hex[:12]}"
        self._watched: dict[Place, WatchedPlace] = {}
        self._sent = RateLimit(SENT)
        self._forgot_at = -math.inf

    @property
    def without_worker(self) -> int:
        """In how many places something is asked for which no worker is free, as far as this process sees."""
        now = self._clock()
        self._forget(now)
        return sum(each.renewal.is_late(now) for each in self._watched.values())

    async def see_to(self, place: Place, *, name: str) -> None:
        """Have a worker sent there, unless one is there or about to come; see ``Carriers``.

        LiveKit, or a store, that cannot be asked is tried again; raises LiveKitError or StoreError after 10 s of that.
        """
        watched = self._watch(place)
        async with watched.looking:  # whoever comes while somebody looks is told what that finds
            now = self._clock()
            if now < watched.looked_at + LOOK_SECONDS:
                return
            watched.looked_at = now
            try:
                await self._look(place, watched, name)
                watched.trouble = None
            except (LiveKitError, StoreError) as error:
                watched.failed(error, now)
                if now - watched.trouble_since > TROUBLE_SECONDS:
                    raise
                log.info("no worker can be asked for at the moment (%s)", error.code)

    async def _look(self, place: Place, watched: WatchedPlace, name: str) -> None:
        if await carrier(self._store, place):
            self._watched.pop(place, None)
            return
        dispatching = await self._dispatching()
        room_id = await dispatching.room_id(place.room_name)
        # Asking for an agent would make a room that there is not; and in one without people it would wait for them.
        if not room_id or await dispatching.is_deserted(place.room_name):
            watched.way_in = self.way_in(place, name=name)
            watched.how = await watched.way_in.told()
            watched.renewal = Renewal(self._clock())
            return
        watched.way_in = None
        ours = [each for each in await dispatching.listed(place.room_name) if _is_of(place, each)]
        dead = await self._dead(place, ours)
        if watched.renewal.is_due(ours, self._clock(), dead=dead) and await self._may_send(place):
            watched.renewal.sent(self._clock())
            await self._send(dispatching, place, ours, room_id=room_id)
        # After it: whoever is asked now waits for the dispatch, and nobody for this.
        if watched.renewal.is_late(self._clock() + AHEAD_SECONDS):
            await self._fleet.look()

    def told(self, place: Place, *, ask_id: str) -> Outlook:
        """That no worker is free, where that is so."""
        watched = self._watched.get(place)
        if watched is None:
            return Outlook()
        return watched.outlook(place.room_name, ask_id=ask_id, now=self._clock(), fleet=self._fleet)

    async def sweep(self) -> None:
        """Again and again: have a worker sent to what others have left, though nobody waits for it now."""
        while True:
            await anyio.sleep(SWEEP_SECONDS)
            try:
                left = await self._store.overdue(unclaimed_seconds=UNCLAIMED_SECONDS)
            except VoiceError as error:
                log.info("what others have left cannot be looked up (%s)", error.code)
                continue
            for state in left:
                await self._see_to_left(state)

    async def heed(self) -> None:
        """Have a worker sent, as soon as they say so, to what processes that carry out themselves are too busy for."""
        async with self._store.offers() as offers:
            async for place in offers:
                try:
                    waiting = await self._store.waiting(place)
                except VoiceError as error:
                    log.info("what others are too busy for cannot be looked up (%s)", error.code)
                    continue
                for state in waiting[:1]:
                    await self._see_to_left(state)

    async def _see_to_left(self, state: State) -> None:
        """One room that fails must not keep workers from the others."""
        try:
            await self.see_to(state.request.place, name=state.request.asker)
        except VoiceError as error:
            log.info("what others have left in a room cannot be seen to (%s)", error.code)
        except Exception as error:  # noqa: BLE001  # whatever it is, the calls of this process go on
            log.error("what others have left in a room cannot be seen to: %s", fault_place(error))  # noqa: TRY400

    def found(self, place: Place, room: RoomInfo, *, name: str) -> None:
        """Workers look for themselves."""

    def refuse_if_full(self, place: Place) -> None:
        """Workers refuse for themselves."""

    def way_in(self, place: Place, *, name: str) -> WayIn:
        """See ``Carriers``."""
        return self._ways.of(place.room_name, asker=name, subject=place.subject)

    def progress(self, request: Request) -> Progress | None:  # noqa: ARG002
        """Nothing is carried out here."""
        return None

    def entered(self, subject: str) -> list[str]:  # noqa: ARG002
        """None: workers are in rooms."""
        return []

    def knows(self, place: Place) -> bool | None:  # noqa: ARG002
        """Workers know."""
        return None

    def transcript(self, place: Place) -> Transcript | None:  # noqa: ARG002
        """None: workers hold places."""
        return None

    def end(self, subject: str) -> None:
        """Nothing is said or heard here: workers go on with it."""

    def _watch(self, place: Place) -> WatchedPlace:
        now = self._clock()
        self._forget(now)
        found = self._watched.setdefault(place, WatchedPlace(Renewal(now), now, now - LOOK_SECONDS))
        found.called_at = now
        return found

    def _forget(self, now: float) -> None:
        if now - self._forgot_at < FORGET_SECONDS:
            return
        self._forgot_at = now
        kept = {place: each for place, each in self._watched.items() if now - each.called_at < FORGOTTEN_SECONDS}
        self._watched = kept

    async def _dead(self, place: Place, ours: Sequence[Dispatch]) -> frozenset[str]:
        """The dispatches whose worker has let its claim of something run out."""
        if not any(each.is_taken for each in ours):
            return frozenset()
        lapsed = [state.worker for state in await self._store.waiting(place) if state.worker]
        return frozenset(each.id for each in ours if any(name.startswith(f"{each.id}/") for name in lapsed))

    async def _may_send(self, place: Place) -> bool:
        mine = await self._store.hold(Place(f"{SENDER}{place.subject}", place.room_name), worker=self._id)
        return mine and self._sent.allows("", self._clock())

    async def _send(self, dispatching: Dispatching, place: Place, old: Sequence[Dispatch], *, room_id: str) -> None:
        """Take back what has come to nothing, and ask for another worker."""
        for each in old:
            await dispatching.delete(place.room_name, each.id)
            for identity in each.identities:
                # It would be seen there for 20 s more.
                await dispatching.remove(place.room_name, identity)
        await dispatching.create(place.room_name, Assignment.to(place).written())
        log.info("a worker was asked for in room %r%s", place.room_name, " again" if old else "")
        made = await dispatching.room_id(place.room_name)
        if made not in ("", room_id) and await dispatching.is_deserted(place.room_name):
            await self._undo(dispatching, place, made)

    async def _undo(self, dispatching: Dispatching, place: Place, room_id: str) -> None:
        """The room was closed in the instant between, and our dispatch has made another."""
        for each in await dispatching.listed(place.room_name):
            if _is_of(place, each):
                await dispatching.delete(place.room_name, each.id)
        try:
            await dispatching.close_made(place.room_name, room_id)
        except LiveKitError as error:
            log.warning("a room that a dispatch has made could not be closed (%s)", error)


def _is_of(place: Place, dispatch: Dispatch) -> bool:
    assignment = Assignment.read(dispatch.metadata)
    return assignment is not None and assignment == Assignment.to(place)
