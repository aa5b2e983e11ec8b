"""What a keeper of asks refuses, in one wording for one process and for many."""

from __future__ import annotations

from collections.abc import Sequence

from mcp_voice.bounds.limits import MOST_ERRANDS, MOST_OPEN
from mcp_voice.errors import BadInput, StoreError, UnknownAsk, quoted, some_of
from mcp_voice.texts.counting import counted

__all__ = [
    "MOST_BYTES",
    "MOST_REQUEST_BYTES",
    "not_ours",
    "too_large",
    "too_many",
    "too_many_errands",
    "too_many_in_room",
    "unknown_ask",
]

MOST_REQUEST_BYTES = 65_536
"""Of a request as JSON: a question and its choices, or a message."""
MOST_BYTES = 262_144
"""The same of progress, an outcome, and the notes of a place: an answer with all that was said meanwhile."""


def too_many_in_room(room_name: str, ask_ids: Sequence[str]) -> BadInput:
    """So many questions are open in a room that no more can wait there."""
    return BadInput(
        f"{len(ask_ids)} questions are open in room {quoted(room_name)}, which is the limit.",
        fix=_what_to_do(ask_ids),
        code="too-many-asks",
    )


def too_many(ask_ids: Sequence[str], *, most: int = MOST_OPEN) -> BadInput:
    """So many questions are open in all rooms that no more can be."""
    return BadInput(
        f"{counted(most, 'question')} {'is' if most == 1 else 'are'} open, which is the limit.",
        fix=_what_to_do(ask_ids),
        code="too-many-asks",
    )


def too_many_errands() -> BadInput:
    """So many calls of a kind that ends with its call are under way that no more can be."""
    return BadInput(
        f"{counted(MOST_ERRANDS, 'call')} of this kind are under way in all rooms, which is the limit.",
        fix="Call again when one of them has returned.",
        code="too-many-under-way",
    )


def unknown_ask(ask_id: str, *, kept: Sequence[str]) -> UnknownAsk:
    """Nothing is kept under an id; ``kept`` is what is, the latest first."""
    return UnknownAsk(
        f"No ask is kept under {quoted(ask_id)}; kept: {some_of(kept)}.",
        fix="Use an ask_id that ask_in_room returned, or ask again.",
    )


def not_ours() -> StoreError:
    """A value is none of ours, or of a version that this one cannot read."""
    return StoreError(
        "This entry of the store was not written by mcp-voice, or not by this version.",
        fix="Give mcp-voice its own Redis, or its own database there; run one version everywhere, and ask again.",
    )


def too_large(what: str, *, size: int, most: int) -> StoreError:
    """A record has more bytes than a store takes."""
    return StoreError(f"{what} has {size} bytes; the store takes at most {most}.", fix="Send less at once.")


def _what_to_do(ask_ids: Sequence[str]) -> str:
    return f"Call wait_for_reply or cancel_ask for one of them first: {some_of(ask_ids)}."
