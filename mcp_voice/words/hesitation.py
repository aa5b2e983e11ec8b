"""Whether somebody has only hesitated so far: they are there and will answer, and have said nothing of it yet."""

from __future__ import annotations

from mcp_voice.words.languages import lexicon_of
from mcp_voice.words.languages.everywhere import HUMMED
from mcp_voice.words.said import said_words, unbroken
from mcp_voice.words.text import plain

__all__ = ["only_hesitates"]

LONGEST = 100
"""Characters; nobody hesitates for longer, and what is longer need not be searched."""


def only_hesitates(text: str, *, language: str = "en") -> bool:
    """Whether there is nothing but "um", "well", "so" in these words, however many; "hm?" asks, and "mm-hm" agrees.

    ``language`` is a BCP 47 tag, of which the primary subtag counts; of one that we do not know nothing is claimed.
    """
    lexicon = lexicon_of(language)
    if lexicon is None or len(text) > LONGEST or "?" in plain(text):
        return False
    words = tuple(unbroken(said_words(text)))
    if words in HUMMED:
        return False
    hesitating = (lexicon.fillers | lexicon.hesitant) - lexicon.answering_fillers
    return not hesitating.isdisjoint(words) and set(words) <= hesitating | lexicon.beside_hesitation
