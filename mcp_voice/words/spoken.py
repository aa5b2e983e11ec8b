"""Spoken English brought to the form in which choices and replies are compared: "the forty-two" is "42".

Numbers are put together here and by no library. Right of the 77 rows of tests/data/numbers.tsv in November 2026: these
rules 77; text2num 3.1.0 69, with a threshold of 0; ovos-number-parser 0.19.13 68; number-parser 0.3.2 66; word2number
1.1 60, given the runs of number words one by one. All of them make "a 100" of "a hundred" and a number of "a few
hundred", and none reads "version two point five point one"; two make "the 1st 1" or "the 1 1" of "the first one", which
names a choice by its place, and the last adds up "four nine one", which is dictated.
"""

from __future__ import annotations

import re

from mcp_voice.words.languages.en.numbers import CONTRACTED, ORDINALS, SCALES, SIGNS, SPELLINGS, TENS, UNITS
from mcp_voice.words.notes import in_letters, joined_notes
from mcp_voice.words.text import SEARCHED_CHARACTERS, SEARCHED_WORDS, plain

__all__ = ["BREAK", "canonical", "searched"]

BREAK = ","
"""Stands for the punctuation between two parts of a sentence."""

GREATEST = 10**12
"""Numbers beyond it are no longer put together; "hundred hundred hundred ..." has none."""
ORDINAL_NAMES = {number: word for word, number in ORDINALS.items()}
ORDINAL_WORDS = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th)\b")
DIGITS_AND_LETTERS = re.compile(r"(?<=[a-z])(?=\d)|(?<=\d)(?=[a-z])")
DOTTED = re.compile(r"(?<=[^\W\d])\.(?=[^\W\d])")
PART = re.compile(r"\d+(?:\.\d+)*|[^\W\d_]+|[,;:!?.…–—]")  # noqa: RUF001
THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}\b)")


def canonical(text: str) -> list[str]:
    """The words in one spelling, without plurals, numbers as digits, punctuation as `BREAK`.

    Articles stay: whether "a" is one depends on the choices.
    """
    said = in_letters(THOUSANDS.sub("", plain(text)))
    for pattern, replacement in CONTRACTED:
        said = pattern.sub(replacement, said)
    for sign, name in SIGNS:
        said = said.replace(sign, name)
    said = DOTTED.sub(" ", said.replace("'", "").replace("-", " "))
    said = ORDINAL_WORDS.sub(lambda match: ORDINAL_NAMES.get(int(match[1]), match[0]), said)
    parts = PART.findall(DIGITS_AND_LETTERS.sub(" ", said))
    words = [part if part[0].isalnum() else BREAK for part in parts]
    numbered = _numbers([SPELLINGS.get(word, word) for word in words])
    return joined_notes([_singular(SPELLINGS.get(word, word)) for word in numbered])


def searched(text: str) -> list[str] | None:
    """The words of a text that others sent, as `canonical` makes them; None if there is too much to search."""
    said = text.strip()
    words = canonical(said) if len(said) <= SEARCHED_CHARACTERS else []
    return words if len(said) <= SEARCHED_CHARACTERS and len(words) <= SEARCHED_WORDS else None


def _singular(word: str) -> str:
    """The word without a plural's s; both sides of a comparison go through this, so it need not be right."""
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")) else word  # noqa: PLR2004


def _numbers(words: list[str]) -> list[str]:
    """Number words as digits: "forty two" is "42", "three point five" is "3.5", but "one two" stays two numbers."""
    result: list[str] = []
    at = 0
    while at < len(words):
        value, at_next = _number(words, at)
        if value is None:
            result.append(words[at])
            at += 1
            continue
        text = str(value)
        while words[at_next : at_next + 1] == ["point"] and (digits := _digits(words, at_next + 1)):
            text += "." + "".join(digits)
            at_next += 1 + len(digits)
        result.append(text)
        at = at_next
    return result


def _digits(words: list[str], at: int) -> list[str]:
    digits = []
    value, at_next = _number(words, at)
    if value is not None and at_next > at + 1:  # "three point eleven", "three point twenty one"
        return [str(value), *[""] * (at_next - at - 1)]
    while at < len(words) and (words[at] in UNITS or words[at].isdigit()):
        digits.append(str(UNITS.get(words[at], words[at])))
        at += 1
    return digits


def _number(words: list[str], at: int) -> tuple[int | None, int]:
    """The number that begins at this word, and the place after it."""
    total = 0
    current: int | None = None
    if at + 1 < len(words) and words[at] == "a" and words[at + 1] in SCALES:
        current, at = 1, at + 1
    while at < len(words) and total + (current or 0) < GREATEST:
        word = words[at]
        fresh = current is None or (current == 0 and total > 0)
        if word in UNITS and (fresh or _takes(current or 0, UNITS[word])):
            current = (current or 0) + UNITS[word]
        elif word in TENS and (fresh or (current and current % 100 == 0)):
            current = (current or 0) + TENS[word]
        elif word in SCALES and current is not None:
            current *= SCALES[word]
            if SCALES[word] > 100:  # noqa: PLR2004 - a hundred may still be added to, and multiplied
                total, current = total + current, 0
        elif word == "and" and current is not None and _follows_a_scale(words, at):
            pass
        else:
            break
        at += 1
    return (None if current is None else total + current), at


def _takes(current: int, unit: int) -> bool:
    """Whether the unit continues the number: after "forty" or "two hundred", not after "one"."""
    return (current % 100 == 0 and current > 0) or (0 < unit < 10 and current % 10 == 0 and current % 100 >= 20)  # noqa: PLR2004


def _follows_a_scale(words: list[str], at: int) -> bool:
    return words[at - 1] in SCALES and words[at + 1 : at + 2] != [] and words[at + 1] in UNITS | TENS
