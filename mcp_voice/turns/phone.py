"""What is said on a phone that has just been picked up, which is no answer yet: a greeting, or a mailbox.

Told the instants (``time.monotonic()`` seconds) of what is heard; without a clock of its own. A phone whose bridge says
nothing of its call is a human like any other.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from mcp_voice.participants import Participant, Target
from mcp_voice.results import AnsweredBy
from mcp_voice.words import asks_for_a_message, greets_on_the_phone, speaks_of_a_mailbox

__all__ = ["AtPickup", "Phones", "Pickup"]

GREETING_SECONDS = 2.0
"""Whoever picks up a phone greets within this."""
HUMAN_SECONDS = 2.5
"""A human's greeting is shorter, and a mailbox's longer; LiveKit's own detection of machines has the same limit."""
SETTLED_SECONDS = 0.5
"""Silence after a human's greeting."""
PAUSE_SECONDS = 1.5
"""Silence after what was longer, or has not been read: an announcement has pauses in it."""
LONGEST_SECONDS = 60.0
"""After a pick-up nothing that goes on for longer keeps us from speaking."""
LONGEST_HEARD = 2_000
"""Characters of what was said at a pick-up: the first of them."""
REMEMBERED = 500
"""Phones that are known at most."""


@dataclass(slots=True, eq=False)
class Pickup:
    """One phone from its pick-up until it is spoken to."""

    at: float
    seen: bool
    """Whether we were there; else it had been picked up before, and ``at`` is when we found it."""
    text: str = ""
    """What was said at the pick-up."""
    began_at: float | None = None
    ended_at: float = 0.0
    speaking: bool = False
    seconds: float = 0.0
    """How long the first speech was, with its pauses."""
    read: bool = False
    """Whether the words of the first speech are known, or that it had none."""
    spoken_to: bool = False
    answered: bool = False
    """Whether a key was pressed or a choice named, as no machine does."""
    over: bool = False

    @property
    def answered_by(self) -> AnsweredBy:
        """Who picked up, as far as can be told."""
        if speaks_of_a_mailbox(self.text):
            return "machine"
        if self.answered:
            return "human"
        return "human" if self.text and self.seconds <= HUMAN_SECONDS else "unknown"

    def speech_started(self, at: float) -> None:
        """A sound began."""
        if not self.spoken_to:
            self.speaking = True
            self.began_at = at if self.began_at is None else self.began_at

    def speech_stopped(self, at: float) -> None:
        """It ended."""
        if not self.spoken_to:
            self.speaking = False
            self.ended_at = max(self.ended_at, at)

    def turn_over(self) -> None:
        """What was said so far has been read."""
        if self.began_at is not None and not self.read:
            self.read = True
            self.seconds = self.ended_at - self.began_at

    def said(self, text: str, *, until: float) -> None:
        """Words at the pick-up, which ended then."""
        self.text = f"{self.text} {text}".strip()[:LONGEST_HEARD]
        self.ended_at = max(self.ended_at, until)

    def is_greeting(self, text: str, began_at: float, *, language: str) -> bool:
        """Whether speech that began then greets whoever calls, whatever has been asked meanwhile."""
        if began_at > self.at + GREETING_SECONDS:
            return False
        # Once they have greeted and are spoken to, only the same again is no answer.
        greets_still = self.seen and not (self.spoken_to and self.text)
        return greets_still or greets_on_the_phone(text, language=language)

    def is_mailbox(self, text: str, began_at: float) -> bool:
        """Whether speech that began then is a mailbox's announcement, though it may have come over a question."""
        in_time = began_at <= self.at + LONGEST_SECONDS
        return in_time and self.answered_by != "human" and asks_for_a_message(text)

    def quiet_at(self) -> float:
        """When it can be spoken to if nothing more is heard."""
        if self.spoken_to:
            return 0.0
        last = self.at + LONGEST_SECONDS
        if self.speaking:
            return last
        if self.began_at is None:
            return self.at + GREETING_SECONDS if self.seen else 0.0
        human = self.read and self.seconds <= HUMAN_SECONDS and self.answered_by != "machine"
        return min(last, self.ended_at + (SETTLED_SECONDS if human else PAUSE_SECONDS))


@dataclass(slots=True, eq=False)
class AtPickup:
    """What an ask is told of the phones that it was put to."""

    pickups: dict[str, Pickup] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)

    @property
    def heard(self) -> str:
        """What was said at pick-ups while the ask was open."""
        return " ".join(self.texts)[:LONGEST_HEARD]

    @property
    def may_be_mailbox(self) -> bool:
        """Whether any of them may have been picked up by a machine."""
        return any(each.answered_by != "human" for each in self.pickups.values())

    def answered_by(self, identity: str = "") -> AnsweredBy | None:
        """Who picked up that phone, or all there are; None where there is none."""
        if identity:
            return self.pickups[identity].answered_by if identity in self.pickups else None
        found = {each.answered_by for each in self.pickups.values()}
        return found.pop() if len(found) == 1 else ("unknown" if found else None)


@dataclass(slots=True, eq=False)
class Phones:
    """The phones of one room whose calls are active or were."""

    language: str
    _pickups: dict[str, Pickup] = field(default_factory=dict)

    def begin(self, participants: Iterable[Participant], now: float) -> None:
        """We came in and found these; those that have been picked up were so before."""
        for participant in participants:
            self._note(participant, now, seen=False)

    def changed(self, participant: Participant, now: float) -> None:
        """Somebody came in, or their call has changed."""
        self._note(participant, now, seen=True)

    def said(self, identity: str, text: str, instants: tuple[float, float], *, asked_at: float | None) -> Pickup | None:
        """Take down what was said, from the first of these instants to the second, if it belongs to a pick-up.

        ``asked_at`` is when the question began that they may answer, None if there is none. Gives the pick-up that it
        belongs to, or None if it is what they have to say.
        """
        pickup, (began, ended) = self._pickups.get(identity), instants
        if pickup is None:
            return None
        greets = pickup.is_greeting(text, began, language=self.language)
        unasked = asked_at is not None and began < asked_at and pickup.seen and began <= pickup.at + LONGEST_SECONDS
        mailbox = pickup.is_mailbox(text, began)
        if not (greets or unasked or mailbox):
            return None
        pickup.said(text, until=ended)
        # A mailbox that spoke over the question has not recorded it.
        pickup.spoken_to = pickup.spoken_to and not mailbox
        return pickup

    def answered(self, identity: str) -> None:
        """They did what no machine does."""
        if pickup := self._pickups.get(identity):
            pickup.answered = True

    def left(self, identity: str) -> None:
        """Somebody went or hung up: whoever comes back under that identity has picked up anew."""
        if pickup := self._pickups.get(identity):
            pickup.over = True

    def get(self, identity: str) -> Pickup | None:
        """The pick-up of that phone, if it has been picked up."""
        return self._pickups.get(identity)

    def greets(self, identity: str, text: str, began_at: float) -> bool:
        """Whether speech that began then greets whoever calls: it neither answers nor interrupts."""
        pickup = self._pickups.get(identity)
        return pickup is not None and pickup.is_greeting(text, began_at, language=self.language)

    def is_picked_up(self, identity: str, now: float) -> bool:
        """Whether that phone has just been picked up, and not been spoken to yet."""
        pickup = self._pickups.get(identity)
        if pickup is None or pickup.spoken_to or pickup.over:
            return False
        return pickup.seen and now < pickup.at + LONGEST_SECONDS

    def spoken_to(self, target: Target) -> None:
        """They hear us now."""
        for identity, pickup in self._pickups.items():
            if target.concerns(identity):
                pickup.spoken_to = True

    def quiet_at(self, target: Target) -> float:
        """When all of them can be spoken to if nothing more is heard; in the past if they can now."""
        quiet = (pickup.quiet_at() for identity, pickup in self._pickups.items() if target.concerns(identity))
        return max(quiet, default=0.0)

    def of(self, target: Target) -> dict[str, Pickup]:
        """The pick-ups of those, by identity."""
        return {
            identity: pickup
            for identity, pickup in self._pickups.items()
            if target.concerns(identity) and not pickup.over
        }

    def _note(self, participant: Participant, now: float, *, seen: bool) -> None:
        if participant.kind != "phone" or participant.call != "active":
            return
        known = self._pickups.get(participant.identity)
        if known is not None and not known.over:
            return
        self._pickups.pop(participant.identity, None)
        self._pickups[participant.identity] = Pickup(now, seen)
        while len(self._pickups) > REMEMBERED:
            del self._pickups[next(iter(self._pickups))]
