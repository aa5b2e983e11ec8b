"""Words that are read out in rows: numbers and spelled letters, in the languages of which we have words."""

from __future__ import annotations

from mcp_voice.words.languages import every
from mcp_voice.words.languages.everywhere import SPELLED

__all__ = ["is_read_out"]

LONGEST = 40
"""Letters of a number in one word: "siebenhundertsiebenundsiebzig" has 29."""
NUMBERS = every(lambda lexicon: lexicon.digits | lexicon.numbers)
JOINERS = every(lambda lexicon: lexicon.number_joiners)
"""Between two numbers, also within a word: "vierundzwanzig"."""
PARTS = NUMBERS | JOINERS
LENGTHS = tuple(sorted({len(part) for part in PARTS}))


def is_read_out(phrase: list[str]) -> bool:
    """Whether words, in lower case and without signs, are nothing but numbers or nothing but spelled letters."""
    if all(word in SPELLED for word in phrase):
        return True
    numbers = [word for word in phrase if word not in JOINERS]
    return bool(numbers) and all(_is_number(word) for word in numbers)


def _is_number(word: str) -> bool:
    if word.isdigit() or word in NUMBERS:
        return True
    if len(word) > LONGEST:
        return False
    ends = {0}
    for start in range(len(word)):
        if start in ends:
            ends |= {start + length for length in LENGTHS if word[start : start + length] in PARTS}
    return len(word) in ends
