"""Words of languages, one file each; another one is a file here and a row of the table below."""

from __future__ import annotations

from mcp_voice.words.languages.de import GERMAN
from mcp_voice.words.languages.en import ENGLISH
from mcp_voice.words.languages.es import SPANISH
from mcp_voice.words.languages.fr import FRENCH
from mcp_voice.words.languages.it import ITALIAN
from mcp_voice.words.languages.lexicon import Lexicon, Vocabulary
from mcp_voice.words.languages.nl import DUTCH
from mcp_voice.words.languages.pt import PORTUGUESE

__all__ = ["LEXICONS", "VOCABULARIES", "Lexicon", "Vocabulary", "primary"]

LEXICONS = {"de": GERMAN, "es": SPANISH, "fr": FRENCH, "it": ITALIAN, "nl": DUTCH, "pt": PORTUGUESE}
"""Those that have no rules of their own."""
VOCABULARIES: dict[str, Vocabulary] = {"en": ENGLISH, **LEXICONS}


def primary(language: str) -> str:
    """The primary subtag of a BCP 47 tag, which is what counts: "pt" of "pt-BR"."""
    return language.replace("_", "-").partition("-")[0].casefold()
