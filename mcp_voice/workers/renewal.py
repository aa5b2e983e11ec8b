"""When a room is sent a worker, and when another one: pure, told the time, without LiveKit.

LiveKit's server offers a dispatch to its workers once. With none that is free it drops it and does nothing more, and of
one whose worker was killed it says for ever that it runs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from mcp_voice.room.dispatch_api import Dispatch

__all__ = ["LATE_SECONDS", "Renewal"]

LATE_SECONDS = 2.0
"""After which whoever waits is told that no worker is free."""
UNTAKEN_SECONDS = 1.5
"""A worker that is free takes a dispatch within 0.1 s."""
TAKEN_SECONDS, LONGEST_TAKEN, TAKEN_GROWTH = 6.0, 48.0, 2.0
"""A worker that has taken one and has no process ready starts one in 2 to 4 s; on a machine that is overloaded it takes
longer, and longer still the more often it is begun anew."""
FIRST_PAUSE, LONGEST_PAUSE, GROWTH = 1.5, 5.0, 1.5
"""Seconds between two dispatches to a room."""


@dataclass(slots=True, eq=False)
class Renewal:
    """One place whose requests nobody carries out, from the moment at which that was first seen."""

    since: float
    _seen: dict[str, float] = field(default_factory=dict)
    """By id, when a dispatch was first seen."""
    _not_before: float = -math.inf
    _pause: float = FIRST_PAUSE
    _patience: float = TAKEN_SECONDS
    _is_taken: bool = False
    """By a worker that may still come."""
    _is_stalled: bool = False
    """Taken by one that should have come, and is not known to be dead."""

    def is_late(self, now: float) -> bool:
        """Whether no worker was free for longer than one needs to come."""
        return now - self.since >= LATE_SECONDS and not self._is_taken

    def is_due(self, dispatches: Sequence[Dispatch], now: float, *, dead: frozenset[str] = frozenset()) -> bool:
        """Whether another worker is to be sent now; ``dispatches`` are those of the place, oldest first.

        ``dead``: ids of those whose worker once held a claim that has run out.
        """
        self._seen = {each.id: self._seen.get(each.id, now) for each in dispatches}
        newest = dispatches[-1] if dispatches else None
        is_alive = newest is not None and newest.is_taken and not newest.is_over and newest.id not in dead
        self._is_taken = is_alive and newest is not None and now - self._seen[newest.id] < self._patience
        self._is_stalled = is_alive and not self._is_taken
        waits = newest is not None and not newest.is_taken and now - self._seen[newest.id] < UNTAKEN_SECONDS
        return not self._is_taken and not waits and now >= self._not_before

    def sent(self, now: float) -> None:
        """One was sent."""
        if self._is_stalled:
            self._patience = min(self._patience * TAKEN_GROWTH, LONGEST_TAKEN)
        self._not_before = now + self._pause
        self._pause = min(self._pause * GROWTH, LONGEST_PAUSE)
