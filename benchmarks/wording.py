"""How many words a recogniser got wrong: the least number of changes that make what was said of what was heard."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

__all__ = ["interval", "plain_words", "words_wrong"]

UNITS = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen
""".split()  # noqa: SIM905
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()  # noqa: SIM905
HUNDRED, THOUSAND = 100, 1000
SPELLINGS = {
    "metres": "meters", "colour": "color", "per cent": "percent", "e-mail": "email", "okay": "ok", "mr": "mister",
    "to-day": "today", "to-morrow": "tomorrow", "to-night": "tonight",
}  # fmt: skip
"""One spelling for words that sound alike, in lower case."""
WORD = re.compile(r"\d+|[a-z']+")
RESAMPLED = 2000
SHARE = 0.95


def plain_words(text: str, *, digit_by_digit: bool = False) -> list[str]:
    """The words in lower case without signs; numbers as words, read as a number or digit by digit."""
    plain = text.lower().replace("’", "'").replace("%", " percent ")  # noqa: RUF001
    plain = re.sub(r"(?<=\d),(?=\d{3}\b)", "", plain)
    for spelling, common in SPELLINGS.items():
        plain = re.sub(rf"\b{spelling}\b", common, plain)
    return [word for part in WORD.findall(plain) for word in _spoken(part, digit_by_digit=digit_by_digit)]


def words_wrong(said: str, heard: str) -> int:
    """Words replaced, left out or added; of the ways to read a number out, the one that fits best counts."""
    wanted = plain_words(said)
    return min(_distance(wanted, plain_words(heard, digit_by_digit=each)) for each in (False, True))


def interval(wrong: Sequence[int], words: Sequence[int]) -> tuple[float, float]:
    """Between which shares of wrong words 95 % of the samples lie that are drawn anew from these utterances."""
    counted, of = np.asarray(wrong), np.asarray(words)
    drawn = np.random.default_rng(0).integers(0, len(counted), (RESAMPLED, len(counted)))
    shares = counted[drawn].sum(axis=1) / of[drawn].sum(axis=1)
    low, high = np.quantile(shares, [(1 - SHARE) / 2, (1 + SHARE) / 2])
    return float(low), float(high)


def _spoken(part: str, *, digit_by_digit: bool) -> list[str]:
    if not part.isdigit():
        return [part]
    if digit_by_digit or len(part) > len(str(THOUSAND * THOUSAND - 1)) or (part[0] == "0" and part != "0"):
        return [UNITS[int(digit)] for digit in part]
    return _number(int(part))


def _number(value: int) -> list[str]:
    if value < len(UNITS):
        return [UNITS[value]]
    for scale, name in ((THOUSAND, "thousand"), (HUNDRED, "hundred")):
        if value >= scale:
            rest = value % scale
            return [*_number(value // scale), name, *(_number(rest) if rest else [])]
    tens, unit = divmod(value, 10)
    return [TENS[tens - 2], *([UNITS[unit]] if unit else [])]


def _distance(said: Sequence[str], heard: Sequence[str]) -> int:
    row = list(range(len(heard) + 1))
    for at, word in enumerate(said, start=1):
        before, row = row, [at]
        for place, other in enumerate(heard):
            row.append(min(before[place] + (word != other), before[place + 1] + 1, row[place] + 1))
    return row[-1]
