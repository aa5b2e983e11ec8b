"""Words that are the name of a choice and here describe something else: the "flat" of "I have a flat tire"."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from mcp_voice.words.languages import ENGLISH
from mcp_voice.words.languages.en.describing import (
    ADVERBS,
    BEFORE_NO_NOUN,
    CHOOSING,
    DEGREES,
    HAPPENING,
    KINDS,
    ONE_OF_MANY,
    ORDINARY,
    PREDICATING,
    SOMEBODYS,
    STATING,
)
from mcp_voice.words.languages.en.numbers import ORDINALS
from mcp_voice.words.spoken import BREAK
from mcp_voice.words.text import plain

__all__ = ["proper_name", "without_attributes", "without_predicates"]

NO_NOUN = ENGLISH.around | ORDINALS.keys() | BEFORE_NO_NOUN
"""What may follow a choice that is named."""


def proper_name(choice: str) -> bool:
    """Whether the choice, of one word, is written as the name of a product, a place or a person."""
    letters = choice.strip(" .!?")
    mixed = letters.isalnum() and any(map(str.isupper, letters[1:])) and any(map(str.islower, letters))
    return mixed or (letters.isalpha() and letters[:1].isupper() and letters.lower() not in ORDINARY)


def without_attributes(
    text: str, words: Sequence[str], names: Collection[str], *, proper: Collection[str] = ()
) -> list[str]:
    """The words, without each name of one word that describes something in a statement that chooses nothing.

    ``words`` are those of the text in their canonical form, with the articles. ``proper``: the names of products and
    their like, which say what kind of database, say, it is that there is.
    """
    # Whoever sends a million spaces between two words is not to hold the loop.
    if CHOOSING.search(plain(" ".join(text.split()))):
        return list(words)
    return [
        word
        for at, word in enumerate(words)
        if not (word in names and _describes(words, at)) or (word in proper and words[at + 1] in KINDS)
    ]


def without_predicates(words: Sequence[str], things: Collection[str]) -> list[str]:
    """The words, without each "flat" of "the tire is flat", where "a flat" was offered: ``things`` are such words."""
    return [word for at, word in enumerate(words) if not (word in things and _predicated(words, at))]


def _predicated(words: Sequence[str], at: int) -> bool:
    if words[at - 1 : at] and words[at - 1] in ONE_OF_MANY | {"the"}:
        return False
    before = next((word for word in reversed(words[:at]) if word not in ADVERBS), BREAK)
    degree = bool(at) and words[at - 1] in DEGREES
    return degree or before in PREDICATING or not (before == BREAK or before in ENGLISH.around)


def _describes(words: Sequence[str], at: int) -> bool:
    """Whether the word there stands before a noun that somebody says there is."""
    then = words[at + 1] if at + 1 < len(words) else BREAK
    if then == BREAK or then in NO_NOUN or then[0].isdigit() or not at:
        return False
    before = [word for word in words[: at - 1] if word not in ADVERBS]
    if words[at - 1] in ONE_OF_MANY:
        return bool(before) and before[-1] in STATING
    return words[at - 1] in SOMEBODYS and not HAPPENING.isdisjoint(words[at + 2 : at + 4])
