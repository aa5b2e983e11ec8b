"""What becomes of what somebody has said, once they are done: a reply, part of a pick-up, or kept for later."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from mcp_voice.link import Trouble, Typed, Words
from mcp_voice.participants import Participant
from mcp_voice.results import Channel
from mcp_voice.turns.delivery import Delivery
from mcp_voice.turns.open_turns import OpenTurns
from mcp_voice.turns.pending import PendingReply
from mcp_voice.turns.phone import Phones
from mcp_voice.turns.presence import Presence
from mcp_voice.turns.transcript import Reply, Transcript
from mcp_voice.turns.turn import Turn

__all__ = ["FinishedTurns"]


@dataclass(slots=True, eq=False)
class FinishedTurns:
    """Of one room: ends turns, and sees where their words go."""

    transcript: Transcript
    presence: Presence
    phones: Phones
    turns: OpenTurns
    delivery: Delivery
    turn_over: Callable[[str], None]
    """Told whose words are read apart from those before, from now on."""
    pending: PendingReply | None = None
    """The reply that is waited for, if any."""

    def end(self, identity: str, turn: Turn) -> None:
        """A turn is over."""
        self.turns.close(identity)
        self.turn_over(identity)
        if unconfirmed := turn.still_unconfirmed():
            # Words that come too late are not the answer to the next question.
            self.turns.turn(identity).unconfirmed = unconfirmed
        self.presence.heard_out(identity)
        if pickup := self.phones.get(identity):
            pickup.turn_over()
        if turn.outage is not None and not turn.keys:
            self._keep(identity, turn)
            self._cut_off(identity, turn)
        elif turn.said and turn.instants:
            self._finish(identity, *turn.said, turn.instants)

    def typed(self, event: Typed) -> None:
        """A message is a turn of its own."""
        self._finish(event.identity, event.text, "chat", (event.at, event.at, event.at))

    def late(self, event: Words) -> None:
        """So are words that come after the turn in which they were spoken."""
        if event.text and event.began_at is not None and event.ended_at is not None:
            self._finish(event.identity, event.text, "speech", (event.began_at, event.ended_at, event.at))

    def unreadable(self, event: Trouble) -> None:
        """What somebody said cannot be read: whoever waits for it is told, else whoever listens next."""
        if (turn := self.turns.get(event.identity)) is not None:
            self._keep(event.identity, turn)
        who, pending = event.identity, self.pending
        waited_for = pending is not None and pending.waiting and pending.concerns(who)
        if pending is None or not waited_for or not pending.could_not_read(who, event.error, self.presence.here()):
            self.transcript.trouble(who, event.error)
        self.turns.close(who)
        self.presence.heard_out(who)

    def _cut_off(self, identity: str, turn: Turn) -> None:
        """Whoever waits for the whole of it asks again, where whoever said it is there to be asked."""
        if self.pending is None or not self.pending.concerns(identity):
            return
        if turn.said and turn.outage is not None and turn.outage.is_theirs:
            self.pending.could_not_hear_out(identity, turn.started_at)
        if turn.outage is None or not turn.outage.is_theirs or self.presence.is_here(identity):
            self.pending.cut_off(turn.started_at)

    def _keep(self, identity: str, turn: Turn) -> None:
        """What was read of a turn whose end cannot be: no reply, for the end may be the "not"; but not lost either."""
        participant = self.presence.human(identity)
        if participant is not None and turn.instants and turn.said:
            reply = Reply(participant, *turn.said, *turn.instants)
            self.transcript.add(reply.text, began_at=reply.started_at, participant=participant, channel=reply.channel)
            self.transcript.keep(reply)

    def _finish(self, identity: str, text: str, channel: Channel, instants: tuple[float, float, float]) -> None:
        participant = self.presence.human(identity)
        if participant is None:
            return
        if self.pending is not None:
            self.pending.could_read(identity)
        started_at, ended_at, words_at = instants
        if channel == "speech" and self._belongs_to_pickup(participant, text, started_at, ended_at):
            return
        self.transcript.add(text, began_at=started_at, participant=participant, channel=channel)
        reply = Reply(participant, text, channel, started_at, ended_at, words_at)
        answer = self.delivery.deliver(reply, time.monotonic())
        if answer is not None and (channel == "keypad" or answer.choice is not None):
            self.phones.answered(identity)

    def _belongs_to_pickup(self, participant: Participant, text: str, began_at: float, ended_at: float) -> bool:
        """Whether this was said by a phone that was being picked up, and is kept as that."""
        if self.presence.rings(participant.identity):
            return True  # the ringing itself, or an announcement of the network
        pending = self.pending
        waiting = pending is not None and pending.waiting and pending.concerns(participant.identity)
        asked_at = pending.since if pending is not None and waiting else None
        pickup = self.phones.said(participant.identity, text, (began_at, ended_at), asked_at=asked_at)
        if pickup is None or pending is None or not waiting:
            return False
        pending.at_pickup.texts.append(text)
        self.transcript.add(text, began_at=began_at, participant=participant)
        return True
