"""What is known of each language, one file each of the same shape; another one is a file here and a row of the table.

English has a folder: what all languages have is in its ``__init__``, and what only its own rules use beside that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from mcp_voice.words.languages.de import GERMAN
from mcp_voice.words.languages.en import ENGLISH
from mcp_voice.words.languages.es import SPANISH
from mcp_voice.words.languages.fr import FRENCH
from mcp_voice.words.languages.it import ITALIAN
from mcp_voice.words.languages.lexicon import Lexicon
from mcp_voice.words.languages.nl import DUTCH
from mcp_voice.words.languages.pt import PORTUGUESE

__all__ = ["ENGLISH", "LEXICONS", "Lexicon", "every", "lexicon_of", "primary"]

LEXICONS = {
    "de": GERMAN,
    "en": ENGLISH,
    "es": SPANISH,
    "fr": FRENCH,
    "it": ITALIAN,
    "nl": DUTCH,
    "pt": PORTUGUESE,
}


def primary(language: str) -> str:
    """The primary subtag of a BCP 47 tag, which is what counts: "pt" of "pt-BR"."""
    return language.replace("_", "-").partition("-")[0].casefold()


def lexicon_of(language: str) -> Lexicon | None:
    """What is known of the language of a BCP 47 tag; None for one of which we have no words."""
    return LEXICONS.get(primary(language))


def every(part: Callable[[Lexicon], Iterable[str]]) -> frozenset[str]:
    """The words of this part of every lexicon, for what people say in a room of any language."""
    return frozenset(word for lexicon in LEXICONS.values() for word in part(lexicon))
