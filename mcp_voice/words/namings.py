"""Where in a reply choices are named, and which of these namings are meant."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from mcp_voice.words.spoken import BREAK

__all__ = ["Naming", "meant", "namings", "same_name"]

SIMILAR = 0.85
"""Above this ratio of difflib, two words are one that a recogniser misheard; "mysql" and "mysqul" have 0.91."""
FUZZY_LENGTH = 5
"""Shorter words are compared letter by letter."""
REACH = 6
"""How many words after a negation the name it denies may come."""

CORRECTIONS = ("no wait", "wait", "sorry", "i mean", "scratch that", "or rather", "make that", "correction", "no",
               "on second thought", "hang on", "hold on", "actually", "not that", "oh no")  # fmt: skip
WAIT_FOR = re.compile(r"\bwait (?:for|until|till)\b")
BRIDGES = frozenset({"or", "nor", "and"})
DENIALS = frozenset({"not", "never", "without", "except", "neither", "nor", "no", "isnt", "dislike", "hate", "against",
                     "unlike", "avoid", "skip", "drop"})  # fmt: skip
ALL_BUT = frozenset({"any", "anything", "all", "everything", "none", "nothing"})
DENYING_PHRASES = (("instead", "of"), ("rather", "than"), ("anything", "but"), ("other", "than"), ("over",), ("than",))
DENIED_AFTER = ("is not", "will not", "would not", "do not", "doe not", "does not", "can not", "should not", "was not",
                "no", "not", "is bad", "is wrong", "is out",
                "is too", "is slow", "is broken", "is expensive", "is worse", "is terrible")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Naming:
    """A choice named by the words from ``start`` up to ``end``."""

    choice: int
    start: int
    end: int


def _joined(words: Sequence[str]) -> str:
    return "".join(words)


def same_name(heard: Sequence[str], name: Sequence[str]) -> bool:
    """The same letters: "my sql" is "MySQL"; numbers must be alike as numbers."""
    return _joined(heard) == _joined(name) and [w for w in heard if w[0].isdigit()] == [
        w for w in name if w[0].isdigit()
    ]


def _similar(heard: Sequence[str], name: Sequence[str]) -> bool:
    a, b = _joined(heard), _joined(name)
    if min(len(a), len(b)) < FUZZY_LENGTH or a[0] != b[0] or any(c.isdigit() for c in a + b):
        return False  # The first letter tells "complete" from "incomplete".
    if len(heard) == len(name) > 1:
        return all(x == y or _similar([x], [y]) for x, y in zip(heard, name, strict=True))
    return SequenceMatcher(None, a, b, autojunk=False).ratio() >= SIMILAR


def namings(words: Sequence[str], names: Sequence[Sequence[str]]) -> list[Naming]:
    """Every naming, in the order of the reply: exact before similar, longest before shorter, none within another."""
    found: list[Naming] = []
    for alike in (same_name, _similar):
        candidates = [
            Naming(choice, start, start + size)
            for choice, name in enumerate(names)
            for size in range(max(1, len(name) - 1), len(name) + 3)
            for start in range(len(words) - size + 1)
            if BREAK not in words[start : start + size] and alike(words[start : start + size], name)
        ]
        candidates.sort(key=lambda naming: (-len(_joined(names[naming.choice])), naming.start))
        for candidate in candidates:
            if all(candidate.end <= other.start or candidate.start >= other.end for other in found):
                rivals = {c.choice for c in candidates if (c.start, c.end) == (candidate.start, candidate.end)}
                if len(rivals) == 1:
                    found.append(candidate)
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


def _plain(words: Sequence[str]) -> str:
    return " ".join(word for word in words if word != BREAK)


def _corrects(between: Sequence[str], *, trailing: bool = False) -> bool:
    line = WAIT_FOR.sub("", f" {_plain(between)} ")
    if trailing:
        return line.strip() in {
            "no",
            "no wait",
            "wait",
            "wait no",
            "scratch that",
            "no no",
            "or not",
            "not",
            "sorry no",
        }
    if " not " in line.replace("not that", ""):
        return False  # "Postgres, not MySQL" denies what follows.
    return any(f" {correction} " in line for correction in CORRECTIONS)


def _denied_before(between: Sequence[str], *, first: bool) -> bool:
    words = list(between)
    for at, word in enumerate(words):
        rest = words[at + 1 :]
        if word not in DENIALS or len(rest) > REACH:
            continue
        if word == "no" and not (first and not rest):
            continue  # "No, Postgres" corrects us; "no Postgres" denies it.
        if BREAK in rest or "but" in rest:
            continue
        return True
    if words[-1:] == ["but"] and ALL_BUT & set(words):
        return True
    return any(tuple(words[-size:]) in DENYING_PHRASES for size in (1, 2)) or any(
        tuple(words[-size - 1 : -1]) in DENYING_PHRASES and words[-1] in {"the", "a"} for size in (1, 2)
    )


def _denied_after(rest: Sequence[str], *, last: bool) -> bool:
    line = _plain(rest[:3]) + " "
    if BREAK in rest[:1] and not line.startswith("no "):
        return False
    for denial in DENIED_AFTER:
        if line.startswith(denial + " ") and (denial not in {"no", "not"} or (last and _plain(rest) == denial)):
            return True
    return False
