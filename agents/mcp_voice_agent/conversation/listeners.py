"""Whether anybody's client takes our sound: LiveKit tells of the first that does, and not who it is or when that ends.

Pure: told who is there and the time, in ``time.monotonic()`` seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["LIKELY_SECONDS", "UNLIKELY_SECONDS", "UNSEEN_SECONDS", "Listeners", "Means"]

UNSEEN_SECONDS = 4.0
"""LiveKit shows somebody who publishes nothing up to 3 s after they have come."""

WhoHears = Literal["unknown", "somebody", "nobody"]
Means = Literal["phone", "microphone", "none"]
"""What somebody has: a phone always takes sound, and whoever sends sound mostly does."""
UNLIKELY_SECONDS = 2.5
"""A client without a microphone that has not asked for our sound after this long takes none."""
LIKELY_SECONDS = 6.0
"""The same for one that sends sound, perhaps over a slow network."""


@dataclass(slots=True, eq=False)
class Listeners:
    """Follows what LiveKit tells of one publication of our voice after the other."""

    hearing: WhoHears = "unknown"
    _since: float | None = None
    """Since when somebody is there who could ask for it, and none of them is known to have; None: nobody is there."""
    _may: set[str] = field(default_factory=set)
    """Who may have asked for it."""
    _without: set[str] = field(default_factory=set)
    """Who has not asked for it in all the time that they had."""
    _unseen_until: float | None = None
    """Who asked for it is not shown yet, and is waited for until then."""

    def published(self, now: float) -> None:
        """Our voice can be asked for."""
        self._since = now

    def subscribed(self, people: Mapping[str, Means], now: float) -> None:
        """Somebody gets it: one of these, and rather one who has come since nobody did."""
        self.hearing = "somebody"
        self._may = set(people) - self._without
        self._unseen_until = None if self._may else now + UNSEEN_SECONDS

    def look(self, people: Mapping[str, Means], now: float) -> bool:
        """Who is there now; gives whether our voice is to be published anew, to learn whether any of them takes it."""
        if not people:
            self._since = now if self._since is not None else None
            return False
        if self.hearing == "somebody":
            self._look_for_unseen(people, now)
            likely = {identity for identity, means in people.items() if means != "none"}
            self._may.update(likely - self._without)
            self._may.intersection_update(people)
            if self._may or self._unseen_until is not None:
                self._since = now
        if not self._over(people, now) or self.hearing == "nobody":
            return False
        anew = self.hearing == "somebody"
        self.hearing = "unknown" if anew else "nobody"
        self._since = None if anew else now
        self._without = set() if anew else set(people)
        return anew

    def due_in(self, people: Mapping[str, Means], now: float) -> float:
        """Seconds until a look may have another result though nobody came or went; infinite if it cannot."""
        if self._unseen_until is not None:
            return max(0.0, self._unseen_until - now)
        settled = self.hearing == "nobody" or (self.hearing == "somebody" and self._may)
        if settled or self._since is None or not people:
            return float("inf")
        return max(0.0, self._since + _grace(people) - now)

    def _look_for_unseen(self, people: Mapping[str, Means], now: float) -> None:
        if self._unseen_until is None:
            return
        late = now >= self._unseen_until
        self._may = set(people) if late else set(people) - self._without
        if self._may or late:
            self._unseen_until = None

    def _over(self, people: Mapping[str, Means], now: float) -> bool:
        return self._since is not None and now - self._since >= _grace(people)


def _grace(people: Mapping[str, Means]) -> float:
    means = set(people.values())
    return float("inf") if "phone" in means else LIKELY_SECONDS if "microphone" in means else UNLIKELY_SECONDS
