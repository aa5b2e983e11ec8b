"""What a call reports its progress to, where nobody looks."""

from __future__ import annotations

__all__ = ["unreported"]


async def unreported(_: str) -> None:
    """Nobody watches."""
