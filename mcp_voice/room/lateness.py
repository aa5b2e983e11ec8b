"""How late the sound of a microphone comes that should come as time goes by; pure, instants in seconds."""

from __future__ import annotations

__all__ = ["Lateness"]

RELAX = 0.1
"""Seconds a second in which a delay that stays is taken for the usual one: a gap in what was sent, not a queue."""


class Lateness:
    """Of one microphone: what came late at last, beside what came soonest."""

    def __init__(self) -> None:
        self._heard = 0.0
        self._soonest: float | None = None
        self._at = 0.0
        self.seconds = 0.0
        """By how much the last of it was late."""

    def came(self, seconds: float, now: float) -> None:
        """So many seconds of sound came."""
        self._heard += seconds
        since = now - self._heard
        if self._soonest is None:
            self._soonest = since
        self._soonest = min(since, self._soonest + RELAX * (now - self._at if self._at else 0.0))
        self._at = now
        self.seconds = since - self._soonest
