"""Carrying out what is asked in one place: its requests are claimed in their order, and this process's voice does them.

Nothing of what an ask is stands here: that is in ``asks`` and ``turns``, whoever keeps it.
"""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from functools import partial

import anyio
from anyio.abc import TaskGroup

from mcp_voice.asks.room_voice import RoomVoice
from mcp_voice.asks.seat import Seat
from mcp_voice.errors import StoreError, VoiceError
from mcp_voice.requests.asking import CarriedAsk
from mcp_voice.requests.claim import Claim
from mcp_voice.requests.doing import Errand
from mcp_voice.requests.failures import as_failure, as_told
from mcp_voice.requests.following import persistent
from mcp_voice.requests.giving_up import given_up
from mcp_voice.requests.holding import LEAVE_SECONDS, holding
from mcp_voice.requests.notes import written
from mcp_voice.requests.unwritten import Unwritten
from mcp_voice.store.records import Place, Progress, State
from mcp_voice.store.seam import RENEW_SECONDS, AskStore
from mcp_voice.tasks import Bell, either_set, owned_tasks
from mcp_voice.turns.transcript import Transcript

__all__ = ["Carrying", "carry_out"]

log = logging.getLogger(__name__)

NOTE_SECONDS = 1.0
"""Between two writes of what was said in a place."""
READ_SECONDS = 5.0
"""After which turns that a call has taken are there again, unless it is known to have returned them."""


async def carry_out(
    place: Place, *, store: AskStore, voice: RoomVoice, worker: str, draining: anyio.Event | None = None
) -> None:
    """Hold a place, and carry out what is asked there until we have left the room and nothing is open.

    Returns at once where another one holds it; ``worker`` is this process's own name. Once it is ``draining``, it
    finishes what it does, and leaves the rest. Cancelling it is an orderly end. Raises StoreError.
    """
    failed: StoreError | None = None
    async with owned_tasks() as writers:
        try:
            carrying = Carrying(place, store=store, voice=voice, worker=worker, unwritten=Unwritten(writers))
            await carrying.run(draining=draining)
        except StoreError as error:
            failed = error  # what has come of a request is written all the same, once that is possible
    if failed is not None:
        raise failed


class Carrying:
    """One place that this process holds, or tries to."""

    def __init__(self, place: Place, *, store: AskStore, voice: RoomVoice, worker: str, unwritten: Unwritten) -> None:
        """``unwritten`` is that of this process."""
        self.is_held = False
        self.refused: set[str] = set()
        """The ids of those that we were too busy for: they are left to others."""
        self._place = place
        self._store = store
        self._voice = voice
        self._worker = worker
        self._seat: Seat | None = None
        self._claims: dict[str, Claim] = {}
        self._works: dict[Claim, CarriedAsk | Errand] = {}
        self._taken: dict[str, Errand] = {}
        """Those whose turns count as returned, though it is not known yet that they were."""
        self._looking = anyio.Lock()
        self._over = Bell()
        self._draining = anyio.Event()
        self._unwritten = unwritten
        self._noted = unwritten.noted(place)

    @property
    def transcript(self) -> Transcript | None:
        """What is said there, as long as it is held."""
        return self._seat.transcript if self.is_held and self._seat is not None else None

    def progress(self, request_id: str) -> Progress | None:
        """How far it is with one that it carries out; None: it does not."""
        claim = self._claims.get(request_id)
        return self._works[claim].progress() if claim in self._works and claim is not None else None

    async def run(self, *, draining: anyio.Event | None = None) -> None:
        """See ``carry_out``."""
        self._draining = draining or self._draining
        while await self._hold():
            # Between the last look and the end of the hold somebody may have asked.
            if self._draining.is_set() or not await self._waiting():
                return

    async def _hold(self) -> bool:
        async with holding(self._store, self._place, worker=self._worker) as held:
            if not held:
                return False
            self._seat = await self._take_seat()
            self.is_held = True
            try:
                async with self._store.place_changes(self._place) as bell, owned_tasks() as tasks:
                    tasks.start_soon(self._note_changes, self._seat)
                    tasks.start_soon(self._last_words, self._seat.transcript)
                    tasks.start_soon(self._look_once_draining)
                    await self._serve(self._seat, bell, tasks)
                    tasks.cancel_scope.cancel()
            finally:
                self.is_held = False
                with anyio.move_on_after(LEAVE_SECONDS, shield=True):
                    await self._note(self._seat.transcript)
        return True

    async def _take_seat(self) -> Seat:
        """Ours there, with what was said while others had it."""
        waiting = await self._store.waiting(self._place)
        name = next((each.request.asker for each in waiting if each.request.asker), "mcp-voice")
        seat = self._voice.seats.seat(self._place.room_name, name=name)
        self._noted.take_up(await self._store.noted(self._place), seat.transcript)
        return seat

    async def _serve(self, seat: Seat, bell: Bell, tasks: TaskGroup) -> None:
        while True:
            changed, over = bell.next, self._over.next
            waiting = [] if self._draining.is_set() else await self._waiting()
            for state in (each for each in waiting if not self._is_at_work(each.request.id)):
                await self._take(state, seat, tasks)
            is_gone = self._draining.is_set() or (not seat.in_use and seat.link is None)
            if not waiting and not self._claims and is_gone:
                return
            await either_set(changed, over, limit=RENEW_SECONDS)
            if changed.is_set():
                for claim in self._claims.values():
                    claim.look()

    async def _look_once_draining(self) -> None:
        await self._draining.wait()
        self._over.ring()

    def _is_at_work(self, request_id: str) -> bool:
        return request_id in self._claims or self._unwritten.is_due(request_id)

    async def _waiting(self) -> list[State]:
        try:
            return [each for each in await self._store.waiting(self._place) if each.request.id not in self.refused]
        except StoreError as error:
            log.info("what waits in a place cannot be looked up (%s)", error.code)
            return []

    async def _take(self, state: State, seat: Seat, tasks: TaskGroup) -> None:
        try:
            if (outcome := given_up(state)) is not None:
                await self._store.fail_unclaimed(state, outcome)
                return
            claimed = await self._claimed(state)
        except VoiceError as error:
            log.info("a request cannot be claimed (%s)", error.code)
            return
        if claimed is None:
            return
        claim = Claim(self._store, claimed, is_cut_off=bool(state.worker))
        try:
            work = (
                CarriedAsk(claim, self._voice, seat.transcript, self._looking)
                if state.request.kind == "ask"
                else Errand(claim, self._voice, seat.transcript)
            )
        except Exception as error:  # noqa: BLE001  # one that cannot be read must not end the others
            await claim.answer(as_failure(error), limit=LEAVE_SECONDS)
            return
        self._claims[state.request.id], self._works[claim] = claim, work
        tasks.start_soon(self._carry, claim, work, seat)

    async def _claimed(self, state: State) -> State | None:
        """As it is once it is ours; None: it is another's, or over."""
        try:
            return await self._store.claim(state, worker=self._worker)
        except StoreError:
            # It may be ours all the same.
            now = await persistent(lambda: self._store.find(state.request.id, subject=self._place.subject))
            is_ours = (now.worker, now.attempt) == (self._worker, state.attempt + 1)
            return now if is_ours else None

    async def _carry(self, claim: Claim, work: CarriedAsk | Errand, seat: Seat) -> None:
        write = partial(self._unwritten.write, claim, kept=work.keep)
        try:
            await work.run(write)
            if work.refusal is not None and not claim.is_lost:
                self.refused.add(claim.state.request.id)
                await claim.refuse(as_told(work.refusal))
            if isinstance(work, Errand) and work.taken:
                await self._until_returned(claim, work, seat.transcript)
        except Exception as error:  # noqa: BLE001  # nor one that fails in a way of its own
            await write(as_failure(error))
        finally:
            # A renewal may have come back as lost because the outcome had just been written.
            if claim.is_lost and not claim.is_answered and not self._unwritten.is_due(claim.state.request.id):
                work.keep()
            del self._works[claim]
            if self._claims.get(claim.state.request.id) is claim:
                del self._claims[claim.state.request.id]
            self._over.ring()

    async def _last_words(self, transcript: Transcript) -> None:
        """When this process is about to end: all that is open is given back at once.

        Leaving a room takes a while, and a host that is gone kills us soon.
        """
        try:
            await anyio.sleep_forever()
        finally:
            with anyio.move_on_after(3 * LEAVE_SECONDS, shield=True):
                async with owned_tasks() as ending:
                    for claim, work in self._works.items():
                        ending.start_soon(self._end, claim, work)
                    for request_id in list(self._taken):
                        ending.start_soon(self._look_whether_returned, request_id)
                for request_id in list(self._taken):
                    transcript.put_back(self._taken.pop(request_id).taken)
                self.is_held = False  # from here on nobody takes what would not be noted any more
                await self._note(transcript)
                with suppress(StoreError):
                    await self._store.leave(self._place, worker=self._worker)

    async def _end(self, claim: Claim, work: CarriedAsk | Errand) -> None:
        """This process is about to end: what has come of it is written, and else it is another's to carry out."""
        if claim.is_lost or self._unwritten.is_due(claim.state.request.id):
            return
        outcome = work.outcome(is_ending=True)
        with anyio.CancelScope(shield=True):
            if outcome is None:
                await claim.give_back()
            else:
                await claim.answer(outcome, limit=LEAVE_SECONDS)

    async def _until_returned(self, claim: Claim, work: Errand, transcript: Transcript) -> None:
        """See to it that a call has returned the turns that it took; else they are there for the next one."""
        request_id, until = claim.state.request.id, time.monotonic() + READ_SECONDS
        self._taken[request_id] = work
        while request_id in self._taken and time.monotonic() < until:
            await anyio.sleep(READ_SECONDS / 10)
            await self._look_whether_returned(request_id)
        if self._taken.pop(request_id, None) is not None:
            transcript.put_back(work.taken)

    async def _look_whether_returned(self, request_id: str) -> None:
        with suppress(VoiceError):
            if (await self._store.find(request_id, subject=self._place.subject)).is_returned:
                self._taken.pop(request_id, None)

    async def _note_changes(self, seat: Seat) -> None:
        while True:
            change = seat.listener.change
            await self._note(seat.transcript)
            with anyio.move_on_after(RENEW_SECONDS):
                await change.wait()
            await anyio.sleep(NOTE_SECONDS)

    async def _note(self, transcript: Transcript) -> None:
        if self._noted.is_of(transcript):
            return
        text = written(transcript)
        try:
            if await self._store.note(self._place, text, worker=self._worker):
                self._noted.wrote(text, transcript)
        except StoreError as error:
            log.info("what was said in a place cannot be noted (%s)", error.code)
