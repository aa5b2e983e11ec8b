"""Asks that are kept in the store, for the calls of this process that open, await or withdraw them."""

from __future__ import annotations

from contextlib import suppress

import anyio
from anyio.abc import TaskGroup

from mcp_voice.asks.figures import CallFigures
from mcp_voice.asks.hints import NEXT_ANSWERED_BEFORE, NEXT_ENDING
from mcp_voice.bounds.limits import MOST_OPEN
from mcp_voice.callers.caller import Caller
from mcp_voice.errors import StoreError, VoiceError
from mcp_voice.progress import Report
from mcp_voice.requests.answers import answer_of, naming_what_is_open
from mcp_voice.requests.carriers import Carriers
from mcp_voice.requests.counted_asks import CountedAsks
from mcp_voice.requests.following import Follower, persistent, remaining
from mcp_voice.requests.hanging_up import CANCEL_SECONDS, Calling
from mcp_voice.requests.holding import LEAVE_SECONDS
from mcp_voice.requests.meanwhile import Meanwhiles
from mcp_voice.results import Answer, Cancelled
from mcp_voice.store.records import Place, Request, State
from mcp_voice.store.seam import AskStore

__all__ = ["StoredAsks"]

STOP_SECONDS = 0.5
"""For telling the store that a call has returned; without it, that shows when its attendance runs out."""


class StoredAsks:
    """Those of one subject."""

    def __init__(
        self,
        store: AskStore,
        carriers: Carriers,
        tasks: TaskGroup,
        subject: str = "",
        *,
        most_open: int = MOST_OPEN,
        figures: CallFigures | None = None,
    ) -> None:
        """So many may be open at once; ``figures`` counts what becomes of them."""
        self._store = store
        self._carriers = carriers
        self._tasks = tasks
        self.subject = subject
        """Whose they are; empty: nobody is told apart."""
        self.let_go = anyio.Event()
        """Set once no call is to wait any more."""
        self.most_open = most_open
        self.counted = CountedAsks(figures or CallFigures(), store, tasks, subject=subject)
        self._calling = Calling(store, subject)
        self._meanwhiles = Meanwhiles(store, carriers)

    async def ask(
        self,
        request: Request,
        caller: Caller,
        report: Report,
        *,
        seconds: float,
        begun: float,
        otherwise: VoiceError | None = None,
    ) -> Answer:
        """Open it, or join the open one that it repeats, and wait; cancelling hangs up.

        ``seconds`` is how long the call may wait since ``begun``, an instant of ``time.monotonic()``. ``otherwise`` is
        raised where the request cannot be opened.
        """
        ask_id = request.id
        try:
            state = await self._opened(request, caller, otherwise)
            ask_id = state.request.id
            with self._calling.waits(ask_id):
                is_joined = ask_id != request.id
                if is_joined:
                    # Known before it returns: whoever hangs up must not withdraw what is asked again.
                    state = await self._calling.attend_joined(state)
                left = remaining(seconds, begun)
                return await self._answer(state, left, report, stays=True, is_counted=is_joined)
        except anyio.get_cancelled_exc_class():
            await self._hang_up(ask_id, caller)
            raise

    async def wait(self, ask_id: str, seconds: float, report: Report) -> Answer:
        """Wait for the reply to one that is open; cancelling only stops waiting. Raises UnknownAsk."""
        state = await self._calling.attend(ask_id)
        return await self._answer(state, seconds, report, stays=False)

    async def cancel(self, ask_id: str) -> Cancelled:
        """Withdraw it, and say what had become of it; raises UnknownAsk."""
        state = await self._calling.attend(ask_id)
        state = await persistent(lambda: self._store.withdraw(ask_id, subject=self.subject))
        is_old = not state.is_open
        follower = Follower(self._store, self._carriers, state, let_go=self.let_go)
        state = await follower.until_over(limit=CANCEL_SECONDS)
        if state.is_open:
            raise follower.trouble or VoiceError(
                "The question was withdrawn, but the process that carries it out has not confirmed it yet.",
                fix=f"Call wait_for_reply with ask_id {ask_id} to see how it ends.",
            )
        self.counted.saw(state)
        answer = answer_of(follower, self._carriers)
        # Its words are not in this result, so neither is what is told of them.
        told = NEXT_ANSWERED_BEFORE.format(ask_id=ask_id) if answer.status == "answered" else answer.next
        cancelled = Cancelled(status=answer.status, more=answer.more, next=told)
        return await self._meanwhiles.beside(cancelled, _place(answer, state), is_old=is_old)

    async def _opened(self, request: Request, caller: Caller, otherwise: VoiceError | None) -> State:
        try:
            state = await persistent(lambda: self._store.open(request))
        except StoreError as error:
            await self._hang_up(request.id, caller)  # it may be open all the same
            raise otherwise or error from None
        except (VoiceError, ValueError) as error:  # no text at all, in a name
            raise otherwise or error from None
        if state.request.id == request.id:
            self.counted.opened(state)
        return state

    async def _answer(
        self, state: State, seconds: float, report: Report, *, stays: bool, is_counted: bool = False
    ) -> Answer:
        """What there is of an ask, at latest after so many seconds."""
        is_old = not state.is_open
        follower = Follower(self._store, self._carriers, state, let_go=self.let_go, is_counted=is_counted)
        with naming_what_is_open(follower):
            state = await follower.follow(seconds, report, stays=stays)
            self.counted.saw(state)
            answer = answer_of(follower, self._carriers)
        if self.let_go.is_set() and self._store.is_shared:
            return answer  # this process ends too soon for more
        if self.let_go.is_set() and state.is_open:
            answer = answer.model_copy(update={"next": NEXT_ENDING})
        answer = await self._meanwhiles.beside(answer, _place(answer, state), is_old=is_old)
        if stays and state.is_open:
            await self._stop_attending(state.request.id)
        return answer

    async def _stop_attending(self, ask_id: str) -> None:
        """The last call of this process that waited returns: others may have the floor until somebody answers."""
        if self._calling.waiting(ask_id) > 1:
            return
        with anyio.move_on_after(STOP_SECONDS), suppress(VoiceError):
            if not self._calling.may_others_wait(await self._store.find(ask_id, subject=self.subject)):
                await self._store.stop_attending(ask_id, subject=self.subject)

    async def _hang_up(self, ask_id: str, caller: Caller) -> None:
        if self._calling.waiting(ask_id):
            return
        outlives = self._store.is_shared or caller.hang_up_seconds
        if caller.is_script or not outlives:
            with anyio.move_on_after(LEAVE_SECONDS, shield=True), suppress(VoiceError):
                await self._store.withdraw(ask_id, subject=self.subject)
        if not self._tasks.cancel_scope.cancel_called:
            self._tasks.start_soon(self._calling.hang_up, ask_id, caller.hang_up_seconds, self.counted.saw)


def _place(answer: Answer, state: State) -> Place:
    """Where it has been asked, which may be another room than it was opened for."""
    return Place(state.request.subject, answer.room_name or state.request.room_name)
