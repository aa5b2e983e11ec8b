"""Bytes, as people read them."""

from __future__ import annotations

__all__ = ["MEGABYTE", "megabytes"]

MEGABYTE = 1_000_000


def megabytes(count: int) -> str:
    """A number of bytes in MB, as registries and browsers count them."""
    return f"{max(1, round(count / MEGABYTE))} MB"
