"""What a known error means, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Remedy"]


@dataclass(frozen=True, slots=True)
class Remedy:
    """Cause and fix; both may hold names in braces, which the problem's facts fill."""

    cause: str
    fix: str
