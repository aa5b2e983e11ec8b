"""The words of a text in any language, in the form in which they are compared."""

from __future__ import annotations

import unicodedata

from mcp_voice.words.spoken import BREAK
from mcp_voice.words.text import SEARCHED_CHARACTERS, plain

__all__ = ["said_words"]

KEPT = "+#%&@"
"""Signs that belong to a name: "C++", "C#"."""
JOINING = "'-_/’"  # noqa: RUF001 - as recognisers write them


def said_words(text: str) -> list[str]:
    """The words in lower case, with their accents; punctuation as `BREAK`, apostrophes and dashes part two words."""
    said = plain(text[:SEARCHED_CHARACTERS])
    signs: list[str] = []
    for at, sign in enumerate(said):
        inside = sign == "." and said[at - 1 : at].isalnum() and said[at + 1 : at + 2].isalnum()
        category = unicodedata.category(sign)[0]
        if category in "LNM" or sign in KEPT or inside:
            signs.append(sign)
        else:
            signs.append(f" {BREAK} " if category == "P" and sign not in JOINING else " ")
    return "".join(signs).split()
