"""The names of notes and keys, which are one name each: F sharp is no F, however it is written (and C# is no C)."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from mcp_voice.words.languages import ENGLISH, every

__all__ = ["are_notes", "in_letters", "joined_notes", "solfege_joined"]

SIGNS = {"#": "sharp", "♯": "sharp", "♭": "flat", "♮": "natural"}
ALTERED = frozenset(SIGNS.values())
SURELY = ENGLISH.notes - {"a"}
"""Letters that are nothing but a name; "a flat" may be one of a house."""
STEPS = every(lambda lexicon: lexicon.notes)
WITH_SIGN = re.compile(rf"(?<!\w)({'|'.join(sorted(STEPS))})(#|\s?[♯♭♮])")
ALTERING = dict.fromkeys(every(lambda lexicon: lexicon.sharps), "sharp") | dict.fromkeys(
    every(lambda lexicon: lexicon.flats), "flat"
)


def in_letters(text: str) -> str:
    """The text, which is in lower case, with a note and its sign as one word: "f♯" is "fsharp"."""
    return WITH_SIGN.sub(lambda found: f"{found[1]}{SIGNS[found[2].strip()]} ", text)


def joined_notes(words: Sequence[str], letters: Collection[str] = SURELY) -> list[str]:
    """The words with a note and what alters it as one: "f sharp" is "fsharp"."""
    joined: list[str] = []
    for word in words:
        if word in ALTERED and joined and joined[-1] in letters:
            joined[-1] += word
        else:
            joined.append(word)
    return joined


def solfege_joined(words: Sequence[str]) -> list[str]:
    """The same in other languages: "fa dièse" is "fasharp"."""
    joined: list[str] = []
    for word in words:
        if word in ALTERING and joined and joined[-1] in STEPS:
            joined[-1] += ALTERING[word]
        else:
            joined.append(word)
    return joined


def are_notes(names: Sequence[Sequence[str]]) -> bool:
    """Whether the choices are notes, so that the "a" of "a flat" is one too."""
    altered = {name[1] for name in names if len(name) > 1 and name[0] == "a" and name[1] in ALTERED}
    notes = {letter + how for letter in SURELY | {"a"} for how in ALTERED}
    return len(altered) > 1 or any((name[:1] == ["a"] and len(name) == 1) or name[0] in notes for name in names if name)
