"""A reply that somebody waits for: it arrives in a future of its own, never through shared state."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass, field

from mcp_voice.errors import CutOff, EverybodyLeft, LinkLost, VoiceError, some_of
from mcp_voice.participants import Participant, Target
from mcp_voice.redaction import fault_place
from mcp_voice.results import Channel
from mcp_voice.turns.phone import AtPickup
from mcp_voice.turns.transcript import Reply, said_by
from mcp_voice.turns.verdict import ExpectedAnswer
from mcp_voice.words import chosen

__all__ = ["PendingReply"]

log = logging.getLogger(__name__)

HALF_HEARD = " {who} lost the connection mid-answer: said_meanwhile holds only the first part of it."


@dataclass(slots=True, eq=False)
class PendingReply:
    """A reply that somebody waits for."""

    target: Target
    choices: tuple[str, ...]
    reply: asyncio.Future[Reply]
    open_ended: bool = False
    """Whether a story is wanted, whose pauses end nothing."""
    at_pickup: AtPickup = field(default_factory=AtPickup)
    """What was said on a phone that was picked up meanwhile, which is no reply."""
    since: float = float("inf")
    """Turns that began before this are no answer: the question had not begun."""
    may_ask_again: bool = False
    """Whether whoever is cut off while they answer may be asked once more."""
    is_settled: bool = False
    """Whether its reply has been taken, or kept for a later result."""
    _unreadable: dict[str, VoiceError] = field(default_factory=dict)
    """Whose words could not be read, and why."""
    _half_heard: list[str] = field(default_factory=list)
    """Whose answer broke off with their connection."""

    @property
    def waiting(self) -> bool:
        """Whether there is neither a reply nor a reason why there will be none."""
        return not self.reply.done()

    @property
    def asked(self) -> bool:
        """Whether its question has begun to sound, and there is no reply yet."""
        return self.waiting and self.since < float("inf")

    @property
    def replied(self) -> bool:
        """Whether there is a reply."""
        return self.reply.done() and not self.reply.cancelled() and self.reply.exception() is None

    @property
    def lost(self) -> bool:
        """Whether there will be no reply because listening has ended."""
        done = self.reply.done() and not self.reply.cancelled()
        return done and isinstance(self.reply.exception(), LinkLost)

    @property
    def everybody_left(self) -> bool:
        """Whether there will be no reply because nobody is there any more."""
        done = self.reply.done() and not self.reply.cancelled()
        return done and isinstance(self.reply.exception(), EverybodyLeft)

    @property
    def expected(self) -> ExpectedAnswer:
        """What a turn that may be the reply is expected to say."""
        return ExpectedAnswer(self.choices, self.open_ended, self.asked)

    def concerns(self, identity: str) -> bool:
        """Whether this human may answer."""
        return self.target.concerns(identity)

    def accepts(self, identity: str, started_at: float) -> bool:
        """Whether a turn of this human that began then is the reply."""
        return self.waiting and self.concerns(identity) and started_at >= self.since

    def choice_in(self, text: str, channel: Channel, *, language: str) -> str | None:
        """The choice that a reply names; none where that cannot be found out, for the reply is what matters."""
        try:
            return chosen(text, self.choices, keyed=channel == "keypad", language=language)
        except Exception as error:  # noqa: BLE001  # the text is a stranger's
            log.error("a choice could not be looked for: %s", fault_place(error))  # noqa: TRY400  # a traceback quotes it
            return None

    def resolve(self, reply: Reply) -> None:
        """It has come."""
        if self.waiting:
            self.reply.set_result(reply)

    def fail(self, error: VoiceError) -> None:
        """It will not come."""
        if self.waiting:
            self.reply.set_exception(error)

    def could_not_read(self, identity: str, error: VoiceError, here: Iterable[Participant]) -> bool:
        """What somebody said is lost; whether that is the end of it, since nobody else who is here can be heard."""
        self._unreadable[identity] = error
        if any(self._may_still_say(each) and not each.cannot_be_heard for each in here):
            return False
        self._fail_unreadable()
        return True

    def cut_off(self, began_at: float | None) -> None:
        """An answer that began then was cut off with our connection: where that may be, the question is asked again."""
        if self.may_ask_again and began_at is not None and began_at >= self.since:
            self.fail(CutOff("The connection was lost while the question was answered."))

    def could_not_hear_out(self, identity: str, began_at: float | None) -> None:
        """An answer that began then was cut off with their own connection; what was heard of it is kept."""
        if began_at is not None and began_at >= self.since and identity not in self._half_heard:
            self._half_heard.append(identity)

    def could_read(self, identity: str) -> None:
        """They are heard again."""
        self._unreadable.pop(identity, None)

    def look_around(self, here: Iterable[Participant]) -> None:
        """End it if of those who could answer nobody is left but whose words cannot be read."""
        people = list(here)
        lost = any(each.is_there and each.identity in self._unreadable for each in people)
        if lost and not any(self._may_still_say(each) for each in people):
            self._fail_unreadable()

    def unreadable(self) -> str:
        """Whose words could not be read, or heard to their end, and why, as sentences for ``next``; else nothing."""
        half = HALF_HEARD.format(who=some_of(self._half_heard)) if self._half_heard else ""
        if not self._unreadable:
            return half
        *_, error = self._unreadable.values()
        who = some_of(list(self._unreadable))
        return f" What {who} said could not be transcribed: {error} Others can still answer.{half}"

    def _may_still_say(self, participant: Participant) -> bool:
        who = participant.identity
        return participant.is_there and self.concerns(who) and who not in self._unreadable

    def _fail_unreadable(self) -> None:
        *_, error = self._unreadable.values()
        self.fail(said_by(list(self._unreadable), error))

    def close(self) -> None:
        """Nobody waits any more."""
        if self.reply.cancel() or self.reply.cancelled():
            return
        self.reply.exception()  # looked at, or asyncio would complain about an error that nobody saw
