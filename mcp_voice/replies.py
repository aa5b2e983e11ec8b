"""From what is heard in a room to replies: one turn per human, and at most one ask that waits for one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import anyio

from mcp_voice.answer import Channel
from mcp_voice.errors import LinkLost, VoiceError
from mcp_voice.interruption import Interruption
from mcp_voice.link import (
    Event,
    Hint,
    Joined,
    Keyed,
    Left,
    Lost,
    Occupant,
    Playout,
    RoomLink,
    SegmentRead,
    SpeechStarted,
    SpeechStopped,
    Trouble,
    Typed,
    Words,
)
from mcp_voice.transcript import Line, Reply, Transcript
from mcp_voice.turns import Patience, Turn
from mcp_voice.words import choice_by_key, named_choice

__all__ = ["Expected", "Listening", "Nobody"]

SPLIT_SECONDS = 2.0
"""Speech that was under way for longer than this when a question began is no greeting to it."""
ABSENCE_SECONDS = 5.0
"""Whoever reloads a page or changes networks is back within this."""
FAREWELL_SECONDS = 3.0
"""How long the last words of somebody who left may take to be transcribed."""
SINGLE_KEY_CHOICES = 9


class Nobody(VoiceError):
    """Everybody who could have answered has left."""


@dataclass(slots=True, eq=False)
class Expected:
    """A reply that somebody waits for."""

    participant: str
    choices: Sequence[str]
    reply: asyncio.Future[Reply]
    since: float = float("inf")
    """Turns that began before this are no answer: the question had not begun."""
    absent_since: float | None = None

    def concerns(self, identity: str) -> bool:
        """Whether this human may answer."""
        return self.participant in ("", identity)


@dataclass(slots=True, eq=False)
class Listening:
    """Everything heard in one room, for as long as we are there; ``run`` is its owner task."""

    patience: Patience
    language: str
    transcript: Transcript
    _link: RoomLink | None = None
    _turns: dict[str, Turn] = field(default_factory=dict)
    _occupants: dict[str, Occupant] = field(default_factory=dict)
    _expected: Expected | None = None
    _farewells: dict[str, float] = field(default_factory=dict)
    _interruption: Interruption | None = None
    _interruptible_since: float = 0.0
    _changed: anyio.Event = field(default_factory=anyio.Event)

    async def run(self, link: RoomLink) -> None:
        """Read a link's events until it is lost, which raises LinkLost.

        Turns that are under way outlive the link: they go on in the next one, or end there.
        """
        self._link = link
        self._occupants.update((occupant.identity, occupant) for occupant in link.occupants())
        if self._expected is not None:
            link.expect(self._expected.choices)
        try:
            while True:
                with anyio.move_on_at(self._due_at()):
                    self._take(await link.events.receive())
                # What has been heard already counts before a silence that seems to be over.
                while link.events.statistics().current_buffer_used:
                    self._take(link.events.receive_nowait())
                self._tick(time.monotonic())
                self._notify()
        finally:
            self._link = None

    @contextmanager
    def expect(self, *, participant: str = "", choices: Sequence[str] = ()) -> Iterator[Expected]:
        """Wait for a reply; the room's floor sees to it that there is one at a time."""
        expected = Expected(participant, tuple(choices), asyncio.get_running_loop().create_future())
        self._expected = expected
        self._tell_choices(expected.choices)
        self._notify()
        try:
            yield expected
        finally:
            self._expected = None
            self._tell_choices(())
            if expected.reply.done() and not expected.reply.cancelled():
                expected.reply.exception()
            expected.reply.cancel()

    @contextmanager
    def interruptible(self, playout: Playout) -> Iterator[None]:
        """Let whoever is listened to speak over a sentence while it is played."""
        self._interruption = Interruption(playout)
        self._interruptible_since = time.monotonic() if playout.started_at is None else playout.started_at
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
        for identity, turn in list(self._turns.items()):
            if not turn.speaking:
                self._end_turn(identity, turn)
            elif turn.started_at is not None and since - turn.started_at > SPLIT_SECONDS:
                self._end_turn(identity, turn)
                self._turn(identity).speech_started(since)
        expected.since = since

    def _tell_choices(self, choices: Sequence[str]) -> None:
        for turn in self._turns.values():
            turn.choices = choices
        if self._link is not None:
            self._link.expect(choices)

    async def changed(self) -> None:
        """Wait until something was heard or somebody came or went."""
        await self._changed.wait()

    def somebody_speaks(self) -> bool:
        """Whether any human is speaking, or has paused within a sentence."""
        return any(turn.speaking or turn.text for turn in self._turns.values())

    def heard_so_far(self, expected: Expected) -> tuple[str, Occupant | None]:
        """The words of an answer that is under way, and whose they are."""
        for identity, turn in self._turns.items():
            if expected.concerns(identity) and self._counts(turn) and (turn.text or turn.keys):
                return turn.text or turn.keys, self._occupants.get(identity)
        return "", None

    def words_so_far(self, participant: str) -> str:
        """The words of whatever turn is under way, of one human or of anybody."""
        return next((turn.text for who, turn in self._turns.items() if participant in ("", who) and turn.text), "")

    def answering(self, expected: Expected) -> bool:
        """Whether an answer is under way, in sound if not in words yet."""
        return any(expected.concerns(identity) and self._counts(turn) for identity, turn in self._turns.items())

    def _counts(self, turn: Turn) -> bool:
        """Whether a turn began after the question did."""
        since = self._expected.since if self._expected else float("inf")
        return turn.started_at is not None and turn.started_at >= since

    def _notify(self) -> None:
        self._changed.set()
        self._changed = anyio.Event()

    def _turn(self, identity: str) -> Turn:
        if identity not in self._turns:
            choices = self._expected.choices if self._expected else ()
            self._turns[identity] = Turn(self.patience, self.language, choices)
        return self._turns[identity]

    def _take(self, event: Event) -> None:
        match event:
            case SpeechStarted(identity, at):
                self._turn(identity).speech_started(at)
                if barge := self._barge(identity, at):
                    barge.speech_started(identity, at)
            case SpeechStopped(identity, at):
                turn = self._turn(identity)
                turn.speech_stopped(at)
                if barge := self._barge(identity, turn.started_at):
                    barge.speech_stopped(identity, at)
            case Words(identity, text, final, at):
                turn = self._turn(identity)
                turn.heard(text, final=final, at=at)
                if turn.text and (barge := self._barge(identity, turn.started_at)):
                    barge.worded()
            case SegmentRead(identity, at):
                turn = self._turn(identity)
                turn.segment_read()
                if not turn.text and (barge := self._barge(identity, turn.started_at)):
                    barge.wordless(at)
            case Hint(identity, likely):
                self._turn(identity).hinted(likely=likely)
            case Keyed(identity, digit, at):
                self._key(identity, digit, at)
            case Typed(identity, text, at):
                if barge := self._barge(identity, at):
                    barge.worded()
                self._finish(identity, text, "chat", started_at=at, ended_at=at, words_at=at)
            case Joined(occupant):
                self._occupants[occupant.identity] = occupant
                self._farewells.pop(occupant.identity, None)
            case Left(occupant):
                if turn_left := self._turns.get(occupant.identity):
                    turn_left.speech_stopped(time.monotonic())
                    self._farewells[occupant.identity] = time.monotonic() + FAREWELL_SECONDS
            case Trouble(identity, error):
                self._turns.pop(identity, None)
                if self._expected and self._expected.concerns(identity):
                    self._fail(error)
            case Lost(error):
                for turn in self._turns.values():
                    turn.speech_stopped(time.monotonic())
                self._fail(LinkLost(str(error)))
                self.transcript.wake()
                raise LinkLost(str(error))

    def _barge(self, identity: str, since: float | None) -> Interruption | None:
        """What a sound of this human, begun at ``since``, may interrupt."""
        heeded = self._expected is None or self._expected.concerns(identity)
        human = identity in self._occupants and self._occupants[identity].is_human
        began_over_it = since is not None and since >= self._interruptible_since
        return self._interruption if heeded and human and began_over_it else None

    def _key(self, identity: str, digit: str, at: float) -> None:
        if barge := self._barge(identity, at):
            barge.worded()
        turn = self._turn(identity)
        turn.keyed(digit, at)
        expected = self._expected
        if expected and expected.concerns(identity) and 0 < len(expected.choices) <= SINGLE_KEY_CHOICES:
            if choice_by_key(turn.keys.rstrip("#"), expected.choices) is not None:
                self._end_turn(identity, turn)

    def _due_at(self) -> float:
        dues = [turn.ends_at() for turn in self._turns.values()]
        dues += self._farewells.values()
        if self._interruption:
            dues.append(self._interruption.due_at())
        if self._expected and not self._expected.reply.done() and self._expected.absent_since is not None:
            dues.append(self._expected.absent_since + ABSENCE_SECONDS)
        return min((due for due in dues if due is not None), default=float("inf"))

    def _tick(self, now: float) -> None:
        if self._interruption:
            self._interruption.tick(now)
        for identity, turn in list(self._turns.items()):
            ends_at = turn.ends_at()
            gone = self._farewells.get(identity)
            if (ends_at is not None and now >= ends_at) or (gone is not None and now >= gone):
                self._end_turn(identity, turn)
        self._farewells = {who: at for who, at in self._farewells.items() if who in self._turns and at > now}
        self._watch_absence(now)

    def _here(self) -> Sequence[Occupant]:
        return self._link.occupants() if self._link is not None else ()

    def _watch_absence(self, now: float) -> None:
        expected = self._expected
        if expected is None or expected.reply.done():
            return
        here = any(each.is_human and expected.concerns(each.identity) for each in self._here())
        if here or self._farewells:
            expected.absent_since = None
        elif expected.absent_since is None:
            expected.absent_since = now
        elif now >= expected.absent_since + ABSENCE_SECONDS:
            self._fail(Nobody("Everybody who could answer has left the room."))

    def _end_turn(self, identity: str, turn: Turn) -> None:
        self._turns.pop(identity, None)
        if turn.started_at is None:
            return
        words_at = turn.stopped_at if turn.words_at is None else turn.words_at
        text, channel = (turn.keys.rstrip("#") or turn.keys, "keypad") if turn.keys else (turn.text, "speech")
        if text:
            self._finish(
                identity, text, channel, started_at=turn.started_at, ended_at=turn.stopped_at, words_at=words_at
            )

    def _finish(
        self, identity: str, text: str, channel: Channel, *, started_at: float, ended_at: float, words_at: float
    ) -> None:
        occupant = self._occupants.get(identity)
        if occupant is None or not occupant.is_human:
            return
        expected = self._expected
        open_ask = expected is not None and expected.concerns(identity) and not expected.reply.done()
        answers = expected if open_ask and expected is not None and started_at >= expected.since else None
        choices = answers.choices if answers else ()
        choice = choice_by_key(text, choices) if channel == "keypad" else named_choice(text, choices)
        reply = Reply(occupant, text, channel, started_at, ended_at, words_at, choice if choices else None)
        self.transcript.lines.append(Line(time.time(), identity, occupant.name, channel, text))
        if answers is not None:
            answers.reply.set_result(reply)
        else:
            self.transcript.keep(reply)

    def _fail(self, error: VoiceError) -> None:
        if self._expected is not None and not self._expected.reply.done():
            self._expected.reply.set_exception(error)
