"""What is measured of a process and its machine."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Measurement", "smoothed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """Of a stretch of half a second or so that ends at ``at``; instants are ``time.monotonic()`` seconds."""

    at: float
    seconds: float
    """How long it was."""
    cores: float
    """Processors that this process may use."""
    idle: float
    """Processors of these that did nothing."""
    own: float
    """Processors that this process and its children used."""
    loop: float
    """The same for the thread of the event loop, which has one at most."""
    lag: float
    """The longest time by which the event loop was late, in seconds."""
    behind: float
    """By how many seconds hearing was behind what is said, where it was most."""


def smoothed(before: float | None, now: float, *, seconds: float, over: float) -> float:
    """A moving average over so many seconds of what was measured for ``seconds``."""
    if before is None:
        return now
    return before + (now - before) * min(1.0, seconds / over)
