"""What ends with its call: opened in the store, waited for, and withdrawn where the call is cancelled."""

from __future__ import annotations

import time
import uuid
from contextlib import suppress
from typing import Any

import anyio

from mcp_voice.errors import NobodyThere, StoreError, VoiceError, quoted_name
from mcp_voice.progress import Report, unreported
from mcp_voice.requests.carriers import Carriers
from mcp_voice.requests.failures import raised
from mcp_voice.requests.following import Follower, persistent
from mcp_voice.requests.holding import LEAVE_SECONDS
from mcp_voice.requests.reading import Result, read_result
from mcp_voice.store.records import Outcome, Place, Request, RequestKind, State
from mcp_voice.store.seam import AskStore

__all__ = ["Errands"]

SLACK_SECONDS = 3.0
"""How much longer than its own time it is waited for: whoever carries it out says how it ended."""


ENDING_SECONDS = 0.3
"""For telling the store that something is not wanted any more, where this process is about to end: its calls have to
return before (``server.http.LAST_SECONDS``). What nobody attends ends by itself."""


class Errands:
    """Those of one subject."""

    def __init__(self, store: AskStore, carriers: Carriers, subject: str, *, let_go: anyio.Event) -> None:
        """``let_go`` is set once no call is to listen any more."""
        self._let_go = let_go
        self._store = store
        self._carriers = carriers
        self._subject = subject

    async def run(
        self,
        form: type[Result],
        kind: RequestKind,
        room_name: str,
        *,
        seconds: float,
        report: Report = unreported,
        **what: Any,
    ) -> Result | None:
        """The result; None where nobody carried it out in time. ``what`` are fields of the Request. Raises VoiceError.

        ``seconds`` is for how long it may wait until it begins, or listen.
        """
        request = Request(
            id=f"{kind}-{uuid.uuid4().hex[:10]}",
            kind=kind,
            subject=self._subject,
            room_name=room_name,
            open_seconds=seconds,
            **what,
        )
        request_id = request.id
        try:
            state = await persistent(lambda: self._store.open(request))
            request_id = state.request.id
            await persistent(lambda: self._store.attend(request_id, subject=self._subject, call=request_id))
            state = await self._followed(state, report, until=time.monotonic() + max(1.0, seconds) + SLACK_SECONDS)
        except BaseException:
            # Whoever is told that it failed may call again: it must not be done as well.
            limit = ENDING_SECONDS if self._let_go.is_set() else LEAVE_SECONDS
            with anyio.move_on_after(limit, shield=True), suppress(VoiceError):
                await self._store.withdraw(request_id, subject=self._subject)
            raise
        outcome = state.outcome or Outcome()
        # Withdrawn before anybody else could take what a busy machine has given back.
        refusal = None if outcome.result is not None else state.progress.refusal
        if (failure := outcome.failure or refusal) is not None:
            raise raised(failure)
        if outcome.result is None:
            return None
        # What cannot be read must not count as returned.
        result = read_result(form, outcome.result)
        if outcome.result.get("reply") is not None:
            await persistent(lambda: self._store.returned(request_id, subject=self._subject))
        return result

    def not_done(self, what: str, room_name: str) -> VoiceError:
        """Why nothing has come of it."""
        told = self._carriers.told(Place(self._subject, room_name), ask_id="")
        if told.waiting_for == "human":
            return NobodyThere(f"{what}: nobody is in room {quoted_name(room_name)}.", fix=told.next)
        fix = told.next or "Try again; `mcp-voice doctor` shows more."
        why = told.why or "no process did it in time"
        return VoiceError(f"{what} in room {quoted_name(room_name)}: {why}.", fix=fix, code="no-worker")

    async def _followed(self, state: State, report: Report, *, until: float) -> State:
        """As long as somebody is at it; one that nobody has begun in time is withdrawn."""
        let_go = self._let_go if state.request.kind == "listen" else anyio.Event()
        follower = Follower(self._store, self._carriers, state, let_go=let_go, is_counted=True)
        while follower.state.outcome is None:
            state = await follower.follow(max(1.0, until - time.monotonic()), report)
            if state.is_open and let_go.is_set():
                # Where it is done here it returns what has been heard.
                state = await follower.until_over(limit=ENDING_SECONDS)
            if state.is_open and let_go.is_set():
                with anyio.move_on_after(LEAVE_SECONDS), suppress(StoreError):
                    return await self._store.withdraw(state.request.id, subject=self._subject)
                return state
            if state.is_open and not follower.is_claimed:
                return await self._store.withdraw(state.request.id, subject=self._subject)
        return follower.state
