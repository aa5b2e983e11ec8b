"""Whether somebody has only hesitated so far: they are there and will answer, and have said nothing of it yet."""

from __future__ import annotations

from mcp_voice.words.languages import LEXICONS, primary
from mcp_voice.words.languages.en import FILLERS
from mcp_voice.words.said import said_words, unbroken
from mcp_voice.words.text import plain, word_set

__all__ = ["only_hesitates"]

ENGLISH = (FILLERS | word_set("ah well so")) - word_set("mm mmm")
BESIDE = word_set("oh and but like actually")
"""English words that may stand beside those, and that are a reply, or the end of one, by themselves."""
CAN_ANSWER = word_set("este tipo é mm mmm")
"""Fillers of other languages that are ordinary words too ("this one", "yes"), or are hummed as a yes."""
ASSENTS = frozenset({("mm", "hmm"), ("mm", "hm"), ("hm", "hmm"), ("hm", "hm"), ("uh", "hm")})
"""Two fillers that together are a yes, as recognisers write "mm-hm"."""
LONGEST = 100
"""Characters; nobody hesitates for longer, and what is longer need not be searched."""


def only_hesitates(text: str, *, language: str = "en") -> bool:
    """Whether there is nothing but "um", "well", "so" in these words, however many; "hm?" asks, and "mm-hm" agrees.

    ``language`` is a BCP 47 tag, of which the primary subtag counts; of one that we do not know nothing is claimed.
    """
    if len(text) > LONGEST or "?" in plain(text):
        return False
    words = tuple(unbroken(said_words(text)))
    if words in ASSENTS:
        return False
    if primary(language) == "en":
        return not ENGLISH.isdisjoint(words) and set(words) <= ENGLISH | BESIDE
    lexicon = LEXICONS.get(primary(language))
    return lexicon is not None and bool(words) and set(words) <= lexicon.fillers - CAN_ANSWER
