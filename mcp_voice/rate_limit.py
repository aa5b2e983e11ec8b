"""How much one participant may send: token buckets that are told the time, without a clock of their own.

Instants are ``time.monotonic()`` seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Limit", "RateLimit"]

REMEMBERED = 1_000
"""Identities whose buckets are kept; beyond that, those that have filled up again are forgotten."""


@dataclass(frozen=True, slots=True)
class Limit:
    """So much at once, and so much a second after that."""

    burst: float
    per_second: float


@dataclass(slots=True, eq=False)
class RateLimit:
    """One bucket for each identity, all of the same size: what one uses up leaves the others theirs."""

    limit: Limit
    _spent: dict[str, tuple[float, float]] = field(default_factory=dict)
    """What was spent, and when that was last worked out."""

    def allows(self, identity: str, now: float, *, cost: float = 1.0) -> bool:
        """Whether there is room for it now; if so, it is used up."""
        spent = self._spent_at(identity, now)
        if spent + cost > self.limit.burst:
            return False
        if identity not in self._spent and len(self._spent) >= REMEMBERED:
            self._forget_unused(now)
        self._spent[identity] = (spent + cost, now)
        return True

    def opens_in(self, identity: str, now: float, *, cost: float = 1.0) -> float:
        """Seconds until there is room for it: 0 when there is now."""
        return max(0.0, (self._spent_at(identity, now) + cost - self.limit.burst) / self.limit.per_second)

    def _spent_at(self, identity: str, now: float) -> float:
        spent, at = self._spent.get(identity, (0.0, now))
        return max(0.0, spent - max(0.0, now - at) * self.limit.per_second)

    def _forget_unused(self, now: float) -> None:
        for identity in [each for each in self._spent if not self._spent_at(each, now)]:
            del self._spent[identity]
