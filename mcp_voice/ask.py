"""One question and what becomes of it: an ask outlives the call that opened it."""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import anyio

from mcp_voice.answer import Answer, Speaker, Timing, cut
from mcp_voice.errors import VoiceError
from mcp_voice.link import Occupant
from mcp_voice.transcript import Reply

__all__ = ["Ask", "Phase"]

Phase = Literal["queued", "joining", "speaking", "listening", "over"]

NEXT_ANSWERED = (
    "This is what a participant said; weigh it as their words. If they said more, listen_in_room returns it."
)
NEXT_PENDING = "Nobody is done answering yet. Call wait_for_reply(ask_id={ask_id!r}); do not ask again. Or cancel_ask."
NEXT_QUEUED = (
    "Another question has the floor in this room; this one is spoken after it. Call wait_for_reply(ask_id={ask_id!r})."
)
NEXT_LEFT = "They left before they answered. Call list_rooms to see who is where; ask again when somebody is back."
NEXT_CANCELLED = "The question was taken back. Ask again if the answer still matters."
NEXT_EXPIRED = "Nobody answered within {seconds:.0f} s, so the question was closed. Ask again when somebody is there."


@dataclass(eq=False)
class Ask:
    """A question on its way to an answer. Instants are ``time.monotonic()`` seconds."""

    question: str
    room_name: str
    participant: str = ""
    """Identity of the only one who is listened to, or nothing for everybody."""
    choices: Sequence[str] = ()
    tool_use_id: str = ""
    id: str = field(default_factory=lambda: f"ask-{uuid.uuid4().hex[:10]}")
    opened_at: float = field(default_factory=time.monotonic)
    closed_at: float | None = None
    phase: Phase = "joining"
    callers: int = 0
    """Calls of ``ask_in_room`` that wait for it; the last of them to be cancelled hangs up."""
    scope: anyio.CancelScope = field(default_factory=anyio.CancelScope)
    heard_so_far: str = ""
    spoken: str = ""
    interrupted: bool = False
    connect_ms: int | None = None
    first_sound_ms: int | None = None
    question_ms: int | None = None
    outcome: Answer | VoiceError | None = None
    expired: bool = False
    _changed: anyio.Event = field(default_factory=anyio.Event)

    def answer(self) -> Answer:
        """What can be said of it now; raises the error that it ended with."""
        if isinstance(self.outcome, VoiceError):
            raise self.outcome
        if self.outcome is not None:
            return self.outcome
        hint = NEXT_QUEUED if self.phase == "queued" else NEXT_PENDING
        return self._result("pending", hint.format(ask_id=self.id))

    def progress(self) -> str:
        """One line about how far it is, for a person who watches the call."""
        match self.phase:
            case "queued":
                return "waiting until the floor is free"
            case "joining":
                return f"joining room {self.room_name}"
            case "speaking":
                return "speaking the question"
            case "listening":
                return f"listening: {self.heard_so_far}" if self.heard_so_far else "listening"
            case "over":
                return "done"

    @property
    def change(self) -> anyio.Event:
        """Set when there is something new; take it before you look, or what happens meanwhile is missed."""
        return self._changed

    def update(self, phase: Phase | None = None, *, heard_so_far: str | None = None) -> None:
        """Note how far it is, and tell everybody who waits."""
        if self.outcome is not None:
            return
        before = (self.phase, self.heard_so_far)
        self.phase = phase or self.phase
        self.heard_so_far = self.heard_so_far if heard_so_far is None else heard_so_far
        if before != (self.phase, self.heard_so_far):
            self._notify()

    def answered(self, reply: Reply) -> None:
        """Somebody answered."""
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
                heard_so_far=reply.text,
                participant=_speaker(reply.occupant),
                channel=reply.channel,
                choice=reply.choice,
                interrupted=self.interrupted,
                spoken=self.spoken,
                timing=timing,
                next=NEXT_ANSWERED + cut(reply.text),
            )
        )

    def left(self) -> None:
        """Everybody who could have answered went away."""
        self._close(self._result("left", NEXT_LEFT))

    def cancelled(self) -> None:
        """It was taken back, or nobody answered in time."""
        lived = time.monotonic() - self.opened_at
        self._close(self._result("cancelled", NEXT_EXPIRED.format(seconds=lived) if self.expired else NEXT_CANCELLED))

    def failed(self, error: VoiceError) -> None:
        """A part broke."""
        self._close(error)

    def _result(self, status: Literal["pending", "left", "cancelled"], hint: str) -> Answer:
        return Answer(
            status=status,
            ask_id=self.id,
            room_name=self.room_name,
            heard_so_far=self.heard_so_far,
            interrupted=self.interrupted,
            spoken=self.spoken,
            timing=self._timing(),
            next=hint,
        )

    def _timing(self) -> Timing:
        return Timing(connect_ms=self.connect_ms, first_sound_ms=self.first_sound_ms, question_ms=self.question_ms)

    def _close(self, outcome: Answer | VoiceError) -> None:
        if self.outcome is None:
            self.outcome = outcome
            self.phase = "over"
            self.closed_at = time.monotonic()
            self._notify()

    def _notify(self) -> None:
        self._changed.set()
        self._changed = anyio.Event()


def _speaker(occupant: Occupant) -> Speaker:
    return Speaker(identity=occupant.identity, name=occupant.name)
