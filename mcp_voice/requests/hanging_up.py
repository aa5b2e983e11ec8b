"""An ask whose call was cancelled: withdrawn, unless another call waits for it, or this process only ends."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import anyio

from mcp_voice.errors import VoiceError
from mcp_voice.requests.following import call_name, persistent
from mcp_voice.store.records import State
from mcp_voice.store.refusals import unknown_ask
from mcp_voice.store.seam import LEASE_SECONDS, AskStore

__all__ = ["CANCEL_SECONDS", "Calling"]

log = logging.getLogger(__name__)

CANCEL_SECONDS = 15.0
"""For a question to end that was withdrawn: whoever carries it out says so, or its lease runs out."""
ASKS_KEPT = 2_000
ENDING_SECONDS = 0.2
"""A host that is gone cancels its calls first, and then this process ends, which hangs up nothing."""
LOOK_SECONDS = 1.0


class Calling:
    """The calls of this process that wait for asks, by the ids of these."""

    def __init__(self, store: AskStore, subject: str) -> None:
        self._store = store
        self._subject = subject
        self._waiting: Counter[str] = Counter()
        self._begun: Counter[str] = Counter()

    def begins(self, ask_id: str) -> None:
        """A call of any kind begins to wait for it."""
        self._begun[ask_id] += 1
        while len(self._begun) > ASKS_KEPT:
            del self._begun[next(iter(self._begun))]

    async def attend(self, ask_id: str) -> State:
        """The ask, attended by one call more, which does not keep it open; raises UnknownAsk, and StoreError."""
        self.begins(ask_id)
        call = call_name()
        state = await persistent(lambda: self._store.attend(ask_id, subject=self._subject, call=call, waits=False))
        if state.request.kind != "ask":
            raise unknown_ask(ask_id, kept=())
        return state

    def may_others_wait(self, state: State) -> bool:
        """Whether calls of other processes have come for it too."""
        return state.calls > self._begun[state.request.id]

    @contextmanager
    def waits(self, ask_id: str) -> Iterator[None]:
        """A call of ``ask_in_room`` waits for it while the block lasts."""
        self.begins(ask_id)
        self._waiting[ask_id] += 1
        try:
            yield
        finally:
            self._waiting[ask_id] -= 1
            if not self._waiting[ask_id]:
                del self._waiting[ask_id]

    async def attend_joined(self, state: State) -> State:
        """The open one that a call of ``ask_in_room`` has joined, attended by one call more."""
        ask_id, call = state.request.id, call_name()
        return await persistent(lambda: self._store.attend(ask_id, subject=self._subject, call=call))

    def waiting(self, ask_id: str) -> int:
        """How many calls of ``ask_in_room`` of this process wait for it."""
        return self._waiting[ask_id]

    async def hang_up(self, ask_id: str, seconds: float, saw: Callable[[State], None]) -> None:
        """Withdraw it after so many seconds, unless another call has come for it by then; never raises VoiceError.

        ``saw`` is given it as it ended, as no call will see.
        """
        try:
            before = now = await persistent(lambda: self._store.find(ask_id, subject=self._subject))
            others = self.may_others_wait(before)
            # Whoever else waits for it shows only by attending it for longer than we did.
            until = time.monotonic() + max(seconds, LEASE_SECONDS + LOOK_SECONDS if others else ENDING_SECONDS)
            while now.is_open and not now.is_withdrawn and now.calls == before.calls:
                if (left := until - time.monotonic()) <= 0:
                    is_waited_for = now.attended_until > (now.now if others else before.attended_until)
                    if is_waited_for:
                        return
                    now = await persistent(lambda: self._store.withdraw(ask_id, subject=self._subject))
                    break
                await anyio.sleep(min(left, LOOK_SECONDS))
                now = await self._store.find(ask_id, subject=self._subject)
            if now.is_withdrawn or not now.is_open:
                saw(await self._over(now))
        except VoiceError as error:
            log.info("an ask cannot be withdrawn (%s); it ends at its own time", error.code)

    async def _over(self, state: State) -> State:
        """As it is once whoever carries it out has said that it is over, or should have."""
        until = time.monotonic() + CANCEL_SECONDS
        while state.is_open and (left := until - time.monotonic()) > 0:
            state = await self._store.changed(state, seconds=min(left, LOOK_SECONDS))
        return state
