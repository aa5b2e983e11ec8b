"""From what is heard in a room to replies: one turn per human, and at most one ask that waits for one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import anyio

from mcp_voice.answer import Channel
from mcp_voice.errors import LiveKitError, VoiceError
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

__all__ = ["Expected", "LinkLost", "Listening", "Nobody"]

ABSENCE_SECONDS = 5.0
"""Whoever reloads a page or changes networks is back within this."""
FAREWELL_SECONDS = 3.0
"""How long the last words of somebody who left may take to be transcribed."""
SINGLE_KEY_CHOICES = 9


class LinkLost(LiveKitError):
    """We are out of the room; it can be entered again."""


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
    interruption: Interruption | None = None
    absent_since: float | None = None

    def concerns(self, identity: str) -> bool:
        """Whether this human may answer."""
        return self.participant in ("", identity)

    def open(self, playout: Playout) -> None:
        """The question's first sound was played: whatever begins from now on may answer it."""
        self.since = time.monotonic() if playout.started_at is None else playout.started_at
        self.interruption = Interruption(playout)

    def reopen(self) -> None:
        """The question was spoken already: whatever begins from now on may answer it."""
        self.since = time.monotonic()


@dataclass(slots=True, eq=False)
class Listening:
    """Everything heard in one room, for as long as we are there; ``run`` is its owner task."""

    link: RoomLink
    patience: Patience
    language: str
    transcript: Transcript
    _turns: dict[str, Turn] = field(default_factory=dict)
    _occupants: dict[str, Occupant] = field(default_factory=dict)
    _expected: Expected | None = None
    _farewells: dict[str, float] = field(default_factory=dict)
    _changed: anyio.Event = field(default_factory=anyio.Event)
    _ended: VoiceError | None = None

    async def run(self) -> None:
        """Read the link's events until it is lost."""
        for occupant in self.link.occupants():
            self._occupants[occupant.identity] = occupant
        while self._ended is None:
            with anyio.move_on_at(self._due_at()):
                self._take(await self.link.events.receive())
            self._tick(time.monotonic())
            self._notify()

    @contextmanager
    def expect(self, *, participant: str = "", choices: Sequence[str] = ()) -> Iterator[Expected]:
        """Wait for a reply; the room's floor sees to it that there is one at a time."""
        expected = Expected(participant, tuple(choices), asyncio.get_running_loop().create_future())
        if self._ended is not None:
            expected.reply.set_exception(self._ended)
        self._expected = expected
        for turn in self._turns.values():
            turn.choices = expected.choices
        self.link.expect(choices)
        self._notify()
        try:
            yield expected
        finally:
            self._expected = None
            self.link.expect(())
            if expected.reply.done() and not expected.reply.cancelled():
                expected.reply.exception()
            expected.reply.cancel()

    async def changed(self) -> None:
        """Wait until something was heard or somebody came or went."""
        await self._changed.wait()

    def somebody_speaks(self) -> bool:
        """Whether any human is speaking, or has paused within a sentence."""
        return any(turn.speaking or turn.text for turn in self._turns.values())

    def heard_so_far(self, expected: Expected) -> tuple[str, Occupant | None]:
        """The words of an answer that is under way, and whose they are."""
        for identity, turn in self._turns.items():
            if expected.concerns(identity) and self._counts(turn, expected) and (turn.text or turn.keys):
                return turn.text or turn.keys, self._occupants.get(identity)
        return "", None

    def answering(self, expected: Expected) -> bool:
        """Whether an answer is under way, in sound if not in words yet."""
        return any(
            expected.concerns(identity) and self._counts(turn, expected) and turn.started_at is not None
            for identity, turn in self._turns.items()
        )

    def _counts(self, turn: Turn, expected: Expected) -> bool:
        return turn.started_at is not None and turn.started_at >= expected.since

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
                if barge := self._interruption(identity):
                    barge.speech_started(identity, at)
            case SpeechStopped(identity, at):
                self._turn(identity).speech_stopped(at)
                if barge := self._interruption(identity):
                    barge.speech_stopped(identity, at)
            case Words(identity, text, final, at):
                turn = self._turn(identity)
                turn.heard(text, final=final, at=at)
                if turn.text and (barge := self._interruption(identity)):
                    barge.worded()
            case SegmentRead(identity, at):
                turn = self._turn(identity)
                turn.segment_read()
                if not turn.text and (barge := self._interruption(identity)):
                    barge.wordless(at)
            case Hint(identity, likely):
                self._turn(identity).hinted(likely=likely)
            case Keyed(identity, digit, at):
                self._key(identity, digit, at)
            case Typed(identity, text, at):
                if barge := self._interruption(identity):
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
                self._ended = error if isinstance(error, LinkLost) else LinkLost(str(error))
                self._fail(self._ended)
                self.transcript.wake()

    def _interruption(self, identity: str) -> Interruption | None:
        if self._expected is not None and self._expected.concerns(identity):
            return self._expected.interruption
        return None

    def _key(self, identity: str, digit: str, at: float) -> None:
        if barge := self._interruption(identity):
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
        if self._expected and not self._expected.reply.done():
            if self._expected.interruption:
                dues.append(self._expected.interruption.due_at())
            if self._expected.absent_since is not None:
                dues.append(self._expected.absent_since + ABSENCE_SECONDS)
        return min((due for due in dues if due is not None), default=float("inf"))

    def _tick(self, now: float) -> None:
        if self._expected and self._expected.interruption:
            self._expected.interruption.tick(now)
        for identity, turn in list(self._turns.items()):
            ends_at = turn.ends_at()
            gone = self._farewells.get(identity)
            if (ends_at is not None and now >= ends_at) or (gone is not None and now >= gone):
                self._end_turn(identity, turn)
        self._farewells = {who: at for who, at in self._farewells.items() if who in self._turns and at > now}
        self._watch_absence(now)

    def _watch_absence(self, now: float) -> None:
        expected = self._expected
        if expected is None or expected.reply.done():
            return
        here = any(each.is_human and expected.concerns(each.identity) for each in self.link.occupants())
        if here or self._farewells:
            expected.absent_since = None
        elif expected.absent_since is None:
            expected.absent_since = now
        elif now >= expected.absent_since + ABSENCE_SECONDS:
            self._fail(Nobody("Everybody who could answer has left the room."))

    def _end_turn(self, identity: str, turn: Turn) -> None:
        self._turns.pop(identity, None)
        if self._ended is not None or turn.started_at is None:
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
