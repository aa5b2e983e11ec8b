"""Please and thank you in languages of which we know nothing else: beside these, a choice is still named exactly."""

from __future__ import annotations

from collections.abc import Sequence

from mcp_voice.words.languages.politeness import AFFIXES, EVERYWHERE, POLITENESS

__all__ = ["polite", "without_affixes"]


def polite(language: str) -> frozenset[str]:
    """The polite words and phrases of a primary subtag, with the English ones."""
    return EVERYWHERE | POLITENESS.get(language, frozenset())


def without_affixes(words: Sequence[str], language: str) -> list[str]:
    """The words without a polite beginning or end that is written together with them."""
    bare = list(words)
    for affix in AFFIXES.get(language, ()):
        bare = [word.removesuffix(affix).removeprefix(affix) or word for word in bare]
    return bare
