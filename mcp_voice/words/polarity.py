"""Yes and no in all the words that stand for them."""

from __future__ import annotations

from collections.abc import Sequence

from mcp_voice.words.languages import ENGLISH
from mcp_voice.words.languages.en.agreeing import NO, NO_DOUBT, RESERVATIONS, YES, YES_AGAIN, YES_AT_ALL
from mcp_voice.words.languages.en.refusing import CORRECTED
from mcp_voice.words.spoken import BREAK
from mcp_voice.words.taken_back import takes_back

__all__ = ["agrees", "polarity_of"]

PASSING = ENGLISH.courtesy | {BREAK}


def polarity_of(name: Sequence[str]) -> bool | None:
    """Whether a choice is a yes (True), a no (False) or neither (None)."""
    first = name[0] if name else ""
    if first in ENGLISH.consent.yes or list(name) in (["ok"], ["sure"]):
        return True
    return False if first in ENGLISH.consent.no else None


def agrees(words: Sequence[str]) -> bool | None:
    """Whether the reply is a clear yes (True), a clear no (False), or neither (None)."""
    line = " ".join(words)
    parts = CORRECTED.split(line)
    if len(parts) > 1:
        line = parts[-1] if parts[-1].strip(f" {BREAK}") else ""
    line = NO_DOUBT.sub(BREAK, line).strip()
    if any(word in RESERVATIONS for word in line.split()):
        return None
    first = next((word for word in line.split() if word not in PASSING), "")
    without_no, denials = NO.subn(BREAK, line)
    rest, agreements = YES.subn(BREAK, without_no)
    if denials and not agreements:
        clear = first in ENGLISH.consent.no or _nothing_else(rest)
        return False if clear else None
    if agreements and not denials:
        if takes_back(_after_the_yes(line).split()):
            return None
        clear = (first in ENGLISH.consent.yes and "not" not in rest.split()) or _nothing_else(rest)
        return True if clear else None
    # "No, please." and "no thank you, it is fine" say no; "please" and "fine" alone do not turn it round.
    if denials and first in ENGLISH.consent.no and not YES_AT_ALL.search(without_no):
        return False
    return None


def _after_the_yes(line: str) -> str:
    """What follows a yes: the last one that is said in so many words, else the first."""
    yes = [*YES_AGAIN.finditer(line)][-1:] or [*YES.finditer(line)][:1]
    return line[yes[0].end() :] if yes else ""


def _nothing_else(rest: str) -> bool:
    words = rest.split()
    return words[-1:] != ["so"] and all(word in PASSING for word in words)
