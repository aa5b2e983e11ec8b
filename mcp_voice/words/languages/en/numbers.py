"""English numbers, contractions and spellings: how words are brought to the form in which texts are compared."""

from __future__ import annotations

import re

from mcp_voice.words.text import word_set

__all__ = ["CONTRACTED", "NUMBERS", "ORDINALS", "SCALES", "SIGNS", "SPELLINGS", "TENS", "UNITS"]

UNIT_WORDS = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen
"""
TEN_WORDS = "twenty thirty forty fifty sixty seventy eighty ninety"
ORDINAL_LIST = "first second third fourth fifth sixth seventh eighth ninth tenth"
UNITS = {word: number for number, word in enumerate(UNIT_WORDS.split())}
TENS = {word: 10 * number for number, word in enumerate(TEN_WORDS.split(), start=2)}
SCALES = {"hundred": 100, "thousand": 1000, "million": 1_000_000}
ORDINALS = {word: number for number, word in enumerate(ORDINAL_LIST.split(), start=1)}
NUMBERS = frozenset(UNITS) | frozenset(TENS) | frozenset(SCALES) | word_set("point dot dash minus")

CONTRACTED = (
    (re.compile(r"\b(?:uh[- ]?huh|mm[- ]?hm+|mhm)\b"), "yes"),
    (re.compile(r"\bwon't\b"), "will not"),
    (re.compile(r"\bcan't\b|\bcannot\b"), "can not"),
    (re.compile(r"n't\b"), " not"),
    (re.compile(r"\blet's\b"), "lets"),
    (re.compile(r"'(?:s|re|m|d|ll|ve)\b"), ""),
)
# What recognisers write for a name that is spelled otherwise, and signs by their names.
SPELLINGS = {"sequel": "sql", "okay": "ok", "alright": "ok", "colour": "color", "grey": "gray", "fourty": "forty"}
SIGNS = (
    ("c++", "c plus plus"),
    ("&", " and "),
    ("%", " percent "),
    ("+", " plus "),
)
