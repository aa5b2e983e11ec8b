"""Numbers with what they count, as people write them."""

from __future__ import annotations

__all__ = ["counted"]


def counted(number: int, one: str, many: str = "") -> str:
    """The number and its noun: "1 room", "25 rooms", "1,000 entries"; ``many`` is a plural with more than an s."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"
