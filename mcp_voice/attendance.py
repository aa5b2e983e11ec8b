"""Who is in a room, who has just left, and for how long nobody has been there to answer.

Instants are ``time.monotonic()`` seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from mcp_voice.link import Occupant

__all__ = ["ABSENCE_SECONDS", "Attendance"]

ABSENCE_SECONDS = 5.0
"""Whoever reloads a page or changes networks is back within this."""
FAREWELL_SECONDS = 3.0
"""How long the last words of somebody who left may take to be transcribed."""


@dataclass(slots=True, eq=False)
class Attendance:
    """The humans of one room; people are remembered after they left, since their words may come later."""

    _known: dict[str, Occupant] = field(default_factory=dict)
    _here: set[str] = field(default_factory=set)
    _farewells: dict[str, float] = field(default_factory=dict)
    _absent_since: float | None = None

    def begin(self, occupants: Iterable[Occupant]) -> None:
        """We came in and found these here."""
        self._here.clear()
        for occupant in occupants:
            self.joined(occupant)

    def joined(self, occupant: Occupant) -> None:
        """Somebody came in."""
        self._known[occupant.identity] = occupant
        self._here.add(occupant.identity)
        self._farewells.pop(occupant.identity, None)

    def left(self, occupant: Occupant, now: float, *, mid_turn: bool) -> None:
        """Somebody went away, perhaps in the middle of a turn whose words are still to come."""
        self._here.discard(occupant.identity)
        if mid_turn:
            self._farewells[occupant.identity] = now + FAREWELL_SECONDS

    def human(self, identity: str) -> Occupant | None:
        """The human of that identity who is or was here."""
        occupant = self._known.get(identity)
        return occupant if occupant is not None and occupant.is_human else None

    def said_goodbye(self, identity: str, now: float) -> bool:
        """Whether somebody who left has had enough time for their last words."""
        if self._farewells.get(identity, float("inf")) > now:
            return False
        del self._farewells[identity]
        return True

    def heard_out(self, identity: str) -> None:
        """Nothing more is to come from somebody who left."""
        self._farewells.pop(identity, None)

    def nobody_left(self, now: float, concerns: Callable[[str], bool]) -> bool:
        """Whether everybody who could answer has been gone for so long that they will not be back."""
        if any(self.human(identity) and concerns(identity) for identity in self._here) or self._farewells:
            self._absent_since = None
            return False
        if self._absent_since is None:
            self._absent_since = now
        return now >= self._absent_since + ABSENCE_SECONDS

    def dues(self, *, watch_absence: bool) -> Iterable[float]:
        """When something may have to be done."""
        yield from self._farewells.values()
        if watch_absence and self._absent_since is not None:
            yield self._absent_since + ABSENCE_SECONDS
