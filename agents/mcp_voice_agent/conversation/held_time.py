"""How long each participant has held the floor within the last hour, or another time."""

from __future__ import annotations

from collections import deque

__all__ = ["HeldTime"]

HOUR_SECONDS = 3600.0
SLICE_SECONDS = 60.0
"""Times are added up by the minute, so that nobody who takes and gives back without end fills our memory."""
MOST_KEPT = 200
"""Identities of which times are kept; the one that was heard of first is forgotten."""


class HeldTime:
    """Adds up; all instants are of one monotonic clock, in seconds."""

    def __init__(self, *, most: float, within: float = HOUR_SECONDS) -> None:
        """``most``: seconds of the last ``within`` seconds that one may hold the floor."""
        self._most = most
        self._within = within
        self._slices: dict[str, deque[tuple[float, float]]] = {}
        """By identity: the beginning of a minute, and the seconds that were held in or after it."""

    def left(self, identity: str, now: float) -> float:
        """Seconds for which one may hold the floor now."""
        slices = self._slices.get(identity, deque())
        while slices and now - slices[0][0] > self._within:
            slices.popleft()
        if not slices:
            self._slices.pop(identity, None)
        return max(0.0, self._most - sum(seconds for _, seconds in slices))

    def add(self, identity: str, seconds: float, now: float) -> None:
        """One has held the floor for so long until now."""
        slices = self._slices.setdefault(identity, deque())
        if slices and now - slices[-1][0] < SLICE_SECONDS:
            began, before = slices.pop()
            slices.append((began, before + seconds))
        else:
            slices.append((now, seconds))
        while len(self._slices) > MOST_KEPT:
            del self._slices[next(iter(self._slices))]
