"""Words of a turn that the recogniser makes sure of after its end. Instants are ``time.monotonic()`` seconds."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher

__all__ = ["UnconfirmedWords"]

ALIKE = 0.5
"""A recogniser that makes sure of its words changes fewer than half of them."""
COMPARED_WORDS = 100
"""Whether words are those is told by the first of them: to compare all takes a time that grows with their square."""


@dataclass(frozen=True, slots=True)
class UnconfirmedWords:
    """Words that were taken as they stood, before the recogniser had made sure of them."""

    text: str
    until: float

    def covers(self, text: str, at: float) -> bool:
        """Whether this is them: much the same words, or more of them, not too late."""
        before, words = _first_words(self.text), _first_words(text)
        alike = words[: len(before)] == before or SequenceMatcher(None, before, words).ratio() >= ALIKE
        return at < self.until and (alike or not words)


def _first_words(text: str) -> list[str]:
    return [word[:COMPARED_WORDS].lower() for word in text.split(maxsplit=COMPARED_WORDS)[:COMPARED_WORDS]]
