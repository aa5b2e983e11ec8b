"""Words that are the name of a choice and here describe something else: the "flat" of "I have a flat tire"."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from mcp_voice.words.languages.en import FLUFF
from mcp_voice.words.spoken import BREAK, ORDINALS
from mcp_voice.words.text import plain, word_set

__all__ = ["without_attributes"]

ONE_OF_MANY = word_set("a an another")
"""Before them nothing is singled out of what was offered, as "the" does."""
SOMEBODYS = word_set("my his her its our their")
STATING = word_set("have has had got get there is was it that this")
"""What says before "a flat tire" that there is one. The "is" of "it's" is not among the words any more."""
HAPPENING = word_set("is was are were has had got broke went")
"""What says it after "my flat screen"."""
ADVERBS = word_set("already just also still only really now")
CHOOSING = re.compile(
    r"'(?:ll|d)\b|\b(?:want|like|love|prefer|choose|chose|pick|select|take|use|need|go|going|let|lets|make|set|try"
    r"|start|vote|give|please|better|best|rather|favou?r|will|would|should|could|can|may|must|shall|think|guess"
    r"|suppose|say|definitely|yes|yeah|yep|ok|okay|sure|sounds?|seems?|works?|fine)\b"
)
"""Whoever says one of these is expected to choose."""
NO_NOUN = (
    FLUFF
    | ORDINALS.keys()
    | word_set("""
        because since as is are was were would should will can could sound look seem work then and or not but for over
        instead too only all any it that this these i we you he she they in on at of to from with by if when while so
        now today already again option choice answer variant version
    """)
)
"""What may follow a choice that is named."""


def without_attributes(text: str, words: Sequence[str], names: Collection[str]) -> list[str]:
    """The words, without each name of one word that describes something in a statement that chooses nothing.

    ``words`` are those of the text in their canonical form, with the articles.
    """
    # Whoever sends a million spaces between two words is not to hold the loop.
    if CHOOSING.search(plain(" ".join(text.split()))):
        return list(words)
    return [word for at, word in enumerate(words) if not (word in names and _describes(words, at))]


def _describes(words: Sequence[str], at: int) -> bool:
    """Whether the word there stands before a noun that somebody says there is."""
    then = words[at + 1] if at + 1 < len(words) else BREAK
    if then == BREAK or then in NO_NOUN or then[0].isdigit() or not at:
        return False
    before = [word for word in words[: at - 1] if word not in ADVERBS]
    if words[at - 1] in ONE_OF_MANY:
        return bool(before) and before[-1] in STATING
    return words[at - 1] in SOMEBODYS and not HAPPENING.isdisjoint(words[at + 2 : at + 4])
