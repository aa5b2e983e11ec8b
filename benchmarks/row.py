"""A line of the table, and how figures are written in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from benchmarks.figures import median, quantile

__all__ = ["Row", "below", "seconds", "share", "spread"]


@dataclass(frozen=True, slots=True)
class Row:
    """One line; ``met`` is None where nothing was to be reached."""

    what: str
    ours: str
    naive: str = ""
    target: str = ""
    met: bool | None = None


def below(value: float | None, limit: float) -> bool:
    """Whether it is known, and not above the limit."""
    return value is not None and value <= limit


def seconds(milliseconds: float | None) -> str:
    """Milliseconds, written as seconds."""
    return "-" if milliseconds is None else f"{milliseconds / 1000:.2f} s"


def spread(samples: Iterable[float | None], late: float = 0.95) -> str:
    """Median and a late percentile of milliseconds, written as seconds."""
    known = list(samples)
    return f"{seconds(median(known))} (p{late * 100:.0f} {seconds(quantile(known, late))})" if known else "-"


def share(facts: Sequence[bool]) -> str:
    """How many of them are true."""
    return f"{sum(facts)} of {len(facts)}" if facts else ""
