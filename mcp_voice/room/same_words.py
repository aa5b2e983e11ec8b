"""Words that two microphones heard at the same time are said once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

__all__ = ["without_repetition"]

ALIKE = 0.6
"""Two recognisers that hear one voice differ in fewer words than this leaves."""
COMPARED_WORDS = 200
"""More are not compared: that takes a time that grows with their square."""

TimedText = tuple[float, float, str]
"""From when to when something was said, and what."""


def without_repetition(parts: Sequence[TimedText]) -> str:
    """The words of all parts in their order, where those that two parts heard at the same time stand once."""
    kept: list[TimedText] = []
    for part in parts:
        kept = _added(kept, part)
    return " ".join(text for _, _, text in kept if text)


def _added(kept: list[TimedText], part: TimedText) -> list[TimedText]:
    for index, (began_at, ended_at, text) in enumerate(kept):
        if part[0] >= ended_at or part[1] <= began_at:
            continue
        joined = _joined(text, part[2])
        if joined is not None:
            return [*kept[:index], (began_at, max(ended_at, part[1]), joined), *kept[index + 1 :]]
    return [*kept, part]


def _joined(text: str, other: str) -> str | None:
    """One text of two that say the same, or the end and the beginning of the same; None when they do not."""
    words, others = _compared(text), _compared(other)
    if not words or not others or max(len(words), len(others)) > COMPARED_WORDS:
        return None
    if SequenceMatcher(None, words, others, autojunk=False).ratio() >= ALIKE or _within(words, others):
        return text if len(words) >= len(others) else other
    shared = max((n for n in range(1, min(len(words), len(others))) if words[-n:] == others[:n]), default=0)
    if not shared:
        return None
    return " ".join([text, *_spoken_words(other)[shared:]])


def _spoken_words(text: str) -> list[str]:
    return [word for word in text.split() if _plain(word)]


def _compared(text: str) -> list[str]:
    return [_plain(word) for word in _spoken_words(text)]


def _plain(word: str) -> str:
    return re.sub(r"\W", "", word).casefold()


def _within(words: list[str], others: list[str]) -> bool:
    """Whether the shorter stands in the longer as it is."""
    short, long = sorted((words, others), key=len)
    return any(long[at : at + len(short)] == short for at in range(len(long) - len(short) + 1))
