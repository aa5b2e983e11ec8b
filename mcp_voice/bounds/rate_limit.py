"""How much one participant may send: token buckets that are told the time, without a clock of their own.

Instants are ``time.monotonic()`` seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice

__all__ = ["ONCE_A_MINUTE", "Limit", "RateLimit"]

REMEMBERED = 1_000
"""Identities whose buckets are kept; beyond that, those that have filled up again are forgotten."""
MOST_REMEMBERED = 10 * REMEMBERED
"""Beyond that, whoever was longest without spending anything."""
LOOKED_AT = 4
"""Buckets that are looked at for each new one: they go faster than new ones come, and no event takes longer."""


@dataclass(frozen=True, slots=True)
class Limit:
    """So much at once, and so much a second after that."""

    burst: float
    per_second: float


ONCE_A_MINUTE = Limit(burst=1, per_second=1 / 60)
"""For lines of a log about what goes on and on."""


@dataclass(slots=True, eq=False)
class RateLimit:
    """One bucket for each identity, all of the same size: what one uses up leaves the others theirs."""

    limit: Limit
    _spent: dict[str, tuple[float, float]] = field(default_factory=dict)
    """What was spent, and when that was last worked out; who spent anything last is last."""

    def allows(self, identity: str, now: float, *, cost: float = 1.0) -> bool:
        """Whether there is room for it now; if so, it is used up."""
        spent = self._spent_at(identity, now)
        if spent + cost > self.limit.burst:
            return False
        if identity not in self._spent and len(self._spent) >= REMEMBERED:
            self._forget_unused(now)
        self._spent.pop(identity, None)
        self._spent[identity] = (spent + cost, now)
        return True

    def opens_in(self, identity: str, now: float, *, cost: float = 1.0) -> float:
        """Seconds until there is room for it: 0 when there is now."""
        return max(0.0, (self._spent_at(identity, now) + cost - self.limit.burst) / self.limit.per_second)

    def _spent_at(self, identity: str, now: float) -> float:
        spent, at = self._spent.get(identity, (0.0, now))
        return max(0.0, spent - max(0.0, now - at) * self.limit.per_second)

    def _forget_unused(self, now: float) -> None:
        for identity in list(islice(self._spent, LOOKED_AT)):
            spent = self._spent.pop(identity)
            if max(0.0, spent[0] - max(0.0, now - spent[1]) * self.limit.per_second):
                # The next ones are looked at next time.
                self._spent[identity] = spent
        while len(self._spent) >= MOST_REMEMBERED:
            del self._spent[next(iter(self._spent))]
