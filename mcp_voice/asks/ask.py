"""One question and what becomes of it: an ask outlives the call that opened it."""

from __future__ import annotations

import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import anyio

from mcp_voice.asks import hints
from mcp_voice.asks.delivery import QuestionDelivery
from mcp_voice.asks.hints import Phase
from mcp_voice.asks.room_view import RoomView
from mcp_voice.bounds.limits import OVERTIME_SECONDS, STUCK_SECONDS
from mcp_voice.errors import VoiceError
from mcp_voice.link.unheard import in_short, in_words
from mcp_voice.participants import Target
from mcp_voice.results import Answer, ParticipantRef, WaitingFor, cut_note
from mcp_voice.tasks import Bell
from mcp_voice.turns.phone import AtPickup
from mcp_voice.turns.transcript import Reply

__all__ = ["LONGEST_HEARD", "Ask"]

LONGEST_HEARD = 2_000
"""Characters of an unfinished reply in a result: the last ones."""


async def _nothing_before() -> None:
    """Most questions are spoken as soon as they can be."""


@dataclass(eq=False)
class Ask:
    """A question on its way to an answer. Instants are ``time.monotonic()`` seconds."""

    question: str
    target: Target
    """Who is asked, and where."""
    choices: Sequence[str] = ()
    open_ended: bool = False
    """Whether it asks for a story, whose pauses end nothing."""
    preface: str | None = None
    """What is spoken before a question that is asked again, whose sentence it is not; None: it is not."""
    before_speaking: Callable[[], Awaitable[None]] = _nothing_before
    """Awaited before the question begins to sound."""
    id: str = field(default_factory=lambda: f"ask-{uuid.uuid4().hex[:10]}")
    opened_at: float = field(default_factory=time.monotonic)
    closed_at: float | None = None
    phase: Phase = "joining"
    is_waited_for: bool = True
    """Whether a call of ``ask_in_room`` waits for it now."""
    scope: anyio.CancelScope = field(default_factory=anyio.CancelScope)
    view: RoomView = field(default_factory=RoomView)
    delivery: QuestionDelivery = field(default_factory=QuestionDelivery)
    heard_so_far: str = ""
    words_coming: bool = False
    """Whether something is being said or transcribed of which there are no words yet."""
    at_pickup: AtPickup = field(default_factory=AtPickup)
    """What was said by phones that were picked up meanwhile."""
    reply: Reply | None = None
    """The turn that answered it."""
    outcome: Answer | VoiceError | None = None
    _changed: Bell = field(default_factory=Bell)

    @property
    def room_name(self) -> str:
        """The LiveKit room's name."""
        return self.target.room_name

    @property
    def wording(self) -> str:
        """All that is spoken."""
        return f"{self.preface} {self.question}" if self.preface else self.question

    def answer(self) -> Answer:
        """What can be said of it now; raises the error that it ended with."""
        if isinstance(self.outcome, VoiceError):
            raise self.outcome.afresh()
        if self.outcome is not None:
            return self.outcome
        if starting := self._starting():
            return self._result("pending", hints.NEXT_STARTING.format(ask_id=self.id, starting=starting))
        waiting = self.waiting_for
        holder = self.view.holder() if waiting == "floor" else ""
        how = self.view.way_in.how() if self.view.way_in is not None else ""
        nobody = hints.nobody(self.target, self.view.audience(), elsewhere=self.view.elsewhere, how=how)
        hint = hints.NEXT_WAITING[waiting].format(ask_id=self.id, holder=holder, **nobody)
        unheard = in_words(self.view.audience(), self.target) + self.view.unreadable() + self._trouble()
        return self._result("pending", hint + unheard).model_copy(
            update={"waiting_for": waiting, "floor_held_by": holder}
        )

    def _trouble(self) -> str:
        return hints.TRIED_AGAIN.format(trouble=self.delivery.trouble) if self.delivery.trouble is not None else ""

    @property
    def waiting_for(self) -> WaitingFor | None:
        """What it waits for before it can be answered; None: it is about to sound, or sounds."""
        if self.phase == "queued":
            # Behind an ask for which nobody is there either, it is the human who is waited for.
            return "human" if self.view.way_in is not None and self.view.way_in.awaits else "floor"
        if self.phase == "alone":
            return "human"
        if self.phase == "ringing":
            return "pickup"
        if not self.delivery.has_begun:
            return None
        return "words" if self.words_coming else "reply"

    @property
    def is_open(self) -> bool:
        """Whether it may still be answered."""
        return self.outcome is None and not self.scope.cancel_called

    @property
    def is_unheard(self) -> bool:
        """Whether it is open and nobody has heard anything of it, not even a phone's ringing."""
        is_silent = not self.delivery.has_begun and not self.at_pickup.pickups
        return self.is_open and is_silent and self.phase != "ringing"

    @property
    def asked_at(self) -> float:
        """When the question began to sound; until then, when it was opened."""
        return self.opened_at if self.delivery.first_sound_at is None else self.delivery.first_sound_at

    def due_at(self, ask_seconds: float) -> float:
        """When it is closed whatever happens; answers that are under way when its time is over are allowed for."""
        if self.closed_at is not None:
            return self.closed_at + STUCK_SECONDS
        allowed = OVERTIME_SECONDS + STUCK_SECONDS if self.delivery.has_begun else 0.0
        return self.asked_at + ask_seconds + allowed

    def cannot_be_heard(self) -> str:
        """Whose voice cannot answer, in brackets, or nothing."""
        return in_short(self.view.audience(), self.target)

    def _starting(self) -> str:
        return self.view.server_awaited() if self.is_open and not self.delivery.has_begun else ""

    def progress(self) -> str:
        """One line about how far it is, for a person who watches the call; empty until its room has been looked up."""
        if not self.view.is_known:
            return self.view.server_awaited()
        return self._starting() or hints.progress(
            "alone" if self.waiting_for == "human" else self.phase,
            self.room_name,
            words=self.heard_so_far or ("(words to come)" if self.words_coming else ""),
            unheard=self.cannot_be_heard(),
            voice_awaited=self.view.voice_awaited(),
            how_to_join=self.view.way_in.in_short() if self.view.way_in is not None else "",
        )

    @property
    def change(self) -> anyio.Event:
        """Set when there is something new; take it before you look, or what happens meanwhile is missed."""
        return self._changed.next

    def update(
        self, phase: Phase | None = None, *, heard_so_far: str | None = None, words_coming: bool | None = None
    ) -> None:
        """Note how far it is, and tell everybody who waits."""
        if self.outcome is not None:
            return
        before = (self.phase, self.heard_so_far, self.words_coming)
        self.phase = phase or self.phase
        self.heard_so_far = self.heard_so_far if heard_so_far is None else heard_so_far[-LONGEST_HEARD:]
        self.words_coming = self.words_coming if words_coming is None else words_coming
        if before != (self.phase, self.heard_so_far, self.words_coming):
            self.notify()

    def queue_behind(self, holder: Callable[[], str]) -> None:
        """Somebody else has the floor."""
        self.view.holder = holder
        self.update("queued")

    def answered(self, reply: Reply, *, whole: str = "") -> None:
        """Somebody answered; ``whole`` is all of it where the reply is only its beginning."""
        self.reply = self.reply or reply
        now = time.monotonic()
        timing = self.delivery.timing(opened_at=self.opened_at).model_copy(
            update={
                "reply_ms": max(0, round((now - reply.ended_at) * 1000)),
                "stt_ms": max(0, round((reply.words_at - reply.ended_at) * 1000)),
            }
        )
        self._close(
            Answer(
                status="answered",
                ask_id=self.id,
                room_name=self.room_name,
                reply=reply.text,
                heard_so_far=reply.text[-LONGEST_HEARD:],
                participant=ParticipantRef.to(reply.participant),
                channel=reply.channel,
                choice=reply.choice,
                interrupted=self.delivery.interrupted,
                spoken=self.delivery.spoken,
                timing=timing,
                heard_at_pickup=self.at_pickup.heard,
                answered_by=self.at_pickup.answered_by(reply.participant.identity),
                next=(hints.NEXT_LONG if whole else hints.NEXT_ANSWERED) + cut_note(whole or reply.text),
            )
        )

    def left(self) -> None:
        """Everybody who could have answered went away."""
        if self.phase == "ringing":
            hint = hints.NEXT_NOT_PICKED_UP
        else:
            hint = hints.NEXT_MACHINE if self.at_pickup.answered_by() == "machine" else hints.NEXT_LEFT
            hint += self.view.unreadable()
        self._close(self._result("left", hint))

    def cancelled(self) -> None:
        """It was withdrawn."""
        self._close(self._result("cancelled", hints.NEXT_CANCELLED))

    def expired(self) -> None:
        """Nobody answered in time, or it could not even be spoken."""
        now = time.monotonic()
        if self.delivery.has_begun:
            hint = hints.NEXT_EXPIRED.format(seconds=now - self.asked_at)
            hint += in_words(self.view.audience(), self.target) + self.view.unreadable()
        else:
            hint = hints.unspoken(self.phase, holder=self.view.holder(), seconds=now - self.opened_at)
        self._close(self._result("cancelled", hint))

    def failed(self, error: VoiceError) -> None:
        """A part broke."""
        self._close(error.afresh())

    def _result(self, status: Literal["pending", "left", "cancelled"], hint: str) -> Answer:
        return Answer(
            status=status,
            ask_id=self.id,
            room_name=self.room_name,
            heard_so_far=self.heard_so_far,
            interrupted=self.delivery.interrupted,
            spoken=self.delivery.spoken,
            timing=self.delivery.timing(opened_at=self.opened_at),
            heard_at_pickup=self.at_pickup.heard,
            answered_by=self.at_pickup.answered_by(),
            next=hint,
        )

    def _close(self, outcome: Answer | VoiceError) -> None:
        if self.outcome is None:
            self.outcome = outcome
            self.phase = "over"
            self.closed_at = time.monotonic()
            # An ask is kept for an hour, the connection that this looks at must not be.
            self.view = RoomView()
            self.notify()

    def notify(self) -> None:
        """Wake everybody who waits for a change."""
        self._changed.ring()
