"""The words of a text in any language, in the form in which they are compared."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence

from mcp_voice.words.notes import in_letters, solfege_joined
from mcp_voice.words.spoken import BREAK
from mcp_voice.words.text import SEARCHED_CHARACTERS, plain

__all__ = ["anywhere", "said_words", "unbroken"]

KEPT = "+#%&@"
"""Signs that belong to a name: "C++", "C#"."""
JOINING = "'-_/’"  # noqa: RUF001 - as recognisers write them


def said_words(text: str) -> list[str]:
    """The words in lower case, with their accents; punctuation as `BREAK`, apostrophes and dashes part two words."""
    said = in_letters(plain(text[:SEARCHED_CHARACTERS]))
    signs: list[str] = []
    for at, sign in enumerate(said):
        inside = sign == "." and said[at - 1 : at].isalnum() and said[at + 1 : at + 2].isalnum()
        category = unicodedata.category(sign)[0]
        if category in "LNM" or sign in KEPT or inside:
            signs.append(sign)
        else:
            signs.append(f" {BREAK} " if category == "P" and sign not in JOINING else " ")
    return solfege_joined("".join(signs).split())


def unbroken(words: Sequence[str]) -> list[str]:
    """The words without the breaks between them."""
    return [word for word in words if word != BREAK]


def anywhere(words: Sequence[str], known: Collection[str], *, longest: int) -> bool:
    """Whether one of the known phrases, of ``longest`` words at most, stands among the words."""
    sizes = range(1, longest + 1)
    return any(" ".join(words[at : at + size]) in known for at in range(len(words)) for size in sizes)
