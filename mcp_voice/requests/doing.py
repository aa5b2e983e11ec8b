"""What ends with its call, out of the store: saying, listening, a chat text, and what was said meanwhile."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

import anyio

from mcp_voice.asks.meanwhile import as_lines
from mcp_voice.asks.room_voice import RoomVoice
from mcp_voice.callers.caller import Caller
from mcp_voice.errors import Busy, LiveKitError, quoted
from mcp_voice.requests.claim import Claim
from mcp_voice.requests.failures import as_failure
from mcp_voice.store.records import Outcome, Progress, Request, RequestKind
from mcp_voice.tasks import Bell, owned_tasks
from mcp_voice.turns.transcript import Reply, Transcript

__all__ = ["Errand"]


class Errand:
    """One attempt at it."""

    def __init__(self, claim: Claim, voice: RoomVoice, transcript: Transcript) -> None:
        self._claim = claim
        self._request = claim.state.request
        self._voice = voice.called_by(Caller(lambda wanted: wanted or 0.0, self._request.asker))
        self._transcript = transcript
        self._line = ""
        self._changed = Bell()
        self._outcome: Outcome | None = None
        self.refusal: Busy | None = None
        """Why this process does not carry it out, though another one may."""
        self.taken: Sequence[Reply] = ()
        """Turns that count as returned once the call has returned."""

    async def run(self, publish: Callable[[Outcome], Awaitable[None]]) -> None:
        """Do it until it is done, nobody waits for it any more, or the claim is lost; publish what came of it."""
        async with owned_tasks() as tasks:
            tasks.start_soon(self._claim.keep, self.progress, lambda: self._changed.next)
            tasks.start_soon(self._until_unwanted)
            with self._claim.scope:
                self._outcome = await self._done()
            tasks.cancel_scope.cancel()
        if (outcome := self.outcome(is_ending=False)) is not None:
            await publish(outcome)

    def outcome(self, *, is_ending: bool) -> Outcome | None:
        """What came of it; None: nothing yet. What is broken off because nobody waits for it has an empty one."""
        if self._outcome is None and self.refusal is None and not is_ending and not self._claim.is_lost:
            return Outcome()
        return self._outcome

    def keep(self) -> None:
        """It is another's by now; what it has taken is put back unless it is known to have been returned."""

    async def _done(self) -> Outcome | None:
        work: dict[RequestKind, Callable[[Request], Awaitable[Outcome]]] = {
            "say": self._say,
            "listen": self._listen,
            "chat": self._chat,
            "meanwhile": self._meanwhile,
        }
        try:
            return await work[self._request.kind](self._request)
        except Busy as error:
            self.refusal = error
            return None
        except Exception as error:  # noqa: BLE001  # whoever waits is told
            return as_failure(error)

    async def _say(self, request: Request) -> Outcome:
        if self._claim.begun:
            raise LiveKitError(
                f"The message was not spoken in full in room {quoted(request.room_name)}; part of it may have been "
                "heard.",
                code="say-late",
            )
        before = partial(self._claim.begin_to_speak, self.progress)
        said = await self._voice.say(request.text, request.room_name, self._left(), report=self._report, before=before)
        return self._with_more(said.model_dump(mode="json"))

    async def _listen(self, request: Request) -> Outcome:
        heard = await self._voice.hear(request.room_name, request.participant, self._left(), report=self._report)
        self.taken = heard.replies
        return Outcome(result=heard.answer.model_dump(mode="json"))

    async def _chat(self, request: Request) -> Outcome:
        sent = await self._voice.send(request.text, request.room_name, request.to, as_chat=True)
        return self._with_more(sent.model_dump(mode="json"))

    async def _meanwhile(self, _: Request) -> Outcome:
        self.taken = self._transcript.claim_meanwhile()
        lines = [each.model_dump(mode="json") for each in as_lines(self.taken)]
        return self._with_more({"said_meanwhile": lines})

    def _with_more(self, result: dict[str, object]) -> Outcome:
        return Outcome(result={**result, "more": bool(self._transcript.unclaimed)})

    def _left(self) -> float:
        begun = self._claim.local(self._claim.state.opened_at)
        return max(0.0, self._request.open_seconds - (time.monotonic() - begun))

    async def _report(self, line: str) -> None:
        self._line = line
        self._changed.ring()

    def progress(self) -> Progress:
        """How far it is, as it is written."""
        return self._claim.progress(line=self._line)

    async def _until_unwanted(self) -> None:
        while self._claim.is_wanted:
            told = self._claim.told.next
            with anyio.move_on_after(1.0):
                await told.wait()
        self._claim.scope.cancel()
