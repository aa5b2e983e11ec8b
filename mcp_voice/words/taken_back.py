"""Whether an English answer is taken back, or put off, by what is said after it."""

from __future__ import annotations

from collections.abc import Sequence

from mcp_voice.words.languages.en.refusing import TAKEN_BACK
from mcp_voice.words.spoken import BREAK

__all__ = ["takes_back"]


def takes_back(words: Sequence[str]) -> bool:
    """Whether a part of these words, which follow an answer, takes it back or puts it off.

    Args:
        words: As `mcp_voice.words.spoken.canonical` makes them, with or without articles.
    """
    return any(TAKEN_BACK.search(part.strip()) for part in " ".join(words).split(BREAK))
