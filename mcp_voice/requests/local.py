"""Without workers: this process carries out what is asked, in every place that no other one holds."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable

import anyio
from anyio.abc import TaskGroup

from mcp_voice.asks.room_voice import RoomVoice
from mcp_voice.asks.way_in import WayIn
from mcp_voice.errors import StoreError, VoiceError
from mcp_voice.redaction import fault_place
from mcp_voice.requests.carriers import Outlook
from mcp_voice.requests.carrying import Carrying
from mcp_voice.requests.giving_up import given_up
from mcp_voice.requests.unwritten import Unwritten
from mcp_voice.results import RoomInfo
from mcp_voice.settings import Settings
from mcp_voice.store.records import Place, Progress, Request
from mcp_voice.store.seam import RENEW_SECONDS, AskStore
from mcp_voice.turns.transcript import Transcript

__all__ = ["LocalCarriers"]

log = logging.getLogger(__name__)

UNCLAIMED_SECONDS = 4.0
"""Whoever waits for it has it carried out within this, if they are there."""
BUSY_SECONDS = 3.0
"""For so long a place is left to others in which we were too busy for something."""
LAST_SECONDS = 0.2
"""For so long others go first with what is offered, where we were just too busy for something."""
MOST_VOICES = 1_000
"""Of subjects, where only their voices keep what was said; each takes some kilobytes and its transcripts."""
NOTHING = Outlook()


class LocalCarriers:
    """Satisfies ``carriers.Carriers``."""

    def __init__(self, store: AskStore, voice: RoomVoice, settings: Settings, tasks: TaskGroup, *, worker: str) -> None:
        """``tasks`` owns what is carried out; cancelling it is an orderly end."""
        self._store = store
        self._settings = settings
        self._tasks = tasks
        self._worker = worker
        self._busy_seconds = BUSY_SECONDS if store.is_shared else 0.0
        self._voices = {"": voice}
        self._rested: dict[str, float] = {}
        """Since when each has had nothing to do (``time.monotonic()`` seconds)."""
        self._carried: dict[Place, Carrying] = {}
        self._left: dict[Place, float] = {}
        """Places that are left to others, until when."""
        self._unwritten = Unwritten(tasks)

    async def see_to(self, place: Place, *, name: str) -> None:  # noqa: ARG002  # the request has it too
        """Try to hold the place, unless that is under way, or we were just too busy there; see ``Carriers``."""
        if self._is_closed:
            raise VoiceError(
                "This voice is closed, and what it was asked has ended.", fix="Open another.", code="ending"
            )
        self._see_to(place)

    @property
    def _is_closed(self) -> bool:
        return self._tasks.cancel_scope.cancel_called

    def _see_to(self, place: Place) -> None:
        if self._is_closed:
            return
        if place not in self._carried and time.monotonic() >= self._left.get(place, 0.0):
            voice = self.voice(place.subject)
            self._carried[place] = carrying = Carrying(
                place, store=self._store, voice=voice, worker=self._worker, unwritten=self._unwritten
            )
            self._tasks.start_soon(self._carry, place, carrying)

    def told(self, place: Place, *, ask_id: str) -> Outlook:  # noqa: ARG002  # it does not take long
        """Nothing: it is about to be carried out."""
        return NOTHING

    def found(self, place: Place, room: RoomInfo, *, name: str) -> None:
        """See ``Carriers``."""
        voice = self.voice(place.subject)
        if self._is_to_be_entered(place):
            voice.seats.about_to_enter(place.room_name, name=name)
        voice.recent.note(room)

    def refuse_if_full(self, place: Place) -> None:
        """See ``Carriers``."""
        if self._is_to_be_entered(place):
            self.voice(place.subject).seats.refuse_if_full(place.room_name)

    def _is_to_be_entered(self, place: Place) -> bool:
        """Whether only this process can, and has to: what has been said there is not waiting for a call."""
        seat = self.voice(place.subject).seats.known(place.room_name)
        return not self._store.is_shared and (seat is None or not seat.transcript.unclaimed)

    def way_in(self, place: Place, *, name: str) -> WayIn:
        """That of the seat in which it will be asked."""
        return self.voice(place.subject).seats.seat(place.room_name, name=name).way_in

    def progress(self, request: Request) -> Progress | None:
        """See ``Carriers``."""
        carrying = self._carried.get(request.place)
        return carrying.progress(request.id) if carrying is not None else None

    def entered(self, subject: str) -> list[str]:
        """See ``Carriers``."""
        return self._voices[subject].seats.entered() if subject in self._voices else []

    def knows(self, place: Place) -> bool | None:
        """See ``Carriers``."""
        return self._voices[place.subject].seats.knows(place.room_name) if place.subject in self._voices else None

    def transcript(self, place: Place) -> Transcript | None:
        """What is said in a place that is held here; where nobody else could hold it, in any that we are or were in."""
        carrying = self._carried.get(place)
        held = carrying.transcript if carrying is not None else None
        if held is not None or self._store.is_shared or place.subject not in self._voices:
            return held
        seat = self._voices[place.subject].seats.known(place.room_name)
        was_there = seat is not None and (seat.transcript.is_any or seat.was_entered)
        return seat.transcript if seat is not None and was_there else None

    def end(self, subject: str) -> None:
        """See ``Carriers``."""
        if subject in self._voices:
            self._voices[subject].end()

    async def sweep(self) -> None:
        """Again and again: carry out what others have left, though nobody waits for it now.

        A room that an ask has gone to from another one is held as well: what is said there is noted for others.
        """
        while True:
            try:
                for state in await self._store.overdue(unclaimed_seconds=UNCLAIMED_SECONDS):
                    self._see_to(state.request.place)
            except StoreError as error:
                log.info("what others have left cannot be looked up (%s)", error.code)
            for subject, voice in list(self._voices.items()):
                for room_name in voice.seats.entered():
                    self._see_to(Place(subject, room_name))
            self._forget(time.monotonic())
            await anyio.sleep(RENEW_SECONDS)

    async def heed(self) -> None:
        """Carry out what others are too busy for, as soon as they say so."""
        async with self._store.offers() as offers:
            async for place in offers:
                self._tasks.start_soon(self._accept, place)

    async def _accept(self, place: Place) -> None:
        if any(until > time.monotonic() for until in self._left.values()):
            await anyio.sleep(LAST_SECONDS)
        self._see_to(place)

    async def _carry(self, place: Place, carrying: Carrying) -> None:
        try:
            await carrying.run()
        except StoreError as error:
            log.info("a place cannot be held (%s)", error.code)
        except Exception as error:  # noqa: BLE001  # one place must not end the others
            log.error("carrying out failed: %s", fault_place(error))  # noqa: TRY400  # a traceback may quote
        finally:
            del self._carried[place]
            if carrying.refused:
                self._left[place] = time.monotonic() + self._busy_seconds
        if carrying.refused:
            await self._offer(place, carrying.refused)

    async def _offer(self, place: Place, refused: Iterable[str]) -> None:
        """Not before we have left it: who finds that it is held looks no more. Where nobody does, calls end at once."""
        try:
            if not (self._store.is_shared and await self._store.offer(place)):
                for request_id in refused:
                    await self._end_busy(place, request_id)
        except VoiceError as error:
            log.info("what we are too busy for cannot be offered (%s); a sweep finds it", error.code)

    async def _end_busy(self, place: Place, request_id: str) -> None:
        """Tell a call that waits for it that all are busy, as it is told where nobody has taken it for some time."""
        state = await self._store.find(request_id, subject=place.subject)
        is_waited_for = state.now < state.attended_until
        if is_waited_for and (outcome := given_up(state, refused_seconds=0.0)) is not None:
            await self._store.fail_unclaimed(state, outcome)

    def _forget(self, now: float) -> None:
        """Voices that have had no room, no ask and no line that is to be returned for a while."""
        self._left = {place: until for place, until in self._left.items() if until > now}
        subjects = {place.subject for place in self._carried} | {""}
        for subject, voice in list(self._voices.items()):
            if subject in subjects or self._unwritten.is_any_due or not voice.is_at_rest() or voice.seats.unreturned:
                self._rested.pop(subject, None)
            elif self._rested.setdefault(subject, now) + self._settings.quiet_seconds <= now and self._may_forget:
                del self._voices[subject], self._rested[subject]

    @property
    def _may_forget(self) -> bool:
        """Whether what was said is kept elsewhere too, or there is too much of it."""
        return self._store.is_shared or len(self._voices) > MOST_VOICES

    def voice(self, subject: str) -> RoomVoice:
        """That of a subject: it knows of no other one's rooms, asks and transcripts."""
        if subject not in self._voices:
            self._voices[subject] = self._voices[""].apart(self._settings, inviter=subject)
        return self._voices[subject]
