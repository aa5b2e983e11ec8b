"""A request that this process carries out: its claim is kept, and how far it is written, for as long as it is ours."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

import anyio

from mcp_voice.errors import StoreError
from mcp_voice.requests.holding import LEAVE_SECONDS, RETRY_SECONDS
from mcp_voice.store.records import Failure, Outcome, Progress, State
from mcp_voice.store.seam import LEASE_SECONDS, RENEW_SECONDS, AskStore
from mcp_voice.tasks import Bell, either_set

__all__ = ["Claim"]

log = logging.getLogger(__name__)

WORDS_SECONDS = 0.2
"""Between two writes that differ in words only."""
LONGEST_PAUSE = 0.5
"""Another one may carry it out anew from when the store is back."""


class Claim:
    """One attempt. Instants are ``time.monotonic()`` seconds."""

    def __init__(self, store: AskStore, state: State, *, is_cut_off: bool) -> None:
        """``state`` as it was claimed; ``is_cut_off``: whether the attempt before it ended without a word."""
        now = time.monotonic()
        self.state = state
        self.scope = anyio.CancelScope()
        """Cancelled once the claim is lost: nothing is to be said, or written, any more."""
        self.is_lost = False
        self.is_answered = False
        """Whether what came of it is written: from then on it is nobody's, and not lost."""
        self.is_withdrawn = state.is_withdrawn
        self.attended_at = now
        """When a call was last known to wait for it; at first it counts as waited for."""
        self.is_attended = True
        self.told = Bell()
        """Rings when the store has told something new."""
        self._store = store
        self._offset = state.now - now
        self._sent_at = now
        self._is_cut_off = is_cut_off
        self._written = state.progress
        self._due = Bell()
        self._writing = anyio.Lock()
        self.begun = state.progress.spoken_times
        """In how many attempts it has begun to sound, this one included once it is about to."""

    @property
    def latest(self) -> Progress:
        """As it was written last."""
        return self._written

    @property
    def is_wanted(self) -> bool:
        """Whether what ends with its call goes on."""
        # A call of this process that is cancelled withdraws it; after a stop of the process it looks as if none waited.
        is_attended = not self._store.is_shared or time.monotonic() < self.attended_at + LEASE_SECONDS
        return not self.is_withdrawn and is_attended

    def local(self, instant: float) -> float:
        """An instant of the store's clock, here."""
        return instant - self._offset

    def progress(self, **values: object) -> Progress:
        """How far this attempt is; ``first_sound_at`` is given as an instant of here."""
        before = self.state.progress
        sound = values.pop("first_sound_at", None)
        return Progress.model_validate(
            {
                "spoken_times": self.begun,
                "cut_offs": before.cut_offs + self._is_cut_off,
                "refused": before.refused,
                "first_sound_at": sound + self._offset if isinstance(sound, float) else before.first_sound_at,
                **values,
            }
        )

    def look(self) -> None:
        """Ask the store now what there is to know, as that it was withdrawn."""
        self._due.ring()

    async def keep(self, progress: Callable[[], Progress], change: Callable[[], anyio.Event]) -> None:
        """Write every change until the claim is lost; ``change`` gives the event that is set at the next one."""
        while not self.is_lost and not self.is_answered:
            changed, due = change(), self._due.next
            latest = progress()
            await self._try(latest)
            await self._rest(changed, due)
            if not due.is_set() and _but_words(progress()) == _but_words(latest):
                with anyio.move_on_after(WORDS_SECONDS):
                    await self._until_more_than_words(progress, change, latest, due)

    async def begin_to_speak(self, progress: Callable[[], Progress], *, again: Callable[[], bool] = bool) -> None:
        """Write that it is about to sound, before it does: whoever crashes then must not be followed by many others.

        It counts once for an attempt, and once more where it is asked ``again`` within that. A store that cannot be
        reached is waited for as long as the claim holds.
        """
        self.begun = self.state.progress.spoken_times + 1 + again()
        while not await self._try(progress()):
            with anyio.move_on_after(RETRY_SECONDS):
                await self._due.wait()
        if self.is_lost:
            await anyio.sleep_forever()  # until that has cancelled us

    async def answer(self, outcome: Outcome, *, limit: float) -> bool:
        """Write what came of it, again and again for ``limit`` seconds; False: it is not ours any more, or not written.

        What the store cannot be told for so long is lost.
        """
        pause, is_told = WORDS_SECONDS, False
        with anyio.move_on_after(limit):
            while True:
                try:
                    is_written = await self._store.answer(self.state, outcome)
                except StoreError as error:
                    if not is_told:  # and not at each try, which may go on for an hour
                        log.warning("an outcome cannot be written (%s); trying again", error.code)
                    is_told = True
                else:
                    self.is_answered = self.is_answered or is_written
                    return is_written
                await anyio.sleep(pause)
                pause = min(LONGEST_PAUSE, 2 * pause)
        return False

    async def give_back(self) -> None:
        """Let another one claim it: this process is about to end, or busy."""
        with anyio.move_on_after(LEAVE_SECONDS, shield=True):
            try:
                await self._store.give_back(self.state, self._written)
            except StoreError as error:
                log.warning("a request cannot be given back (%s); its lease runs out", error.code)

    async def refuse(self, failure: Failure) -> None:
        """Let another one claim it: this machine can handle no other room, and may say so if nobody does."""
        before = self.state.progress
        is_as_before = self.begun == before.spoken_times and before.refused_at is not None
        self._written = self._written.model_copy(
            update={
                "cut_offs": before.cut_offs + self._is_cut_off,
                "refused": before.refused + 1,
                "refused_at": before.refused_at if is_as_before else time.monotonic() + self._offset,
                "refusal": failure,
            }
        )
        await self.give_back()

    async def _rest(self, changed: anyio.Event, due: anyio.Event) -> None:
        """Until there is something to write, or the claim is to be renewed."""
        pause = RENEW_SECONDS if self._sent_at > time.monotonic() - RENEW_SECONDS else RETRY_SECONDS
        await either_set(changed, due, limit=pause)

    async def _until_more_than_words(
        self,
        progress: Callable[[], Progress],
        change: Callable[[], anyio.Event],
        latest: Progress,
        due: anyio.Event,
    ) -> None:
        while not due.is_set():
            changed = change()
            if _but_words(progress()) != _but_words(latest):
                return
            await either_set(changed, due, limit=WORDS_SECONDS)

    async def _try(self, progress: Progress) -> bool:
        """Renew it; whether that came through. The claim counts as lost once the lease may have run out."""
        sent_at = time.monotonic()
        async with self._writing:
            try:
                with anyio.move_on_at(self._sent_at + LEASE_SECONDS):
                    found = await self._store.renew(self.state, progress)
                    self._sent_at, self._written = sent_at, progress
                    self._note(found.is_ours, found.is_withdrawn, found.is_attended)
                    return True
            except StoreError as error:
                log.info("a claim cannot be renewed (%s)", error.code)
        if time.monotonic() >= self._sent_at + LEASE_SECONDS:
            self._lose()
        return False

    def _note(self, is_ours: bool, is_withdrawn: bool, is_attended: bool) -> None:  # noqa: FBT001  # as it was told
        if not is_ours:
            if not self.is_answered:
                self._lose()
            return
        now = time.monotonic()
        self.attended_at = now if is_attended else self.attended_at
        before = (self.is_attended, self.is_withdrawn)
        self.is_attended = is_attended
        self.is_withdrawn = self.is_withdrawn or is_withdrawn
        if before != (self.is_attended, self.is_withdrawn):
            self.told.ring()

    def _lose(self) -> None:
        self.is_lost = True
        self.scope.cancel()
        self.told.ring()


def _but_words(progress: Progress) -> tuple[object, ...]:
    """What is written at once where it changes."""
    return progress.phase, progress.spoken_times, progress.result.get("waiting_for"), progress.first_sound_at
