"""Words of speech under way, as far as they are settled: those that two readings, one after the other, agree on."""

from __future__ import annotations

import re

__all__ = ["PartialWords"]


class PartialWords:
    """Of one utterance. What is read of its first second changes: "You" of a breath, "Yeah" of half a "no"."""

    def __init__(self) -> None:
        self._before: list[str] = []
        self._shown = ""

    def read(self, text: str) -> str:
        """What is settled with this reading, if it is more than was settled before; else nothing."""
        words = text.split()
        agreed = 0
        for word, before in zip(words, self._before, strict=False):
            if _bare(word) != _bare(before):
                break
            agreed += 1
        self._before = words
        settled = " ".join(words[:agreed])
        if len(settled) <= len(self._shown):
            return ""
        self._shown = settled
        return settled


def _bare(word: str) -> str:
    return re.sub(r"\W", "", word).lower()
