"""A call that waits for a request: every change is reported until it is over or the call's time is."""

from __future__ import annotations

import math
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio

from mcp_voice.asks.hints import UNDER_WAY
from mcp_voice.errors import LiveKitError, StoreError, VoiceError
from mcp_voice.progress import REPORT_SECONDS, Report
from mcp_voice.requests.carriers import Carriers
from mcp_voice.requests.giving_up import TOLD_SECONDS, given_up
from mcp_voice.store.records import State
from mcp_voice.store.seam import RENEW_SECONDS, AskStore
from mcp_voice.tasks import Bell, owned_tasks

__all__ = ["Follower", "call_name", "persistent", "remaining"]

UNDER_WAY_SECONDS = 30.0
"""How long a call that does not want to wait still waits for the question to begin."""
SEE_SECONDS = 1.0
"""Between two attempts to have somebody carry it out."""
STORE_SECONDS = 8.0
"""For how long a store that cannot be reached is tried again, before a call ends with that."""
PAUSE_SECONDS = 0.5
LEAST_SECONDS = 0.2
"""Between two looks that find nothing new."""
T = TypeVar("T")


async def persistent(call: Callable[[], Awaitable[T]], *, seconds: float | None = None) -> T:
    """Call the store, again where it cannot be reached; raises StoreError after so many seconds, else some."""
    until = time.monotonic() + (STORE_SECONDS if seconds is None else seconds)
    while True:
        try:
            return await call()
        except StoreError:
            if time.monotonic() >= until:
                raise
        await anyio.sleep(PAUSE_SECONDS)


def call_name() -> str:
    """By which a store counts a call once."""
    return uuid.uuid4().hex[:12]


def remaining(wait_seconds: float, begun: float) -> float:
    """What is left of a wait since ``begun``: at least a second, and 0 stays 0."""
    return wait_seconds and max(1.0, wait_seconds - (time.monotonic() - begun))


class Follower:
    """One call and what it waits for."""

    def __init__(
        self,
        store: AskStore,
        carriers: Carriers,
        state: State,
        *,
        let_go: anyio.Event,
        is_counted: bool = False,
    ) -> None:
        """``let_go`` is set once no call is to wait any more; ``is_counted``: whether the store knows of this call."""
        self._state, self._seen_at = state, time.monotonic()
        self._begun_at = self._seen_at
        self.trouble: VoiceError | None = None
        """Why the store, or whoever is to carry it out, could not be asked last, if so."""
        self._seen = Bell()
        self._store = store
        self._carriers = carriers
        self._let_go = let_go
        self._call = "" if is_counted else call_name()
        self._tells_why = self._is_seen_to = False

    @property
    def state(self) -> State:
        """As it was seen last."""
        return self._state

    def latest(self) -> State:
        """The same with how far it is now, where this process carries it out itself."""
        now = self._carriers.progress(self._state.request) if self._state.is_open else None
        return self._state if now is None else self._state.model_copy(update={"progress": now})

    @property
    def is_claimed(self) -> bool:
        """Whether somebody carries it out, as far as is known.

        What this process carries out is claimed though it was stopped for longer than a lease: that is renewed next, or
        shows to be another's.
        """
        if self._state.is_open and self._carriers.progress(self._state.request) is not None:
            return True
        age = time.monotonic() - self._seen_at
        return self._state.is_claimed and self._state.lease_until > self._state.now + age

    async def follow(self, seconds: float, report: Report, *, stays: bool = True) -> State:
        """Wait until it is over, for so many seconds at most, 0: until it is under way; or until nobody may wait.

        With 0 it is also enough to know that nobody is there to be asked; without ``stays``, why nobody carries it out.
        With ``stays`` the call counts as waiting for it. Raises VoiceError where nobody can carry it out at all.
        """
        enough: tuple[str, ...] = ()
        if seconds == 0:
            seconds, enough = UNDER_WAY_SECONDS, UNDER_WAY
        self._tells_why = not stays
        if self._is_done(enough):
            return self.state
        with anyio.move_on_after(seconds):
            async with owned_tasks() as tasks:
                tasks.start_soon(self._stay, stays)
                tasks.start_soon(self._see_to, enough, tasks.cancel_scope)
                tasks.start_soon(self._end_when_let_go, tasks.cancel_scope)
                await self._until_done(enough, report)
                tasks.cancel_scope.cancel()
        return self.state

    async def until_over(self, *, limit: float = math.inf) -> State:
        """Wait for its outcome without attending it."""
        with anyio.move_on_after(limit):
            while self.state.is_open:
                await self._change(RENEW_SECONDS)
        return self.state

    def line(self) -> str:
        """For a person who watches the call; empty where nothing is known yet."""
        told = self._carriers.told(self.state.request.place, ask_id=self.state.request.id).line
        if isinstance(self.trouble, StoreError):
            return f"the store cannot be reached: {self.trouble.what}"
        if not self.is_claimed and told:
            return told
        if not self.is_claimed and self.state.progress.refusal is not None:
            others = " Another process may take it." if self._store.is_shared else ""
            return f"{self.state.progress.refusal.what}{others}"
        if line := self.latest().progress.line:
            return line
        # Whoever is at it, or is about to be, has a better one in a moment.
        is_early = self.is_claimed or time.monotonic() < self._begun_at + LEAST_SECONDS
        return "" if is_early else f"joining room {self.state.request.room_name}"

    def _is_done(self, enough: tuple[str, ...]) -> bool:
        is_under_way = self.state.progress.phase in enough if self.is_claimed else bool(enough) and self._is_told()
        return not self.state.is_open or is_under_way or self._let_go.is_set()

    def _is_told(self) -> bool:
        """Whether it is known why nobody carries it out now, as far as that is enough for whoever does not wait."""
        if not self._is_seen_to:
            return False
        told = self._carriers.told(self.state.request.place, ask_id=self.state.request.id)
        return told.waiting_for is not None or (self._tells_why and bool(told.next))

    async def _until_done(self, enough: tuple[str, ...], report: Report) -> None:
        while not self._is_done(enough):
            if line := self.line():
                await report(line)
            await self._change(REPORT_SECONDS if line else LEAST_SECONDS)

    async def _change(self, seconds: float) -> None:
        before, begun = self.state.version, time.monotonic()
        try:
            self._saw(await self._store.changed(self.state, seconds=seconds))
            if self.state.version <= before and time.monotonic() < begun + LEAST_SECONDS:
                await anyio.sleep(LEAST_SECONDS)  # nothing new so soon: whatever a store tells, no call spins
        except StoreError as error:
            self.trouble = error
            await anyio.sleep(PAUSE_SECONDS)

    async def _stay(self, stays: bool) -> None:  # noqa: FBT001  # a task takes positional arguments only
        request = self.state.request
        while stays:
            try:
                await self._store.attend(request.id, subject=request.subject, call=self._call)
                self._call = ""
            except StoreError as error:
                self.trouble = error
            await anyio.sleep(RENEW_SECONDS)

    async def _see_to(self, enough: tuple[str, ...], scope: anyio.CancelScope) -> None:
        """As long as nobody carries it out, have somebody do; a claim that runs out is no change that is told of."""
        request = self.state.request
        while True:
            if not self.is_claimed and (self.state.worker or self.state.progress.refused_at is not None):
                await self._look()
            seen = self._seen.next  # not before: a look rings it, too
            try:
                if not self.is_claimed:
                    await self._give_up()
                    await self._carriers.see_to(request.place, name=request.asker)
                    self._is_seen_to = True
                    if self._is_done(enough):
                        scope.cancel()
            except (StoreError, LiveKitError) as error:
                self.trouble = error  # it may be over in a moment
            with anyio.move_on_after(self._until_next_look()):
                await seen.wait()

    def _until_next_look(self) -> float:
        refused_at = self.state.progress.refused_at
        if self.is_claimed:
            return RENEW_SECONDS
        if refused_at is None:
            return SEE_SECONDS
        now = self.state.now + time.monotonic() - self._seen_at
        return min(SEE_SECONDS, max(LEAST_SECONDS / 4, refused_at + TOLD_SECONDS - now))

    async def _give_up(self) -> None:
        why = self._carriers.told(self.state.request.place, ask_id="").why
        if (outcome := given_up(self.state, refused_seconds=TOLD_SECONDS, why=why)) is not None:
            await self._store.fail_unclaimed(self.state, outcome)

    async def _look(self) -> None:
        try:
            self._saw(await self._store.find(self.state.request.id, subject=self.state.request.subject))
        except StoreError as error:
            self.trouble = error

    def _saw(self, state: State) -> None:
        # After a failover the store may know less than it did; what came of a request is never taken back.
        if self._state.is_open:
            self._state, self._seen_at = state, time.monotonic()
            self._seen.ring()
        self.trouble = None

    async def _end_when_let_go(self, scope: anyio.CancelScope) -> None:
        await self._let_go.wait()
        scope.cancel()
