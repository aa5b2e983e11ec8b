"""Who is in a room, who has just left, and for how long nobody has been there to answer.

Instants are ``time.monotonic()`` seconds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from mcp_voice.participants import Participant, Target

__all__ = ["ABSENCE_SECONDS", "Presence"]

ABSENCE_SECONDS = 5.0
"""Whoever reloads a page or changes networks is back within this."""
OUTAGE_ABSENCE_SECONDS = 20.0
"""The same after an outage that they went through as well: LiveKit's clients try again every 7 s."""
FAREWELL_SECONDS = 3.5
"""How long the last words of somebody who left may take to be transcribed."""
REMEMBERED_SECONDS = 120.0
"""How long who somebody was is known after they left: longer than any words of theirs can take."""
REMEMBERED = 500
"""How many of those who left are known at most."""


@dataclass(slots=True, eq=False)
class Presence:
    """The humans of one room; people are remembered for a while after they left, since their words may come later."""

    _known: dict[str, Participant] = field(default_factory=dict)
    _here: set[str] = field(default_factory=set)
    _gone: dict[str, float] = field(default_factory=dict)
    """Those who left and when, in that order."""
    _farewells: dict[str, float] = field(default_factory=dict)
    _absent_since: float | None = None
    _absence: float = field(default_factory=lambda: ABSENCE_SECONDS)
    """Seconds of absence after which nobody is expected back."""
    _cut_off: bool = False

    def begin(self, participants: Iterable[Participant], now: float) -> None:
        """We came in, for the first time or again, and found these here."""
        here = {participant.identity for participant in participants}
        for identity in self._here - here:
            self._gone[identity] = now
        self._here.clear()
        for participant in participants:
            self.joined(participant, now)
        self.reconnected()

    def joined(self, participant: Participant, now: float) -> None:
        """Somebody came in; a phone whose call is over by then is taken out again by its bridge."""
        self._known[participant.identity] = participant
        if participant.hung_up:
            self._go(participant.identity, now)
            return
        self._here.add(participant.identity)
        self._gone.pop(participant.identity, None)
        self._farewells.pop(participant.identity, None)

    def changed(self, participant: Participant) -> None:
        """Somebody who is here is known better."""
        if participant.identity in self._here:
            self._known[participant.identity] = participant

    def left(self, participant: Participant, now: float, *, mid_turn: bool) -> None:
        """Somebody went away or hung up, perhaps in the middle of a turn whose words are still to come."""
        if participant.identity not in self._here and participant.identity in self._gone:
            return  # a phone that hung up is taken out of the room a moment later
        if participant.identity in self._known:
            self._known[participant.identity] = participant
        self._go(participant.identity, now)
        if mid_turn:
            self._farewells[participant.identity] = now + FAREWELL_SECONDS

    def call_changed(self, participant: Participant, now: float, *, mid_turn: bool) -> None:
        """A phone was picked up, or has hung up."""
        if participant.hung_up:
            self.left(participant, now, mid_turn=mid_turn)
        elif participant.identity in self._here:
            self._known[participant.identity] = participant

    def cut_off(self) -> None:
        """We are out of the room: who goes, and for how long, cannot be told until we are back."""
        self._cut_off = True
        self._absent_since = None
        self._absence = OUTAGE_ABSENCE_SECONDS

    def reconnected(self) -> None:
        """We are back; absence counts from now on."""
        self._cut_off = False

    def asked(self) -> None:
        """A question is put to whoever is here: for how long nobody was there before it does not count."""
        self._absent_since = None

    @property
    def is_cut_off(self) -> bool:
        """Whether we are out of the room, as far as is known."""
        return self._cut_off

    @property
    def absence(self) -> float:
        """Seconds of absence after which nobody is expected back: more after an outage of ours, until they are."""
        return self._absence

    def here(self) -> list[Participant]:
        """Everybody who is here."""
        return [each for identity, each in self._known.items() if identity in self._here]

    def is_here(self, identity: str) -> bool:
        """Whether they are in the room, as far as is known."""
        return identity in self._here

    def human(self, identity: str) -> Participant | None:
        """The human of that identity who is or was here."""
        participant = self._known.get(identity)
        return participant if participant is not None and participant.is_human else None

    def rings(self, identity: str) -> bool:
        """Whether that is a phone that nobody has picked up yet."""
        return identity in self._here and self._known[identity].rings

    def only_ringing(self, target: Target) -> bool:
        """Whether of those who could answer nobody is here but a phone that rings."""
        here = [self._known[identity] for identity in self._here if target.concerns(identity)]
        return any(each.rings for each in here) and not any(each.is_there for each in here)

    def anybody_there(self) -> bool:
        """Whether a human is here who can hear us."""
        return any(self._known[identity].is_there for identity in self._here)

    def said_goodbye(self, identity: str, now: float) -> bool:
        """Whether somebody who left has had enough time for their last words."""
        if self._farewells.get(identity, float("inf")) > now:
            return False
        del self._farewells[identity]
        return True

    def still_read(self, identity: str, now: float) -> None:
        """The last words of somebody who left are being transcribed."""
        if identity in self._farewells:
            self._farewells[identity] = now + FAREWELL_SECONDS

    def heard_out(self, identity: str) -> None:
        """Nothing more is to come from somebody who left."""
        self._farewells.pop(identity, None)

    def nobody_left(self, now: float, target: Target) -> bool:
        """Whether everybody who could answer has been gone for so long that they will not be back."""
        if self._cut_off:
            return False
        if any(self.human(identity) and target.concerns(identity) for identity in self._here):
            self._absence = ABSENCE_SECONDS
            self._absent_since = None
            return False
        if self._farewells:
            self._absent_since = None
            return False
        if self._absent_since is None:
            self._absent_since = now
        if self._all_hung_up(now, target):
            return True
        return now >= self._absent_since + self._absence

    def dues(self, *, watch_absence: bool) -> Iterable[float]:
        """When something may have to be done."""
        yield from self._farewells.values()
        if watch_absence and self._absent_since is not None:
            yield self._absent_since + self._absence

    def _all_hung_up(self, now: float, target: Target) -> bool:
        """Whether those who went last were phones, which come back by a new call only."""
        gone = [
            who
            for who, at in self._gone.items()
            if target.concerns(who) and self.human(who) and now - at < self._absence
        ]
        return bool(gone) and all(self._known[who].call for who in gone)

    def _go(self, identity: str, now: float) -> None:
        self._here.discard(identity)
        self._gone.pop(identity, None)
        self._gone[identity] = now
        self._forget(now)

    def _forget(self, now: float) -> None:
        for identity, at in list(self._gone.items()):
            if now - at < REMEMBERED_SECONDS and len(self._gone) <= REMEMBERED:
                return
            del self._gone[identity]
            self._known.pop(identity, None)
            self._farewells.pop(identity, None)
