"""What is heard in a room, taken in event by event: who says what, who is there, and what it interrupts."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import singledispatchmethod

from mcp_voice.link import (
    CallChanged,
    Event,
    Hint,
    Joined,
    Keyed,
    Left,
    Lost,
    MicrophoneChanged,
    Occupant,
    Reading,
    Reconnected,
    Reconnecting,
    SegmentRead,
    SpeechStarted,
    SpeechStopped,
    Trouble,
    Typed,
    Words,
)
from mcp_voice.turns.interruptions import BargeIn, Heard
from mcp_voice.turns.open_turns import OpenTurns
from mcp_voice.turns.phone import Phones
from mcp_voice.turns.presence import Attendance
from mcp_voice.turns.turn import Turn

__all__ = ["Intake"]


@dataclass(slots=True, eq=False)
class Intake:
    """Feeds the turns, the attendance, the phones and what may be interrupted; tells what cannot wait for a tick."""

    attendance: Attendance
    phones: Phones
    turns: OpenTurns
    barge_in: BargeIn
    end_turn: Callable[[str, Turn], None]
    typed: Callable[[Typed], None]
    trouble: Callable[[Trouble], None]
    late: Callable[[Words], None]
    """For words of a turn that is over."""

    def take(self, event: Event) -> None:
        """Take in one event; raises LinkLost when it was the last."""
        self._take(event)
        if isinstance(event, Heard):
            self.barge_in.take(event, self.turns.get(event.identity))

    @singledispatchmethod
    def _take(self, event: Event) -> None:
        raise TypeError(f"nothing is known of {event!r}")

    @_take.register
    def _(self, event: SpeechStarted) -> None:
        turn = self.turns.get(event.identity)
        if turn is not None and self.turns.precedes_question(turn, event.at):
            self.end_turn(event.identity, turn)
        self.turns.turn(event.identity).speech_started(event.at)
        if pickup := self.phones.get(event.identity):
            pickup.speech_started(event.at)

    @_take.register
    def _(self, event: SpeechStopped) -> None:
        self.turns.turn(event.identity).speech_stopped(event.at)
        if pickup := self.phones.get(event.identity):
            pickup.speech_stopped(event.at)

    @_take.register
    def _(self, event: Words) -> None:
        turn = self.turns.turn(event.identity)
        if turn.begins_after(event.ended_at):
            self.late(event)
        else:
            turn.heard(
                event.text,
                final=event.final,
                at=event.at,
                began_at=event.began_at,
                ended_at=event.ended_at,
                doubtful=event.doubtful,
            )

    @_take.register
    def _(self, event: Reading) -> None:
        self.attendance.still_read(event.identity, event.at)
        if turn := self.turns.get(event.identity):
            turn.reading(event.at)

    @_take.register
    def _(self, event: SegmentRead) -> None:
        self.turns.turn(event.identity).segment_read()

    @_take.register
    def _(self, event: Hint) -> None:
        self.turns.turn(event.identity).hinted(likely=event.likely)

    @_take.register
    def _(self, event: Keyed) -> None:
        turn = self.turns.turn(event.identity)
        turn.keyed(event.digit, event.at)
        if turn.chooses_by_key:
            self.end_turn(event.identity, turn)

    @_take.register
    def _(self, event: Typed) -> None:
        self.typed(event)

    @_take.register
    def _(self, event: Joined) -> None:
        now = time.monotonic()
        self.attendance.joined(event.occupant, now)
        self.phones.changed(event.occupant, now)

    @_take.register
    def _(self, event: MicrophoneChanged) -> None:
        self.attendance.changed(event.occupant)

    @_take.register
    def _(self, event: Left) -> None:
        now = time.monotonic()
        self.attendance.left(event.occupant, now, mid_turn=self._gone(event.occupant, now))

    @_take.register
    def _(self, event: CallChanged) -> None:
        mid_turn = event.occupant.hung_up and self._gone(event.occupant, event.at)
        self.attendance.call_changed(event.occupant, event.at, mid_turn=mid_turn)
        self.phones.changed(event.occupant, event.at)

    @_take.register
    def _(self, _: Reconnecting) -> None:
        self.attendance.cut_off()

    @_take.register
    def _(self, _: Reconnected) -> None:
        self.attendance.reconnected()

    @_take.register
    def _(self, event: Trouble) -> None:
        self.trouble(event)
        self.turns.close(event.identity)
        self.attendance.heard_out(event.identity)

    @_take.register
    def _(self, event: Lost) -> None:
        raise event.error

    def _gone(self, occupant: Occupant, now: float) -> bool:
        """Nothing more is said by somebody who has gone; whether they were in the middle of a turn."""
        self.phones.left(occupant.identity)
        turn = self.turns.get(occupant.identity)
        if turn is not None:
            turn.speech_stopped(now)
        return turn is not None
