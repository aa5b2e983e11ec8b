"""Some recognisers write everything in capitals; a human would read it in ordinary case."""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["in_ordinary_case"]

WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")  # noqa: RUF001 - as recognisers write it
SPELLED_OR_WORD = re.compile(rf"\b[^\W\d_](?:[\s.-]+[^\W\d_]\b(?!['’]))+|{WORD.pattern}")  # noqa: RUF001
TOKEN = re.compile(r"\S+")
BEGINNING = re.compile(r"(?:^|[.!?]\s+)[^\w\s]*\w")
FIRST_PERSON = re.compile(r"\bi\b(?!\.)")
CAPITALS = re.compile(r"[A-Z\u00c0-\u00de]")
VOWELS = frozenset("AEIOUYÀÁÂÃÄÅÆÈÉÊËÌÍÎÏÒÓÔÕÖØÙÚÛÜÝ")
LONG_LETTERS = 5
"""Acronyms that are said in a room are shorter, so a text with such a word in capitals is all in capitals."""
MANY_WORDS = 4


def in_ordinary_case(text: str, choices: Sequence[str] = ()) -> str:
    """What is all in capitals, as "Yes please go ahead"; anything else, and what is as short as "AWS", stays.

    Spelled letters and words without a vowel ("SQL") stay capitals, and names keep the case that ``choices`` give them.
    """
    words = WORD.findall(text)
    long = len(words) >= MANY_WORDS or any(len(word) >= LONG_LETTERS for word in words)
    if not (long and text.isupper() and CAPITALS.search(text)):
        return text
    lowered = FIRST_PERSON.sub("I", SPELLED_OR_WORD.sub(_lowered, text))
    begun = BEGINNING.sub(lambda start: start[0][:-1] + start[0][-1].upper(), lowered)
    names = {
        word.casefold(): word for choice in choices for word in TOKEN.findall(choice) if word[1:].lower() != word[1:]
    }
    return TOKEN.sub(lambda token: _named(token[0], names), begun) if names else begun


def _named(token: str, names: dict[str, str]) -> str:
    bare = token.strip(".,;:!?")
    name = names.get(bare.casefold())
    return token.replace(bare, name) if name and name[1:] != name[1:].lower() else token


def _lowered(word: re.Match[str]) -> str:
    letters, text = word[0], word.string
    acronym = len(letters) > 1 and not VOWELS & set(letters)
    spelled = len(letters) > 1 and not letters[1].isalpha() and letters[1] not in "'’"  # noqa: RUF001
    before, after = text[max(0, word.start() - 1) : word.start()], text[word.end() : word.end() + 1]
    part_of_a_name = before.isdigit() or after.isdigit() or after in ("+", "#")
    return letters if acronym or spelled or part_of_a_name else letters.lower()
