"""What is heard in a room, taken in event by event: who says what, who is there, and what it interrupts."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import assert_never

from mcp_voice.link import (
    CallChanged,
    Event,
    Hint,
    Joined,
    Keyed,
    Left,
    Lost,
    MicrophoneChanged,
    Reachable,
    Reading,
    Reconnected,
    Reconnecting,
    SegmentRead,
    SpeechStarted,
    SpeechStopped,
    Trouble,
    Typed,
    Unreachable,
    Words,
)
from mcp_voice.participants import Participant
from mcp_voice.turns.finished import FinishedTurns
from mcp_voice.turns.interruptions import HumanInput, Interruptions
from mcp_voice.turns.open_turns import OpenTurns
from mcp_voice.turns.phone import Phones
from mcp_voice.turns.presence import Presence

__all__ = ["Intake"]


@dataclass(slots=True, eq=False)
class Intake:
    """Feeds the parts of a listener; what ends a turn ends it at once, everything else waits for the next tick."""

    presence: Presence
    phones: Phones
    turns: OpenTurns
    interruptions: Interruptions
    finished: FinishedTurns

    def take(self, event: Event) -> None:  # noqa: C901, PLR0912  # one case for each kind of event
        """Take in one event; raises LinkLost when it was the last."""
        match event:
            case SpeechStarted(identity, at):
                self._speech_started(identity, at)
            case SpeechStopped(identity, at):
                self._speech_stopped(identity, at)
            case Words():
                self._words(event)
            case Reading(identity, at):
                self._reading(identity, at)
            case SegmentRead(identity):
                if turn := self.turns.get(identity):
                    turn.segment_read()
            case Hint(identity, likely):
                if turn := self.turns.get(identity):
                    turn.hinted(likely=likely)
            case Keyed(identity, digit, at):
                self._keyed(identity, digit, at)
            case Typed():
                self.finished.typed(event)
            case Joined(participant):
                self._joined(participant, time.monotonic())
            case Left(participant, broke):
                self._left(participant, time.monotonic(), broke=broke)
            case Unreachable(identity, at):
                self._breaks(identity, at)
            case Reachable(identity, at):
                self._back(identity, at)
            case CallChanged(participant, at):
                self._call_changed(participant, at)
            case MicrophoneChanged(participant):
                self.presence.changed(participant)
            case Reconnecting():
                self.presence.cut_off()
                self.turns.breaks(time.monotonic())
            case Reconnected():
                self.presence.reconnected()
                self.turns.mended(time.monotonic())
            case Trouble():
                self.finished.unreadable(event)
            case Lost(error):
                raise error
            case _:
                assert_never(event)
        if isinstance(event, HumanInput):
            self.interruptions.take(event, self.turns.get(event.identity))

    def _speech_started(self, identity: str, at: float) -> None:
        turn = self.turns.get(identity)
        if turn is not None and self.turns.precedes_question(turn, at):
            self.finished.end(identity, turn)
        self.turns.turn(identity).speech_started(at)
        if pickup := self.phones.get(identity):
            pickup.speech_started(at)

    def _speech_stopped(self, identity: str, at: float) -> None:
        if turn := self.turns.get(identity):
            turn.speech_stopped(at)
        if pickup := self.phones.get(identity):
            pickup.speech_stopped(at)

    def _words(self, event: Words) -> None:
        turn = self.turns.get(event.identity)
        if turn is None and event.text:
            turn = self.turns.turn(event.identity)
        if turn is None:
            return  # what ends is confirmed, whether there was anything or not
        if turn.begins_after(event.ended_at):
            self.finished.late(event)
        else:
            turn.heard(
                event.text,
                final=event.final,
                at=event.at,
                began_at=event.began_at,
                ended_at=event.ended_at,
                doubtful=event.doubtful,
            )

    def _reading(self, identity: str, at: float) -> None:
        self.presence.still_read(identity, at)
        if turn := self.turns.get(identity):
            turn.reading(at)

    def _keyed(self, identity: str, digit: str, at: float) -> None:
        turn = self.turns.turn(identity)
        turn.keyed(digit, at)
        if turn.chooses_by_key:
            self.finished.end(identity, turn)

    def _joined(self, participant: Participant, now: float) -> None:
        self.presence.joined(participant, now)
        self.phones.changed(participant, now)
        self._back(participant.identity, now)

    def _breaks(self, identity: str, at: float) -> None:
        """Their connection breaks; a bridge to the telephone may send nothing while nobody speaks."""
        who, turn = self.presence.human(identity), self.turns.get(identity)
        if turn is not None and who is not None and who.kind == "human":
            turn.breaks(at, is_theirs=True)

    def _back(self, identity: str, at: float) -> None:
        """Their connection is whole; what is said over it is heard where ours is."""
        if (turn := self.turns.get(identity)) is not None and not self.turns.is_broken:
            turn.mended(at)

    def _left(self, participant: Participant, now: float, *, broke: bool) -> None:
        if broke:
            self._breaks(participant.identity, now)
        self.presence.left(participant, now, mid_turn=self._gone(participant, now))

    def _call_changed(self, participant: Participant, at: float) -> None:
        mid_turn = participant.hung_up and self._gone(participant, at)
        self.presence.call_changed(participant, at, mid_turn=mid_turn)
        self.phones.changed(participant, at)

    def _gone(self, participant: Participant, now: float) -> bool:
        """Nothing more is said by somebody who has gone; whether they were in the middle of a turn."""
        self.phones.left(participant.identity)
        turn = self.turns.get(participant.identity)
        if turn is not None:
            turn.gone(now)
        return turn is not None
