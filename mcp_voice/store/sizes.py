"""How large a record may be that a store keeps."""

from __future__ import annotations

from mcp_voice.store.records import Outcome, Progress, Request
from mcp_voice.store.refusals import MOST_BYTES, MOST_REQUEST_BYTES, too_large

__all__ = ["as_json", "as_note"]


def as_json(record: Request | Progress | Outcome) -> str:
    """A record as it is kept; raises StoreError where it is too large."""
    most = MOST_REQUEST_BYTES if isinstance(record, Request) else MOST_BYTES
    return _within(record.model_dump_json(), type(record).__name__, most)


def as_note(text: str) -> str:
    """The notes of a place as they are kept; raises StoreError where they are too large."""
    return _within(text, "A place's note", MOST_BYTES)


def _within(text: str, what: str, most: int) -> str:
    # A lone surrogate is a character to Python, and nothing that can be kept.
    size = len(text.encode(errors="replace"))
    if size > most:
        raise too_large(what, size=size, most=most)
    return text
