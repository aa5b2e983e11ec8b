"""From what is heard in a room to replies: one turn per human, and at most one ask that waits for one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial

import anyio

from mcp_voice.errors import LinkLost
from mcp_voice.link import Occupant, RoomLink, Trouble, Typed, Words
from mcp_voice.playout import Playout
from mcp_voice.results import Channel
from mcp_voice.tasks import Bell
from mcp_voice.turns.delivery import Delivery
from mcp_voice.turns.event_reader import read
from mcp_voice.turns.intake import Intake
from mcp_voice.turns.interruptions import BargeIn
from mcp_voice.turns.open_turns import OpenTurns
from mcp_voice.turns.pending import Expected, Nobody
from mcp_voice.turns.phone import AtPickup, Phones
from mcp_voice.turns.presence import Attendance
from mcp_voice.turns.transcript import Reply, Transcript
from mcp_voice.turns.turn import Patience, Turn

__all__ = ["Listening"]


@dataclass(slots=True, eq=False)
class Listening:
    """Everything heard in one room. Its state outlives a link, so a turn survives a lost connection."""

    patience: Patience
    language: str
    transcript: Transcript
    attendance: Attendance = field(default_factory=Attendance)
    _phones: Phones = field(init=False)
    _turns: OpenTurns = field(init=False)
    _barge_in: BargeIn = field(init=False)
    _intake: Intake = field(init=False)
    _delivery: Delivery = field(init=False)
    _link: RoomLink | None = None
    _listens_to: RoomLink | None = None
    """The same, once it has been looked at who is there."""
    _expected: Expected | None = None
    _changed: Bell = field(default_factory=Bell)

    def __post_init__(self) -> None:
        self._phones = Phones(self.language)
        self._turns = OpenTurns(self.patience, self.language)
        self._barge_in = BargeIn(self._passes_over)
        self._intake = Intake(
            self.attendance,
            self._phones,
            self._turns,
            self._barge_in,
            end_turn=self._end_turn,
            typed=self._typed,
            trouble=self._trouble,
            late=self._late,
        )
        self._delivery = Delivery(self.transcript, self.language, lambda: self._link.questions() if self._link else ())

    async def run(self, link: RoomLink) -> None:
        """Read a link's events until it is lost, which raises LinkLost; whoever waits for a reply is told."""
        self._link = link
        try:
            owed, take = self._turns.owed, self._intake.take
            await read(link, begin=self._begin, take=take, due_at=self._due_at, tick=self._tick, owed=owed)
        except LinkLost as lost:
            self._break_off(lost)
            raise
        finally:
            self._link = self._listens_to = None

    async def begun(self, link: RoomLink) -> None:
        """Wait until who is in the room is known; for ever if the link is lost before."""
        while self._listens_to is not link:
            await self._changed.wait()

    def _begin(self, link: RoomLink) -> None:
        now = time.monotonic()
        self.attendance.begin(link.occupants(), now)
        self._phones.begin(link.occupants(), now)
        self._tell_wanted()
        self._listens_to = link
        self._changed.ring()

    @contextmanager
    def expect(
        self,
        *,
        participant: str = "",
        choices: Sequence[str] = (),
        open_ended: bool = False,
        at_pickup: AtPickup | None = None,
    ) -> Iterator[Expected]:
        """Wait for a reply; the room's floor sees to it that there is one at a time."""
        reply: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        expected = Expected(participant, tuple(choices), reply, open_ended, at_pickup or AtPickup())
        self._expected = expected
        self._tell_pickups()
        self._tell_wanted()
        self._changed.ring()
        try:
            yield expected
        finally:
            if self._expected is expected:  # an ask that hung may end long after the next one has begun
                self._expected = None
                self._tell_wanted()
            self._delivery.over(expected, time.monotonic())
            expected.close()

    def interruptible(
        self, playout: Playout, *, heed: Callable[[str], bool] | None = None
    ) -> AbstractContextManager[None]:
        """Let whoever is listened to (or the identities to heed) speak over a sentence while it is played."""
        return self._barge_in.interruptible(playout, heed or self._heeds)

    def open(self, expected: Expected, *, since: float) -> None:
        """The question is being heard (or has been): what begins from ``since`` on may answer it.

        A turn that began just before cannot be an answer, and is kept for ``listen_in_room``. One that has gone on for
        long (a talker, music) is split, so that an answer within it is found.
        """
        for identity, turn in self._turns.over_at(since):
            self._end_turn(identity, turn)
            if turn.speaking:
                self._turns.turn(identity).speech_started(since)
        expected.since = self._turns.asked_at = since
        self._phones.spoken_to(expected.concerns)
        self._delivery.asked(expected)

    @property
    def asked(self) -> Expected | None:
        """The reply that is waited for, once its question has begun to sound."""
        return self._expected if self._expected is not None and self._expected.asked else None

    @property
    def change(self) -> anyio.Event:
        """Set when something is heard or somebody comes or goes; take it before you look."""
        return self._changed.next

    def only_ringing(self, participant: str) -> bool:
        """Whether nobody is here to be spoken to but a phone that rings."""
        return self.attendance.only_ringing(lambda identity: participant in ("", identity))

    def quiet_at(self, participant: str) -> float:
        """When a phone that has just been picked up can be spoken to, if nothing more is heard; see ``Phones``."""
        return self._phones.quiet_at(lambda identity: participant in ("", identity))

    def somebody_speaks(self) -> bool:
        """Whether any human is speaking, has paused within a sentence, or said what is still being read.

        What is said at a pick-up has rules of its own: see ``quiet_at``.
        """
        now = time.monotonic()
        return self._turns.somebody_speaks(now, passing_over=partial(self._phones.is_picked_up, now=now))

    def words_so_far(self, participant: str) -> str:
        """The words of whatever turn is under way, of one human or of anybody."""
        return self._turns.words_so_far(participant, passing_over=self._delivery.is_anothers)

    def words_coming(self, participant: str) -> bool:
        """Whether one human, or anybody, is speaking, or said what is still being read."""
        return self._turns.under_way(participant, passing_over=self._delivery.is_anothers)

    def heard_so_far(self, expected: Expected) -> str:
        """The words or keys of an answer that is under way."""
        return next((turn.text or turn.keys for turn in self._answers(expected) if turn.text or turn.keys), "")

    def answering(self, expected: Expected) -> bool:
        """Whether an answer is under way, in sound if not in words yet."""
        return any(True for _ in self._answers(expected))

    def being_read(self, expected: Expected) -> bool:
        """Whether words of an answer are being transcribed."""
        return any(turn.at_recogniser for turn in self._answers(expected))

    def _answers(self, expected: Expected) -> Iterable[Turn]:
        return self._turns.answers(expected, passing_over=self._delivery.is_anothers)

    def _late(self, event: Words) -> None:
        if event.text and event.began_at is not None and event.ended_at is not None:
            self._finish(event.identity, event.text, "speech", (event.began_at, event.ended_at, event.at))

    def _typed(self, event: Typed) -> None:
        self._finish(event.identity, event.text, "chat", (event.at, event.at, event.at))

    def _trouble(self, event: Trouble) -> None:
        self._keep_beginning(event.identity)
        who, expected = event.identity, self._expected
        waited_for = expected is not None and expected.waiting and expected.concerns(who)
        if expected is None or not waited_for or not expected.could_not_read(who, event.error, self.attendance.here()):
            self.transcript.trouble(who, event.error)

    def _keep_beginning(self, identity: str) -> None:
        """What was read of a turn whose end cannot be: no reply, for the end may be the "not"; but not lost either."""
        turn, occupant = self._turns.get(identity), self.attendance.human(identity)
        if turn is not None and occupant is not None and turn.instants and turn.said:
            reply = Reply(occupant, *turn.said, *turn.instants)
            self.transcript.add(reply.text, began_at=reply.started_at, occupant=occupant, channel=reply.channel)
            self.transcript.keep(reply)

    def _break_off(self, lost: LinkLost) -> None:
        """We are out of the room: turns stay as they are if we go back, and whoever waits is told."""
        for identity, turn in self._turns.broke_off(lost, time.monotonic()):
            self._end_turn(identity, turn)
        self.attendance.cut_off()
        if self._expected is not None:
            self._expected.fail(lost)
        self._changed.ring()

    def _tell_wanted(self) -> None:
        self._turns.want(self._expected)
        if self._link is not None:
            self._link.expect(self._turns.choices)

    def _tell_pickups(self) -> None:
        if self._expected is not None:
            self._expected.at_pickup.pickups |= self._phones.of(self._expected.concerns)

    def _heeds(self, identity: str) -> bool:
        asked = self._expected is None or self._expected.concerns(identity)
        return asked and self.attendance.human(identity) is not None

    def _passes_over(self, identity: str, text: str, since: float) -> bool:
        """Whether a sound of a phone, begun at ``since``, interrupts nothing."""
        return self.attendance.rings(identity) or self._phones.greets(identity, text, since)

    def _due_at(self) -> float:
        dues = [*self._turns.dues(), self._delivery.due_at(), self._barge_in.due_at()]
        waiting = self._expected is not None and self._expected.waiting
        dues.extend(self.attendance.dues(watch_absence=waiting))
        return min((due for due in dues if due is not None), default=float("inf"))

    def _tick(self, now: float) -> None:
        self._tell_pickups()
        self._barge_in.tick(now)
        for identity, turn in self._turns.all():
            ends_at = self._turns.ends_at(turn)
            if self.attendance.said_goodbye(identity, now) or (ends_at is not None and now >= ends_at):
                self._end_turn(identity, turn)
        self._delivery.tick(now, speaking={identity for identity, _ in self._turns.all()})
        expected = self._expected
        if expected is not None and expected.waiting and self.attendance.nobody_left(now, expected.concerns):
            expected.fail(Nobody("Everybody who could answer has left the room."))
            self._barge_in.stop()
        if expected is not None and expected.waiting:
            expected.look_around(self.attendance.here())
        self._changed.ring()

    def _end_turn(self, identity: str, turn: Turn) -> None:
        self._turns.close(identity)
        if self._link is not None:
            self._link.turn_over(identity)
        if owed := turn.still_owed():
            # Words that come too late are not the answer to the next question.
            self._turns.turn(identity).owed = owed
        self.attendance.heard_out(identity)
        if pickup := self._phones.get(identity):
            pickup.turn_over()
        if turn.said and turn.instants:
            self._finish(identity, *turn.said, turn.instants)

    def _finish(self, identity: str, text: str, channel: Channel, instants: tuple[float, float, float]) -> None:
        occupant = self.attendance.human(identity)
        if occupant is None:
            return
        if self._expected is not None:
            self._expected.could_read(identity)
        started_at, ended_at, words_at = instants
        if channel == "speech" and self._belongs_to_pickup(occupant, text, started_at, ended_at):
            return
        self.transcript.add(text, began_at=started_at, occupant=occupant, channel=channel)
        reply = Reply(occupant, text, channel, started_at, ended_at, words_at)
        answer = self._delivery.deliver(reply, time.monotonic())
        if answer is not None and (channel == "keypad" or answer.choice is not None):
            self._phones.answered(identity)

    def _belongs_to_pickup(self, occupant: Occupant, text: str, began_at: float, ended_at: float) -> bool:
        """Whether this was said by a phone that was being picked up, and is kept as that."""
        if self.attendance.rings(occupant.identity):
            return True  # the ringing itself, or an announcement of the network
        expected = self._expected
        waiting = expected is not None and expected.waiting and expected.concerns(occupant.identity)
        asked_at = expected.since if expected is not None and waiting else None
        pickup = self._phones.said(occupant.identity, text, (began_at, ended_at), asked_at=asked_at)
        if pickup is None or expected is None or not waiting:
            return False
        expected.at_pickup.texts.append(text)
        self.transcript.add(text, began_at=began_at, occupant=occupant)
        return True
