"""One question and what becomes of it: an ask outlives the call that opened it."""

from __future__ import annotations

import time
import uuid
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import anyio

from mcp_voice.asks import hints
from mcp_voice.asks.hints import Phase
from mcp_voice.asks.way_in import WayIn
from mcp_voice.bounds.limits import OVERTIME_SECONDS, STUCK_SECONDS
from mcp_voice.errors import VoiceError
from mcp_voice.link.unheard import in_short, in_words
from mcp_voice.participants import Participant, Target
from mcp_voice.results import Answer, ParticipantRef, Timing, Waiting, cut_note
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
    tool_use_id: str = ""
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
    callers: int = 0
    """Calls of ``ask_in_room`` that wait for it; the last of them to be cancelled hangs up."""
    calls: int = 0
    """How many calls have waited for it, of any kind."""
    is_let_go: bool = False
    """Whether no call is to wait for it any more."""
    scope: anyio.CancelScope = field(default_factory=anyio.CancelScope)
    audience: Callable[[], Iterable[Participant]] = tuple
    """Who is in the room, as far as is known now."""
    unreadable: Callable[[], str] = str
    """Whose words could not be read, or heard to their end, as sentences for ``next``."""
    holder: Callable[[], str] = str
    """Who has the floor while the ask is queued."""
    way_in: WayIn | None = None
    """How somebody gets into the room where nobody is."""
    quiet_until: float = 0.0
    """Until when whoever has just come in is not spoken at, though speech is being made for them already."""
    elsewhere: Sequence[str] = ()
    """Other rooms in which humans are meanwhile."""
    server_awaited: Callable[[], str] = str
    """What is done until LiveKit's server is there; empty once it is."""
    voice_awaited: Callable[[], bool] = bool
    """Whether the sound is due that the voice has not made yet."""
    trouble: VoiceError | None = None
    """Why nobody has heard it so far, though somebody was there."""
    heard_so_far: str = ""
    words_coming: bool = False
    """Whether something is being said or transcribed of which there are no words yet."""
    spoken: str = ""
    interrupted: bool = False
    connect_ms: int | None = None
    first_sound_at: float | None = None
    question_ms: int | None = None
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
        waiting = self._waiting_for()
        holder = self.holder() if waiting == "floor" else ""
        how = self.way_in.how() if self.way_in is not None else ""
        nobody = hints.nobody(self.target, self.audience(), elsewhere=self.elsewhere, how=how)
        hint = hints.NEXT_WAITING[waiting].format(ask_id=self.id, holder=holder, **nobody)
        unheard = in_words(self.audience(), self.target) + self.unreadable() + self._trouble()
        return self._result("pending", hint + unheard).model_copy(
            update={"waiting_for": waiting, "floor_held_by": holder}
        )

    def _trouble(self) -> str:
        return hints.TRIED_AGAIN.format(trouble=self.trouble) if self.trouble is not None else ""

    def _waiting_for(self) -> Waiting | None:
        if self.phase == "queued":
            # Behind an ask for which nobody is there either, it is the human who is waited for.
            return "human" if self.way_in is not None and self.way_in.awaits else "floor"
        if self.phase == "alone":
            return "human"
        if self.phase == "ringing":
            return "pickup"
        if self.first_sound_at is None:
            return None
        return "words" if self.words_coming else "reply"

    @property
    def is_open(self) -> bool:
        """Whether it may still be answered."""
        return self.outcome is None and not self.scope.cancel_called

    @property
    def is_unheard(self) -> bool:
        """Whether it is open and nobody has heard anything of it, not even a phone's ringing."""
        return self.is_open and self.first_sound_at is None and self.phase != "ringing" and not self.at_pickup.pickups

    def due_at(self, ask_seconds: float) -> float:
        """When it is closed whatever happens; answers that are under way when its time is over are allowed for."""
        if self.closed_at is not None:
            return self.closed_at + STUCK_SECONDS
        if self.first_sound_at is None:
            return self.opened_at + ask_seconds
        return self.first_sound_at + ask_seconds + OVERTIME_SECONDS + STUCK_SECONDS

    def cannot_be_heard(self) -> str:
        """Whose voice cannot answer, in brackets, or nothing."""
        return in_short(self.audience(), self.target)

    def _starting(self) -> str:
        return self.server_awaited() if self.is_open and self.first_sound_at is None else ""

    def progress(self) -> str:
        """One line about how far it is, for a person who watches the call."""
        return self._starting() or hints.progress(
            "alone" if self._waiting_for() == "human" else self.phase,
            self.room_name,
            words=self.heard_so_far or ("(words to come)" if self.words_coming else ""),
            unheard=self.cannot_be_heard(),
            voice_awaited=self.voice_awaited(),
            how_to_join=self.way_in.in_short() if self.way_in is not None else "",
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
        self.holder = holder
        self.update("queued")

    def answered(self, reply: Reply, *, whole: str = "") -> None:
        """Somebody answered; ``whole`` is all of it where the reply is only its beginning."""
        self.reply = self.reply or reply
        now = time.monotonic()
        timing = self._timing().model_copy(
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
                interrupted=self.interrupted,
                spoken=self.spoken,
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
            hint += self.unreadable()
        self._close(self._result("left", hint))

    def cancelled(self) -> None:
        """It was withdrawn."""
        self._close(self._result("cancelled", hints.NEXT_CANCELLED))

    def expired(self) -> None:
        """Nobody answered in time, or it could not even be spoken."""
        now = time.monotonic()
        if self.first_sound_at is not None:
            hint = hints.NEXT_EXPIRED.format(seconds=now - self.first_sound_at) + in_words(self.audience(), self.target)
            hint += self.unreadable()
        else:
            hint = hints.unspoken(self.phase, holder=self.holder(), seconds=now - self.opened_at)
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
            interrupted=self.interrupted,
            spoken=self.spoken,
            timing=self._timing(),
            heard_at_pickup=self.at_pickup.heard,
            answered_by=self.at_pickup.answered_by(),
            next=hint,
        )

    def _timing(self) -> Timing:
        first_sound = None if self.first_sound_at is None else round((self.first_sound_at - self.opened_at) * 1000)
        return Timing(connect_ms=self.connect_ms, first_sound_ms=first_sound, question_ms=self.question_ms)

    def _close(self, outcome: Answer | VoiceError) -> None:
        if self.outcome is None:
            self.outcome = outcome
            self.phase = "over"
            self.closed_at = time.monotonic()
            # An ask is kept for an hour, the connection that these hold must not be.
            self.audience, self.unreadable, self.holder, self.voice_awaited = tuple, str, str, bool
            self.server_awaited = str
            self.way_in = None
            self.notify()

    def let_go(self) -> None:
        """Whoever waits for it waits no longer."""
        self.is_let_go = True
        self.notify()

    def notify(self) -> None:
        """Wake everybody who waits for a change."""
        self._changed.ring()
