"""Where in a reply choices are named, and which of these namings are meant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import accumulate

from mcp_voice.words.languages.en.refusing import (
    ALL_BUT,
    BEING_RID_OF,
    BRIDGES,
    CORRECTIONS,
    DENIALS,
    DENIED_AFTER,
    DENYING_PHRASES,
    NO_SUBJECT,
    REFUSED,
    TAKEN_BACK_ALONE,
    WAIT_FOR,
)
from mcp_voice.words.spoken import BREAK

__all__ = ["Naming", "meant", "namings", "refused_after", "same_name"]

SIMILAR = 0.85
"""Above this ratio of difflib, two words are one that a recogniser misheard; "mysql" and "mysqul" have 0.91."""
FUZZY_LENGTH = 5
"""Shorter words are compared letter by letter."""
EFFORT = 40_000
"""What is spent on the names that may have been misheard, in pairs of letters that are compared: some 10 ms.

An ordinary reply of thirty words to ten choices of three takes a tenth of it.
"""
LOOKING, JOINING, MATCHING = 4, 40, 100
"""What it costs to look at a place, to put letters together, and to compare them, besides."""
LEAVING = 6
REACH = 6
"""How many words after a negation the name it denies may come."""


@dataclass(frozen=True, slots=True)
class Naming:
    """A choice named by the words from ``start`` up to ``end``."""

    choice: int
    start: int
    end: int


def _joined(words: Sequence[str]) -> str:
    return "".join(words)


def _numbers(words: Sequence[str]) -> list[str]:
    return [word for word in words if word[0].isdigit()]


def same_name(heard: Sequence[str], name: Sequence[str]) -> bool:
    """The same letters: "my sql" is "MySQL"; numbers must be alike as numbers."""
    return _joined(heard) == _joined(name) and _numbers(heard) == _numbers(name)


class _TooMuch(Exception):
    """There is more to compare than the event loop can wait for."""


class _Likeness:
    """Compares letter by letter, which takes a time that grows with the product of the lengths, up to a limit."""

    def __init__(self) -> None:
        self._left = EFFORT

    def spend(self, effort: int) -> None:
        """Take note of what was done; raises _TooMuch at the limit."""
        self._left -= effort
        if self._left < 0:
            raise _TooMuch

    def similar(self, heard: Sequence[str], name: Sequence[str]) -> bool:
        """Whether a recogniser may have misheard a name so; raises _TooMuch."""
        self.spend(JOINING)
        a, b = _joined(heard), _joined(name)
        if not _alike_in_length(len(a), len(b)) or a[0] != b[0] or _has_digit(a) or _has_digit(b):
            return False  # The first letter tells "complete" from "incomplete".
        if len(heard) == len(name) > 1:
            return all(x == y or self.similar([x], [y]) for x, y in zip(heard, name, strict=True))
        if a == b:
            return True
        self.spend(MATCHING + len(a) * len(b))
        return SequenceMatcher(None, a, b, autojunk=False).ratio() >= SIMILAR


def _alike_in_length(a: int, b: int) -> bool:
    return min(a, b) >= FUZZY_LENGTH and 2 * min(a, b) >= SIMILAR * (a + b)


def _has_digit(letters: str) -> bool:
    return any(letter.isdigit() for letter in letters)


def _exact(words: Sequence[str], names: Sequence[Sequence[str]]) -> list[Naming]:
    """Wherever the words have the letters of a name, from the beginning of a word to the end of one."""
    text = _joined(words)
    place_of = {offset: place for place, offset in enumerate(accumulate(map(len, words), initial=0))}
    found = []
    for choice, name in enumerate(names):
        letters = _joined(name)
        at = -1 if BREAK in letters else text.find(letters)
        while at >= 0:
            start, end = place_of.get(at), place_of.get(at + len(letters))
            if start is not None and end is not None and len(name) - 1 <= end - start <= len(name) + 2:  # noqa: SIM102
                if _numbers(words[start:end]) == _numbers(name):
                    found.append(Naming(choice, start, end))
            at = text.find(letters, at + 1)
    return found


def _misheard(words: Sequence[str], names: Sequence[Sequence[str]]) -> list[Naming]:
    """Wherever the words are much like a name; raises _TooMuch."""
    likeness = _Likeness()
    offsets = list(accumulate(map(len, words), initial=0))
    starts: dict[str, list[int]] = {}
    for start, word in enumerate(words):
        starts.setdefault(word[0], []).append(start)
    found = []
    for choice, name in enumerate(names):
        letters = sum(map(len, name))
        for start in starts.get(name[0][0], ()):
            sizes = range(max(1, len(name) - 1), min(len(name) + 2, len(words) - start) + 1)
            likeness.spend(LOOKING * len(sizes))
            for size in sizes:
                heard = words[start : start + size]
                in_reach = _alike_in_length(offsets[start + size] - offsets[start], letters) and BREAK not in heard
                if in_reach and likeness.similar(heard, name):
                    found.append(Naming(choice, start, start + size))
    return found


def namings(words: Sequence[str], names: Sequence[Sequence[str]]) -> list[Naming] | None:
    """Every naming, in the order of the reply: exact before similar, longest before shorter, none within another.

    None when the words are too many, or too much like each other, to tell.
    """
    found: list[Naming] = []
    taken = [False] * len(words)
    for look in (_exact, _misheard):
        try:
            candidates = look(words, names)
        except _TooMuch:
            return None
        candidates.sort(key=lambda naming: (-len(_joined(names[naming.choice])), naming.start))
        rivals: dict[tuple[int, int], set[int]] = {}
        for candidate in candidates:
            rivals.setdefault((candidate.start, candidate.end), set()).add(candidate.choice)
        for candidate in candidates:
            alone = len(rivals[candidate.start, candidate.end]) == 1
            if alone and not any(taken[candidate.start : candidate.end]):
                found.append(candidate)
                taken[candidate.start : candidate.end] = [True] * (candidate.end - candidate.start)
    return sorted(found, key=lambda naming: naming.start)


def meant(words: Sequence[str], found: Sequence[Naming]) -> list[Naming]:
    """The namings without those that are denied or taken back."""
    kept: list[Naming] = []
    denied_before = False
    for place, naming in enumerate(found):
        since = found[place - 1].end if place else 0
        until = found[place + 1].start if place + 1 < len(found) else len(words)
        between = list(words[since : naming.start])
        if place and _corrects(between):
            kept.clear()
        bridged = denied_before and bool(between) and all(word in BRIDGES | {"the", "a", BREAK} for word in between)
        bridged = bridged and any(word in BRIDGES for word in between)
        denied = (
            bridged
            or _denied_before(between, first=place == 0)
            or _denied_after(words[naming.end : until], last=place + 1 == len(found))
        )
        denied_before = denied
        if not denied:
            kept.append(naming)
    if found and _corrects(list(words[found[-1].end :]), trailing=True):
        return []
    return kept


def refused_after(words: Sequence[str], found: Sequence[Naming]) -> bool:
    """Whether what is said after the last naming refuses it: "Postgres? No way.", "deploy ... never mind"."""
    return bool(found) and REFUSED.search(_plain(words[found[-1].end :])) is not None


def _plain(words: Sequence[str]) -> str:
    return " ".join(word for word in words if word != BREAK)


def _corrects(between: Sequence[str], *, trailing: bool = False) -> bool:
    line = WAIT_FOR.sub("", f" {_plain(between)} ")
    if trailing:
        return line.strip() in TAKEN_BACK_ALONE
    if " not " in line.replace("not that", ""):
        return False  # "Postgres, not MySQL" denies what follows.
    return any(f" {correction} " in line for correction in CORRECTIONS)


def _denied_before(between: Sequence[str], *, first: bool) -> bool:
    words = list(between)
    for at in range(max(0, len(words) - REACH - 1), len(words)):
        word, rest = words[at], words[at + 1 :]
        if word not in DENIALS:
            continue
        if word == "no" and not (first and not rest) and rest[:1] not in (["way"], ["chance"]):
            continue  # "No, Postgres" corrects us; "no Postgres" and "no way we take Postgres" deny it.
        if BREAK in rest or "but" in rest:
            continue
        return True
    if words[-1:] == ["but"] and ALL_BUT & set(words):
        return True
    if BEING_RID_OF.search(_plain(words[-LEAVING:])):
        return True
    return any(tuple(words[-size:]) in DENYING_PHRASES for size in (1, 2)) or any(
        tuple(words[-size - 1 : -1]) in DENYING_PHRASES and words[-1] in {"the", "a"} for size in (1, 2)
    )


def _denied_after(rest: Sequence[str], *, last: bool) -> bool:
    line = _plain(rest[:3])
    if BREAK in rest[:1] and not line.startswith("no "):
        return False
    for denial in DENIED_AFTER:
        if _begins(line, denial) and (denial not in {"no", "not"} or (last and _plain(rest) == denial)):
            return True
    # Of "the Postgres database is down" the second word says what Postgres is.
    about = _plain(rest[1:4])
    named = bool(rest) and rest[0] not in NO_SUBJECT and BREAK not in rest[:3]
    return named and any(_begins(about, denial) for denial in DENIED_AFTER if " " in denial)


def _begins(line: str, denial: str) -> bool:
    """Whether the denial is said there; of "the green one is too" the "too" is no degree."""
    return f"{line} ".startswith(f"{denial} ") and not (denial.endswith("too") and line == denial)
