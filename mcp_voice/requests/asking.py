"""An ask out of the store, put by the voice of this process: as it was opened, or as far as another one had come."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from functools import partial

import anyio

from mcp_voice.asks.ask import Ask
from mcp_voice.asks.room_voice import RoomVoice
from mcp_voice.errors import Busy, VoiceError
from mcp_voice.participants import Target
from mcp_voice.requests.claim import Claim
from mcp_voice.requests.failures import as_outcome
from mcp_voice.requests.giving_up import so_far
from mcp_voice.results import Answer
from mcp_voice.settings import matches
from mcp_voice.store.records import Outcome, Progress
from mcp_voice.tasks import owned_tasks
from mcp_voice.turns.transcript import Transcript
from mcp_voice.words.cut_off import cut_off

__all__ = ["CarriedAsk"]

MOST_SPOKEN = 2
"""How often a question is begun, whoever speaks it; from then on it is only listened for."""


class CarriedAsk:
    """One attempt at an ask."""

    def __init__(self, claim: Claim, voice: RoomVoice, transcript: Transcript, looking: anyio.Lock) -> None:
        self._claim = claim
        self._voice = voice
        self._transcript = transcript
        self._looking = looking
        self._ask = _resumed(claim, voice.language)
        preface = self._ask.preface
        self._ask.before_speaking = partial(
            claim.begin_to_speak, self.progress, again=lambda: self._ask.preface != preface
        )

    @property
    def refusal(self) -> Busy | None:
        """Why this process does not carry it out, though another one may."""
        return self._ask.outcome if isinstance(self._ask.outcome, Busy) else None

    async def run(self, publish: Callable[[Outcome], Awaitable[None]]) -> None:
        """Ask until it is over, or the claim is lost; ``publish`` is given what came of it.

        That is before the floor is given back, which takes a round trip for which nobody need wait.
        """
        request, published = self._claim.state.request, anyio.Event()

        async def tell() -> None:
            while self._ask.outcome is None:
                await self._ask.change.wait()
            outcome = self.outcome(is_ending=False)
            if outcome is not None and not self._claim.is_lost:
                await publish(outcome)
            published.set()

        async with owned_tasks() as tasks:
            tasks.start_soon(tell)
            tasks.start_soon(self._claim.keep, self.progress, lambda: self._ask.change)
            tasks.start_soon(self._heed)
            with self._claim.scope:
                await self._voice.carry(
                    self._ask,
                    named=request.named,
                    ask_seconds=request.open_seconds,
                    may_look=partial(matches, request.rooms),
                    looking=self._looking,
                )
            if self._ask.outcome is not None:
                await published.wait()
            tasks.cancel_scope.cancel()

    def outcome(self, *, is_ending: bool) -> Outcome | None:
        """What came of it; None: nothing yet.

        An ask that ends because this process ``is_ending``, or was too busy for it, is not over.
        """
        found = self._ask.outcome
        if isinstance(found, Busy):
            return None
        if isinstance(found, VoiceError):
            return as_outcome(found)
        if found is None or (is_ending and found.status == "cancelled" and not self._claim.is_withdrawn):
            return None
        return Outcome(result=self._told(found))

    def keep(self) -> None:
        """It is another's by now: what was answered here is returned beside something else."""
        reply, self._ask.reply = self._ask.reply, None
        if reply is not None:
            self._transcript.keep(reply)

    async def _heed(self) -> None:
        """Have the ask know what the store tells of its callers."""
        while True:
            told = self._claim.told.next
            self._ask.is_waited_for = self._claim.is_attended
            self._ask.notify()
            if self._claim.is_withdrawn:
                self._ask.scope.cancel()
            await told.wait()

    def progress(self) -> Progress:
        """How far it is, as it is written."""
        ask = self._ask
        if ask.outcome is not None:
            return self._claim.latest
        return self._claim.progress(
            phase=ask.phase,
            line=ask.progress(),
            result=self._told(ask.answer()),
            first_sound_at=ask.delivery.first_sound_at,
            unclaimed=len(self._transcript.unclaimed),
        )

    def _told(self, answer: Answer) -> dict[str, object]:
        return answer.model_copy(update={"more": bool(self._transcript.unclaimed)}).model_dump(mode="json")


def _resumed(claim: Claim, language: str) -> Ask:
    state = claim.state
    request, before = state.request, state.progress
    ask = Ask(
        request.text,
        Target(request.participant, request.room_name),
        request.choices,
        request.open_ended,
        id=request.id,
        opened_at=claim.local(state.opened_at),
    )
    if before.spoken_times == 0:
        return ask
    heard, delivery = so_far(state), ask.delivery
    delivery.first_sound_at = time.monotonic() if before.first_sound_at is None else claim.local(before.first_sound_at)
    delivery.connect_ms, delivery.question_ms = heard.timing.connect_ms, heard.timing.question_ms
    if before.spoken_times < MOST_SPOKEN:
        ask.preface = cut_off(language)
    else:
        ask.preface, delivery.was_spoken, delivery.interrupted = "", True, heard.interrupted
        delivery.spoken = heard.spoken or ("" if heard.interrupted else request.text)
    return ask
