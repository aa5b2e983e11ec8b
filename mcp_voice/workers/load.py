"""How much of what its machine can handle a worker uses: processors that are busy, and rooms that may become so."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Protocol

from mcp_voice.capacity.costs import ROOM_CORES
from mcp_voice.capacity.machine import Used
from mcp_voice.capacity.measurement import Measurement, smoothed

__all__ = ["FULL", "MachineLoad"]

FULL = 0.7
"""At which LiveKit's server sends no room to a worker (``agents.target_load``), whatever the worker thinks."""
LEAST_SECONDS = 0.3
"""Of a measurement; LiveKit asks before each room."""
OVER_SECONDS = 2.5


class Counters(Protocol):
    """What the system has counted; see ``capacity.machine.Machine``."""

    def used(self, *, loop: float) -> Used:
        """All of it now."""

    def between(self, before: Used, after: Used, *, lag: float, behind: float) -> Measurement:
        """What was used between two readings."""


class MachineLoad:
    """From 0 to 1, as it is told to LiveKit's server: 0.7 is full."""

    def __init__(self, counters: Counters, *, rooms: Callable[[], int], most: float) -> None:
        """``most`` is the share of the machine at which it is full; 1: it never is."""
        self._counters = counters
        self._rooms = rooms
        self._most = most
        self._before = counters.used(loop=0.0)
        self._cores = math.inf
        self._busy: float | None = None

    def __call__(self) -> float:
        """Now."""
        return 0.0 if self._most >= 1 else min(1.0, self.share() * FULL / self._most)

    def share(self) -> float:
        """Of the machine, that is used, or may be at any time."""
        after = self._counters.used(loop=0.0)
        if after.at - self._before.at >= LEAST_SECONDS:
            found = self._counters.between(self._before, after, lag=0.0, behind=0.0)
            self._before, self._cores = after, found.cores
            # Without a room, what this worker itself uses is its start: over in seconds, and no reason to be full.
            starting = 0.0 if self._rooms() else found.own
            busy = max(0.0, found.cores - found.idle - starting) / found.cores
            self._busy = smoothed(self._busy, busy, seconds=found.seconds, over=OVER_SECONDS)
        # Rooms in which nobody is asked now may all be asked at once.
        return max(self._busy or 0.0, self._rooms() * ROOM_CORES / self._cores)
