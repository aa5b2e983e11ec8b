"""How many calls a session may make in a minute."""

from __future__ import annotations

import time
from collections import deque

__all__ = ["CallLimit"]

MINUTE = 60.0


class CallLimit:
    """Counts the calls of the last minute. Nobody waits for it: a human is listening, and is told."""

    def __init__(self, calls_per_minute: int) -> None:
        self._most = calls_per_minute
        self._made: deque[float] = deque()

    def seconds_left(self) -> float:
        """How long until the next call may be made, in seconds; 0 when it may be made now."""
        now = time.monotonic()
        while self._made and now - self._made[0] >= MINUTE:
            self._made.popleft()
        return 0.0 if len(self._made) < self._most else self._made[0] + MINUTE - now

    def take(self) -> float:
        """Count a call if it may be made; otherwise how long it has to wait, in seconds."""
        left = self.seconds_left()
        if not left:
            self._made.append(time.monotonic())
        return left
