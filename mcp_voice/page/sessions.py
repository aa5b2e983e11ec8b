"""Who may come back: a browser that joined by a code, known again by its cookie. Told the time, as ``codes`` is."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field

from mcp_voice.page.codes import Guest
from mcp_voice.page.refusals import refused
from mcp_voice.rate_limit import Limit, RateLimit

__all__ = ["SESSION_SECONDS", "Sessions"]

SESSION_SECONDS = 4 * 3_600
COOKIE_BYTES = 32
LONGEST_COOKIE = 100
MOST_SESSIONS = 200
"""Beyond that, whoever joined first cannot come back."""
RETURNS = Limit(burst=20, per_second=0.1)
"""How often one browser may come back: a page that is loaded anew, a phone that slept."""


@dataclass(frozen=True, slots=True)
class Session:
    """One browser's stay in one room."""

    guest: Guest
    joined_at: float
    key: str = field(repr=False)


@dataclass(slots=True, eq=False)
class Sessions:
    """The browsers that joined by this page; only hashes of their cookies are kept."""

    _sessions: dict[str, Session] = field(default_factory=dict, repr=False)
    _returns: RateLimit = field(default_factory=lambda: RateLimit(RETURNS), repr=False)

    def new(self, guest: Guest, now: float) -> str:
        """The cookie of a browser that has just joined."""
        self._expire(now)
        while len(self._sessions) >= MOST_SESSIONS:
            del self._sessions[next(iter(self._sessions))]
        cookie = secrets.token_urlsafe(COOKIE_BYTES)
        key = _hash(cookie)
        self._sessions[key] = Session(guest, now, key)
        return cookie

    def returning(self, cookie: str, now: float) -> Session:
        """Who has this cookie; raises RequestRefused where nobody has, or where they come back too often."""
        self._expire(now)
        session = self._sessions.get(_hash(cookie)) if 0 < len(cookie) <= LONGEST_COOKIE else None
        if session is None:
            raise refused("session-over")
        if not self._returns.allows(session.key, now):
            raise refused("rate-limited", retry_seconds=round(self._returns.opens_in(session.key, now)) + 1)
        return session

    def end(self, session: Session) -> None:
        """Nobody comes back into it."""
        self._sessions.pop(session.key, None)

    def _expire(self, now: float) -> None:
        for key in [key for key, each in self._sessions.items() if each.joined_at + SESSION_SECONDS <= now]:
            del self._sessions[key]


def _hash(cookie: str) -> str:
    return hashlib.sha256(cookie.encode(errors="replace")).hexdigest()
