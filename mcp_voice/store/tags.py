"""Names of subjects and rooms, as they stand in keys and where nobody is to read them at a glance."""

from __future__ import annotations

import hashlib

__all__ = ["tag"]

TAG_DIGITS = 32


def tag(*names: str) -> str:
    """A name of one length, whatever it contains; it can be guessed, and not read."""
    return hashlib.sha256("\0".join(names).encode(errors="replace")).hexdigest()[:TAG_DIGITS]
