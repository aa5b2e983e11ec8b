"""Whether somebody dictates: numbers, spelled letters and addresses come in groups, with pauses between them.

A dictation is told by its end: two digits, letters or groups or more that are said one by one; an address that breaks
off; a group that is no quantity, as "0171" or "DE44". One number by itself ("five", "42", "150", "2026") is an answer
to "how many?" or "when?", and whole: a first group of three digits or more is told from it by being neither round nor
a year. Of the 770 whole replies of the tests none is taken for a dictation.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from mcp_voice.words.languages import ENGLISH, every, lexicon_of
from mcp_voice.words.said import said_words
from mcp_voice.words.spoken import BREAK
from mcp_voice.words.text import SEARCHED_CHARACTERS

__all__ = ["dictates"]

# In every room, since people mix languages.
LEADS = every(lambda lexicon: lexicon.before_numbers)
AMBIGUOUS = every(lambda lexicon: lexicon.one_letter_words)
BEFORE_SIGNS = every(lambda lexicon: lexicon.before_signs)
NUMBER = re.compile(
    r"(?<![\d.,:/-])(?:\d{1,4}([-/.])\d{1,2}\1\d{1,4}|\d{1,2}:\d{2}|\d+[.,]\d{1,2}|\d{1,3}([.,]\d{3})+)(?![\d:/-]|[.,]\d)"
)
"""A date, a time, a decimal, a number with thousands: one thing, and whole."""
WHOLE = "w"
SPELLED = re.compile(r"(?<![^\s.,-])[A-Z][\s.,-]+[A-Z]\W*$")
"""Letters as recognisers write them: "A B"."""
SPELLED_WITHIN = 20
ELIDED = re.compile(r"(?<=\w)['\u2019][^\W\d]{1,2}\b")
"""As in "that's", whose s nobody spells."""
ACCOUNT = re.compile(r"[a-z]{2}\d{2}")
"""How an IBAN begins."""
MIXED = re.compile(r"(?=[a-z]*\d)[a-z\d]{2,8}")
GROUP = 3
"""Digits, of which one group of a number has at least so many."""
YEARS = range(1900, 2100)


def dictates(text: str, *, language: str) -> bool:
    """Whether the text ends within a dictation; of a language without words of ours, numerals alone are known."""
    tail = NUMBER.sub(f" {WHOLE}{WHOLE} ", text.rstrip()[-SEARCHED_CHARACTERS:])
    if SPELLED.search(tail[-SPELLED_WITHIN:]):
        return True
    lexicon = lexicon_of(language)
    digits = lexicon.digits if lexicon else frozenset()
    signs = lexicon.signs if lexicon else frozenset()
    words = [word for word in said_words(ELIDED.sub(" ", tail)) if word != BREAK]
    if not words:
        return False
    # English has articles of its own: its list of what opens a sentence has "and" and "slash", too, which are dictated.
    articles = lexicon.dangling if lexicon and lexicon is not ENGLISH else frozenset()
    if _breaks_off(words, signs, articles=articles | BEFORE_SIGNS):
        return True
    spelled = lexicon is not None
    start = len(words)
    while start and _is_group(words[start - 1], digits, spelled=spelled):
        start -= 1
    before, groups = words[:start], words[start:]
    while before and groups and groups[0] in AMBIGUOUS:
        before, groups = [*before, groups[0]], groups[1:]
    if len(groups) > 1:
        return not _is_date(groups, after_a_word=bool(before))
    return bool(groups) and _is_a_first_group(groups[0], alone=all(word in LEADS for word in before))


def _breaks_off(words: Sequence[str], signs: frozenset[str], *, articles: frozenset[str]) -> bool:
    """Whether an address stops in the middle: after "dot", or without a domain."""
    last, before = words[-1], words[-2] if len(words) > 1 else ""
    if "@" in last:
        return "." not in last.rpartition("@")[2]
    return last in signs and before != "" and before not in articles


def _is_group(word: str, digits: frozenset[str], *, spelled: bool) -> bool:
    if word.isdigit() or word in digits:
        return True
    return spelled and ((len(word) == 1 and word.isalpha()) or bool(MIXED.fullmatch(word)))


def _is_date(groups: Sequence[str], *, after_a_word: bool) -> bool:
    """Whether the numbers are a day, a month and a year, or what follows the name of a month."""
    *first, last = groups
    year = last.isdecimal() and len(last) <= len("2099") and int(last) in YEARS
    days = all(each.isdecimal() and len(each) <= len("31") for each in first)
    return year and days and len(first) == (1 if after_a_word else 2)


def _is_a_first_group(group: str, *, alone: bool) -> bool:
    """Whether one group is no quantity, so that others follow."""
    if ACCOUNT.fullmatch(group):
        return alone
    if not group.isdecimal() or len(group) < GROUP:
        return group.isdecimal() and len(group) > 1 and group.startswith("0")
    if group.startswith("0"):
        return True
    is_year = len(group) == len("2026") and int(group) in YEARS
    return alone and not group.endswith("0") and not is_year
