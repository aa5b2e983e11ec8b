"""From what is heard in a room to replies: one turn per human, and at most one ask that waits for one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import singledispatchmethod

import anyio

from mcp_voice.answer import Channel
from mcp_voice.attendance import Attendance
from mcp_voice.errors import LinkLost
from mcp_voice.expected import Expected, Nobody
from mcp_voice.interruption import Interruption
from mcp_voice.link import (
    Event,
    Hint,
    Joined,
    Keyed,
    Left,
    Lost,
    Playout,
    Reconnected,
    Reconnecting,
    RoomLink,
    SegmentRead,
    SpeechStarted,
    SpeechStopped,
    Trouble,
    Typed,
    Words,
)
from mcp_voice.open_turns import OpenTurns
from mcp_voice.reading import read
from mcp_voice.transcript import Reply, Transcript
from mcp_voice.turns import Patience, Turn

__all__ = ["Listening"]


@dataclass(slots=True, eq=False)
class Listening:
    """Everything heard in one room. Its state outlives a link, so a turn survives a lost connection."""

    patience: Patience
    language: str
    transcript: Transcript
    attendance: Attendance = field(default_factory=Attendance)
    _turns: OpenTurns = field(init=False)
    _link: RoomLink | None = None
    _expected: Expected | None = None
    _interruption: Interruption | None = None
    _changed: anyio.Event = field(default_factory=anyio.Event)

    def __post_init__(self) -> None:
        self._turns = OpenTurns(self.patience, self.language)

    async def run(self, link: RoomLink) -> None:
        """Read a link's events until it is lost, which raises LinkLost; whoever waits for a reply is told."""
        self._link = link
        try:
            await read(link, begin=self._begin, take=self._take, due_at=self._due_at, tick=self._tick)
        except LinkLost as lost:
            self._break_off(lost)
            raise
        finally:
            self._link = None

    def _begin(self, link: RoomLink) -> None:
        self.attendance.begin(link.occupants(), time.monotonic())
        self._tell_wanted()

    @contextmanager
    def expect(
        self, *, participant: str = "", choices: Sequence[str] = (), open_ended: bool = False
    ) -> Iterator[Expected]:
        """Wait for a reply; the room's floor sees to it that there is one at a time."""
        expected = Expected(participant, tuple(choices), asyncio.get_running_loop().create_future(), open_ended)
        self._expected = expected
        self._tell_wanted()
        self._notify()
        try:
            yield expected
        finally:
            if self._expected is expected:  # an ask that hung may end long after the next one has begun
                self._expected = None
                self._tell_wanted()
            expected.close()

    @contextmanager
    def interruptible(self, playout: Playout, *, heed: Callable[[str], bool] | None = None) -> Iterator[None]:
        """Let whoever is listened to (or the identities to heed) speak over a sentence while it is played."""
        self._interruption = Interruption(playout, heed or self._heeds, playout.started_at or time.monotonic())
        self._notify()
        try:
            yield
        finally:
            self._interruption = None

    def open(self, expected: Expected, *, since: float) -> None:
        """The question is being heard (or has been): what begins from ``since`` on may answer it.

        A turn that began just before cannot be an answer, and is kept for ``listen_in_room``. One that has gone on for
        long (a talker, music) is split, so that an answer within it is found.
        """
        for identity, turn in self._turns.over_at(since):
            self._end_turn(identity, turn)
            if turn.speaking:
                self._turns.turn(identity).speech_started(since)
        expected.since = since

    @property
    def asked(self) -> Expected | None:
        """The reply that is waited for, once its question has begun to sound."""
        return self._expected if self._expected is not None and self._expected.asked else None

    @property
    def change(self) -> anyio.Event:
        """Set when something is heard or somebody comes or goes; take it before you look."""
        return self._changed

    def somebody_speaks(self) -> bool:
        """Whether any human is speaking, has paused within a sentence, or said what is still being read."""
        return self._turns.somebody_speaks(time.monotonic())

    def words_so_far(self, participant: str) -> str:
        """The words of whatever turn is under way, of one human or of anybody."""
        return self._turns.words_so_far(participant)

    def heard_so_far(self, expected: Expected) -> str:
        """The words or keys of an answer that is under way."""
        return next((turn.text or turn.keys for turn in self._turns.answers(expected) if turn.text or turn.keys), "")

    def answering(self, expected: Expected) -> bool:
        """Whether an answer is under way, in sound if not in words yet."""
        return any(True for _ in self._turns.answers(expected))

    @singledispatchmethod
    def _take(self, event: Event) -> None:
        """Take in one event, each kind in its own way."""
        raise TypeError(f"nothing is known of {event!r}")

    @_take.register
    def _(self, event: SpeechStarted) -> None:
        self._turns.turn(event.identity).speech_started(event.at)
        if barge := self._barge(event.identity, event.at):
            barge.speech_started(event.identity, event.at)

    @_take.register
    def _(self, event: SpeechStopped) -> None:
        turn = self._turns.turn(event.identity)
        turn.speech_stopped(event.at)
        if barge := self._barge(event.identity, turn.started_at):
            barge.speech_stopped(event.identity, event.at)

    @_take.register
    def _(self, event: Words) -> None:
        turn = self._turns.turn(event.identity)
        turn.heard(event.text, final=event.final, at=event.at)
        if turn.text and (barge := self._barge(event.identity, turn.started_at)):
            barge.worded()

    @_take.register
    def _(self, event: SegmentRead) -> None:
        turn = self._turns.turn(event.identity)
        turn.segment_read()
        if not turn.text and (barge := self._barge(event.identity, turn.started_at)):
            barge.wordless(event.at)

    @_take.register
    def _(self, event: Hint) -> None:
        self._turns.turn(event.identity).hinted(likely=event.likely)

    @_take.register
    def _(self, event: Keyed) -> None:
        if barge := self._barge(event.identity, event.at):
            barge.worded()
        turn = self._turns.turn(event.identity)
        turn.keyed(event.digit, event.at)
        if turn.chooses_by_key:
            self._end_turn(event.identity, turn)

    @_take.register
    def _(self, event: Typed) -> None:
        if barge := self._barge(event.identity, event.at):
            barge.worded()
        self._finish(event.identity, event.text, "chat", (event.at, event.at, event.at))

    @_take.register
    def _(self, event: Joined) -> None:
        self.attendance.joined(event.occupant)

    @_take.register
    def _(self, event: Left) -> None:
        now = time.monotonic()
        turn = self._turns.get(event.occupant.identity)
        if turn is not None:
            turn.speech_stopped(now)
        self.attendance.left(event.occupant, now, mid_turn=turn is not None)

    @_take.register
    def _(self, _: Reconnecting) -> None:
        self.attendance.cut_off()

    @_take.register
    def _(self, _: Reconnected) -> None:
        self.attendance.reconnected()

    @_take.register
    def _(self, event: Trouble) -> None:
        self._turns.close(event.identity)
        self.attendance.heard_out(event.identity)
        if self._expected is not None and self._expected.concerns(event.identity):
            self._expected.fail(event.error)
        else:
            self.transcript.trouble(event.identity, event.error)

    @_take.register
    def _(self, event: Lost) -> None:
        raise LinkLost(str(event.error))

    def _break_off(self, lost: LinkLost) -> None:
        """We are out of the room: turns stay as they are, and whoever waits is told."""
        self._turns.broke_off(time.monotonic())
        self.attendance.cut_off()
        if self._expected is not None:
            self._expected.fail(lost)
        self._notify()

    def _notify(self) -> None:
        self._changed.set()
        self._changed = anyio.Event()

    def _tell_wanted(self) -> None:
        self._turns.want(self._expected)
        if self._link is not None:
            self._link.expect(self._turns.choices)

    def _barge(self, identity: str, since: float | None) -> Interruption | None:
        """What a sound of this human, begun at ``since``, may interrupt."""
        barge = self._interruption
        return barge if barge is not None and barge.concerns(identity, since) else None

    def _heeds(self, identity: str) -> bool:
        asked = self._expected is None or self._expected.concerns(identity)
        return asked and self.attendance.human(identity) is not None

    def _due_at(self) -> float:
        dues = list(self._turns.dues())
        if self._interruption is not None:
            dues.append(self._interruption.due_at())
        waiting = self._expected is not None and self._expected.waiting
        dues.extend(self.attendance.dues(watch_absence=waiting))
        return min((due for due in dues if due is not None), default=float("inf"))

    def _tick(self, now: float) -> None:
        if self._interruption is not None:
            self._interruption.tick(now)
        for identity, turn in self._turns.all():
            ends_at = self._turns.ends_at(turn)
            if self.attendance.said_goodbye(identity, now) or (ends_at is not None and now >= ends_at):
                self._end_turn(identity, turn)
        expected = self._expected
        if expected is not None and expected.waiting and self.attendance.nobody_left(now, expected.concerns):
            expected.fail(Nobody("Everybody who could answer has left the room."))
            if self._interruption is not None:
                self._interruption.playout.stop()
        self._notify()

    def _end_turn(self, identity: str, turn: Turn) -> None:
        self._turns.close(identity)
        if self._link is not None:
            self._link.turn_over(identity)
        if owed := turn.still_owed():
            # Words that come too late are not the answer to the next question.
            self._turns.turn(identity).owed = owed
        self.attendance.heard_out(identity)
        if turn.started_at is None:
            return
        if said := turn.said:
            self._finish(identity, *said, (turn.started_at, turn.stopped_at, turn.words_at or turn.stopped_at))

    def _finish(self, identity: str, text: str, channel: Channel, instants: tuple[float, float, float]) -> None:
        """A turn is over: it answers the ask that waits for it, or is kept."""
        occupant = self.attendance.human(identity)
        if occupant is None:
            return
        started_at, ended_at, words_at = instants
        expected = self._expected if self._expected and self._expected.accepts(identity, started_at) else None
        choice = expected.choice_in(text, channel, language=self.language) if expected else None
        reply = Reply(occupant, text, channel, started_at, ended_at, words_at, choice)
        self.transcript.add(text, began_at=started_at, occupant=occupant, channel=channel)
        if expected:
            expected.resolve(reply)
        else:
            self.transcript.keep(reply)
