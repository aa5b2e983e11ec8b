"""From what is heard in a room to replies: one turn per human, and at most one ask that waits for one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field

import anyio

from mcp_voice.errors import EverybodyLeft, LinkLost
from mcp_voice.link import RoomLink
from mcp_voice.link.playout import Playout
from mcp_voice.link.questions import Question
from mcp_voice.participants import EVERYBODY, Target
from mcp_voice.tasks import Bell
from mcp_voice.turns.delivery import Delivery
from mcp_voice.turns.event_reader import read
from mcp_voice.turns.finished import FinishedTurns
from mcp_voice.turns.intake import Intake
from mcp_voice.turns.interruptions import Interruptions
from mcp_voice.turns.open_turns import OpenTurns
from mcp_voice.turns.pending import PendingReply
from mcp_voice.turns.phone import AtPickup, Phones
from mcp_voice.turns.presence import Presence
from mcp_voice.turns.transcript import Reply, Transcript
from mcp_voice.turns.turn import Patience

__all__ = ["Listener"]


@dataclass(slots=True, eq=False)
class Listener:
    """Hears one room. Its state outlives a link, so a turn survives a lost connection."""

    patience: Patience
    language: str
    transcript: Transcript
    presence: Presence = field(default_factory=Presence)
    phones: Phones = field(init=False)
    turns: OpenTurns = field(init=False)
    """What is being said now."""
    _interruptions: Interruptions = field(init=False)
    _delivery: Delivery = field(init=False)
    _finished: FinishedTurns = field(init=False)
    _intake: Intake = field(init=False)
    _link: RoomLink | None = None
    _listens_to: RoomLink | None = None
    """The same, once it has been looked at who is there."""
    _changed: Bell = field(default_factory=Bell)

    def __post_init__(self) -> None:
        self.phones = Phones(self.language)
        self._delivery = Delivery(self.transcript, self.language, self._questions)
        self.turns = OpenTurns(self.patience, self.language, self._delivery.is_anothers)
        self._finished = FinishedTurns(
            self.transcript, self.presence, self.phones, self.turns, self._delivery, self._tell_turn_over
        )
        self._interruptions = Interruptions(self._passes_over, self.language)
        self._intake = Intake(self.presence, self.phones, self.turns, self._interruptions, self._finished)

    async def run(self, link: RoomLink) -> None:
        """Read a link's events until it is lost, which raises LinkLost; whoever waits for a reply is told."""
        self._link = link
        try:
            take, being_read = self._intake.take, self.turns.being_read
            await read(link, begin=self._begin, take=take, due_at=self._due_at, tick=self._tick, being_read=being_read)
        except LinkLost as lost:
            self._break_off(lost)
            raise
        finally:
            self._link = self._listens_to = None

    async def begun(self, link: RoomLink) -> None:
        """Wait until who is in the room is known; for ever if the link is lost before."""
        while self._listens_to is not link:
            await self._changed.wait()

    @contextmanager
    def expect(
        self,
        target: Target = EVERYBODY,
        *,
        choices: Sequence[str] = (),
        open_ended: bool = False,
        at_pickup: AtPickup | None = None,
    ) -> Iterator[PendingReply]:
        """Wait for a reply; the room's floor sees to it that there is one at a time."""
        reply: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        pending = PendingReply(target, tuple(choices), reply, open_ended, at_pickup or AtPickup())
        self._finished.pending = pending
        self.presence.asked()
        self._tell_pickups()
        self._tell_wanted()
        self._changed.ring()
        try:
            yield pending
        finally:
            if self._pending is pending:  # an ask that hung may end long after the next one has begun
                self._finished.pending = None
                self._tell_wanted()
            self._delivery.over(pending, time.monotonic())
            pending.close()

    def open(self, pending: PendingReply, *, since: float) -> None:
        """The question is being heard (or has been): what begins from ``since`` on may answer it.

        A turn that began just before cannot be an answer, and is kept for ``listen_in_room``. One that has gone on for
        long (a talker, music) is split, so that an answer within it is found.
        """
        for identity, turn in self.turns.over_at(since):
            self._finished.end(identity, turn)
            if turn.speaking:
                self.turns.turn(identity).speech_started(since)
        pending.since = self.turns.asked_at = since
        self.turns.want(self._pending)
        self.phones.spoken_to(pending.target)
        self._delivery.asked(pending)

    def open_again(self, pending: PendingReply, *, asked_at: float) -> None:
        """It was heard from ``asked_at`` on, before we were out of the room: what they began to say then goes on."""
        cut_off_since = self.turns.cut_off_since(pending.target, asked_at)
        self.open(pending, since=time.monotonic() if cut_off_since is None else cut_off_since)

    def interruptible(
        self, playout: Playout, *, heed: Callable[[str], bool] | None = None
    ) -> AbstractContextManager[None]:
        """Let whoever is listened to (or the identities to heed) speak over a sentence while it is played."""
        return self._interruptions.interruptible(playout, heed or self._heeds)

    @property
    def asked(self) -> PendingReply | None:
        """The reply that is waited for, once its question has begun to sound."""
        return self._pending if self._pending is not None and self._pending.asked else None

    @property
    def change(self) -> anyio.Event:
        """Set when something is heard or somebody comes or goes; take it before you look."""
        return self._changed.next

    def somebody_speaks(self) -> bool:
        """Whether any human is speaking, has paused within a sentence, or said what is still being read.

        What is said at a pick-up has rules of its own: see ``Phones.quiet_at``.
        """
        now = time.monotonic()
        return self.turns.somebody_speaks(now, passing_over=lambda identity: self.phones.is_picked_up(identity, now))

    @property
    def _pending(self) -> PendingReply | None:
        return self._finished.pending

    def _begin(self, link: RoomLink) -> None:
        now = time.monotonic()
        self.presence.begin(link.participants(), now)
        self.phones.begin(link.participants(), now)
        self.turns.mended(now)
        self._tell_wanted()
        self._listens_to = link
        self._changed.ring()

    def _due_at(self) -> float:
        dues = [*self.turns.dues(), self._delivery.due_at(), self._interruptions.due_at()]
        waiting = self._pending is not None and self._pending.waiting
        dues.extend(self.presence.dues(watch_absence=waiting))
        return min((due for due in dues if due is not None), default=float("inf"))

    def _tick(self, now: float) -> None:
        self._tell_pickups()
        self._interruptions.tick(now)
        for identity, turn in self.turns.all():
            ends_at = self.turns.ends_at(turn)
            if self.presence.said_goodbye(identity, now) or (ends_at is not None and now >= ends_at):
                self._finished.end(identity, turn)
            elif turn.is_nothing(now):
                self.turns.close(identity)
                self.presence.heard_out(identity)  # who has left: what is due of them would be so for ever
        self._delivery.tick(now, speaking={identity for identity, _ in self.turns.all()})
        pending = self._pending
        if pending is not None and pending.waiting and self.presence.nobody_left(now, pending.target):
            pending.fail(EverybodyLeft("Everybody who could answer has left the room."))
            self._interruptions.stop()
        if pending is not None and pending.waiting:
            pending.look_around(self.presence.here())
        self._changed.ring()

    def _break_off(self, lost: LinkLost) -> None:
        """We are out of the room: turns stay as they are if we go back, and whoever waits is told."""
        for identity, turn in self.turns.broke_off(lost, time.monotonic()):
            self._finished.end(identity, turn)
        self.presence.cut_off()
        if self._pending is not None:
            self._pending.fail(lost)
        self._changed.ring()

    def _tell_wanted(self) -> None:
        self.turns.want(self._pending)
        if self._link is not None:
            self._link.expect(self.turns.expected.choices)

    def _tell_turn_over(self, identity: str) -> None:
        if self._link is not None:
            self._link.turn_over(identity)

    def _tell_pickups(self) -> None:
        if self._pending is not None:
            self._pending.at_pickup.pickups |= self.phones.of(self._pending.target)

    def _questions(self) -> Sequence[Question]:
        """Those of other processes."""
        return self._link.questions() if self._link is not None else ()

    def _heeds(self, identity: str) -> bool:
        asked = self._pending is None or self._pending.concerns(identity)
        return asked and self.presence.human(identity) is not None

    def _passes_over(self, identity: str, text: str, since: float) -> bool:
        """Whether a sound of a phone, begun at ``since``, interrupts nothing."""
        return self.presence.rings(identity) or self.phones.greets(identity, text, since)
