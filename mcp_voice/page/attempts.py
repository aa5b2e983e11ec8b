"""How often may be tried, by each client's address and in all; told the time, as ``codes`` is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from mcp_voice.bounds.rate_limit import Limit, RateLimit
from mcp_voice.page.refusals import refused
from mcp_voice.process.loopback import is_loopback

__all__ = ["JoinAttempts"]

EACH = Limit(burst=40, per_second=2.0)
"""Requests of one address. Behind a proxy all people have its address."""
FILES = Limit(burst=400, per_second=40.0)
"""Files of the page for one address: it is made of some forty."""
ALL = Limit(burst=200, per_second=20.0)
FAILED = Limit(burst=10, per_second=0.2)
"""JoinAttempts of one address that were wrong: a code that is mistyped, a guess."""
FAILED_IN_ALL = Limit(burst=200, per_second=20.0)
"""What ``codes`` reckons with."""
HERE, NETWORK = "here", "network"


@dataclass(slots=True, eq=False)
class JoinAttempts:
    """The requests of the last minutes that could have let somebody in."""

    _each: RateLimit = field(default_factory=lambda: RateLimit(EACH))
    _files: RateLimit = field(default_factory=lambda: RateLimit(FILES))
    _all: RateLimit = field(default_factory=lambda: RateLimit(ALL))
    _failed: RateLimit = field(default_factory=lambda: RateLimit(FAILED))
    _failed_in_all: RateLimit = field(default_factory=lambda: RateLimit(FAILED_IN_ALL))

    def begin(self, address: str, now: float, *, strictly: bool = False) -> None:
        """Note a request; raises RequestRefused where there were too many, ``strictly`` also too many wrong ones."""
        if strictly and (seconds := self._failed.opens_in(address, now)):
            raise refused("rate-limited", retry_seconds=round(seconds) + 1)
        _spend(((self._each, address), (self._all, _everybody(address))), now)

    def load(self, address: str, now: float) -> None:
        """Note that a file is asked for; raises RequestRefused where there were too many."""
        _spend(((self._files, address),), now)

    def come_back(self, address: str, now: float) -> None:
        """Note somebody who asks for their session without having one, which costs next to nothing."""
        _spend(((self._each, address),), now)

    def failed(self, address: str, now: float) -> None:
        """The one that began was wrong; raises RequestRefused where too many were, and it is not told why.

        What is right is let in all the same: somebody else's guesses, behind one proxy, shut nobody out.
        """
        _spend(((self._failed, address), (self._failed_in_all, _everybody(address))), now)


def _everybody(address: str) -> str:
    """Those of the network share one limit, and those of this machine another: no flood shuts its own browser out."""
    return HERE if is_loopback(address) else NETWORK


def _spend(limits: Iterable[tuple[RateLimit, str]], now: float) -> None:
    for limit, key in limits:
        if not limit.allows(key, now):
            raise refused("rate-limited", retry_seconds=round(limit.opens_in(key, now)) + 1)
