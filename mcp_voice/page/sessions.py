"""Who may come back: a browser that joined by a code, known again by its cookie. Told the time, as ``codes`` is.

Each joining has a cookie of its own, so that two tabs of one browser are two people. A tab says which is its own by the
session's id, which is no secret and lets nobody in.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from mcp_voice.bounds.rate_limit import Limit, RateLimit
from mcp_voice.page.codes import Guest
from mcp_voice.page.refusals import refused

__all__ = ["SESSION_SECONDS", "Sessions"]

SESSION_SECONDS = 4 * 3_600
COOKIE_BYTES = 32
LONGEST_COOKIE = 100
SLOTS = 16
"""Cookies of one browser: their names differ by a digit, so that no number of joinings makes its requests too large."""
ABSENT_SECONDS = 60.0
"""For how long a room may be away, with LiveKit's server started again, before it is over."""
MOST_SESSIONS = 200
"""Beyond that, whoever joined first cannot come back."""
RETURNS = Limit(burst=20, per_second=0.1)
"""How often one browser may come back: a page that is loaded anew, a phone that slept."""


@dataclass(slots=True, eq=False)
class Session:
    """One browser's stay in one room."""

    guest: Guest
    joined_at: float
    key: str = field(repr=False)
    id: str
    """Begins with the digit of its cookie's name."""
    _absent: tuple[float, float] | None = None
    """Since when the room has been away, and when that was seen last."""

    def is_over(self, now: float) -> bool:
        """The room is not there: whether it has been away for so long that it is over."""
        since, seen = self._absent or (now, now)
        if now - seen > ABSENT_SECONDS:
            since = now  # It may have been there in between.
        self._absent = since, now
        return now - since >= ABSENT_SECONDS

    def is_there(self) -> None:
        """The room is there."""
        self._absent = None


@dataclass(slots=True, eq=False)
class Sessions:
    """The browsers that joined by this page; only hashes of their cookies are kept."""

    _sessions: dict[str, Session] = field(default_factory=dict, repr=False)
    _count: int = 0
    _returns: RateLimit = field(default_factory=lambda: RateLimit(RETURNS), repr=False)

    def new(self, guest: Guest, now: float) -> tuple[str, str]:
        """The session's id and the cookie of a browser that has just joined."""
        self._expire(now)
        while len(self._sessions) >= MOST_SESSIONS:
            del self._sessions[next(iter(self._sessions))]
        cookie = secrets.token_urlsafe(COOKIE_BYTES)
        key = _hash(cookie)
        self._count += 1
        made = Session(guest, now, key, f"{self._count % SLOTS:x}{secrets.token_hex(4)}")
        self._sessions[key] = made
        return made.id, cookie

    def returning(self, cookies: Sequence[str], now: float, *, session_id: str = "") -> Session:
        """Who has one of these cookies: that session, or the one that joined last where none is named.

        Raises RequestRefused where nobody has, or where they come back too often.
        """
        self._expire(now)
        keys = {_hash(cookie) for cookie in cookies if 0 < len(cookie) <= LONGEST_COOKIE}
        theirs = [each for key, each in self._sessions.items() if key in keys and session_id in ("", each.id)]
        session = theirs[-1] if theirs else None
        if session is None:
            raise refused("session-over")
        if not self._returns.allows(session.key, now):
            raise refused("rate-limited", retry_seconds=round(self._returns.opens_in(session.key, now)) + 1)
        return session

    def _expire(self, now: float) -> None:
        for key in [key for key, each in self._sessions.items() if each.joined_at + SESSION_SECONDS <= now]:
            del self._sessions[key]


def _hash(cookie: str) -> str:
    return hashlib.sha256(cookie.encode(errors="replace")).hexdigest()
