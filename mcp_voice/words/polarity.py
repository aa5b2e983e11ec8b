"""Yes and no in all the words that stand for them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mcp_voice.words.languages.en import NEUTRAL_WORDS, RESERVATIONS, STRONG_NO, STRONG_YES
from mcp_voice.words.spoken import BREAK
from mcp_voice.words.taken_back import takes_back

__all__ = ["NO_DOUBT", "YES", "YES_OR_NO", "agrees", "polarity_of"]

YES_OR_NO = tuple([word] for word in sorted(STRONG_YES | STRONG_NO))
YES = re.compile(
    r"\b(?:yes|yeah|yep|yup|yea|aye|sure thing|sure|ok|go ahead|please do|go for it|of course|absolutely|definitely"
    r"|certainly|do (?:it|that|so)|lets do (?:it|that)|sound good|fine|why not|correct|affirmative|right|exactly"
    r"|by all means|i think so|i guess so"
    r"|uh huh|mm hmm|for sure|with pleasure|good idea|i do|i would|we should|it is|please|gladly|indeed|that is fine)\b"
)
NO = re.compile(
    r"\b(?:no way|no thank you|no thank|no need|no|nope|nah|not now|not yet|not today|never|not at all|of course not"
    r"|absolutely not|definitely not|certainly not"
    r"|please do not(?: do (?:it|that))?|do not(?: do (?:it|that))?"
    r"|rather not|better not|i do not think so|i think not|i hope not|negative|not really|probably not"
    r"|i do not|i would not|we should not|it is not|lets not(?: do (?:it|that))?)\b"
)
YES_AGAIN = re.compile(r"\b(?:yes|yeah|yep|yup|yea|aye|go ahead|go for it|do it)\b")
"""After which it does not matter what was taken back before."""
NO_DOUBT = re.compile(r"\bno (?:doubt|problem|worry|worrie|question)\b")
CORRECTION = re.compile(
    r"\b(?:no wait(?! for| until)|wait(?= ,| no| yes| 1|$)|i mean|sorry|scratch that|actually|correction|make that)\b"
)


def polarity_of(name: Sequence[str]) -> bool | None:
    """Whether a choice is a yes (True), a no (False) or neither (None)."""
    first = name[0] if name else ""
    if first in STRONG_YES or list(name) in (["ok"], ["sure"]):
        return True
    return False if first in STRONG_NO else None


def agrees(words: Sequence[str]) -> bool | None:
    """Whether the reply is a clear yes (True), a clear no (False), or neither (None)."""
    line = " ".join(words)
    parts = CORRECTION.split(line)
    if len(parts) > 1:
        line = parts[-1] if parts[-1].strip(f" {BREAK}") else ""
    line = NO_DOUBT.sub(BREAK, line).strip()
    if any(word in RESERVATIONS for word in line.split()):
        return None
    first = next((word for word in line.split() if word not in NEUTRAL_WORDS | {BREAK}), "")
    without_no, denials = NO.subn(BREAK, line)
    rest, agreements = YES.subn(BREAK, without_no)
    if denials and not agreements:
        clear = first in STRONG_NO or _nothing_else(rest)
        return False if clear else None
    if agreements and not denials:
        if takes_back(_after_the_yes(line).split()):
            return None
        clear = (first in STRONG_YES and "not" not in rest.split()) or _nothing_else(rest)
        return True if clear else None
    # "No, please." and "no thank you, it is fine" say no; "please" and "fine" alone do not turn it round.
    if denials and first in STRONG_NO and not re.search(r"\b(?:yes|yeah|yep|sure|ok|go ahead|do it)\b", without_no):
        return False
    return None


def _after_the_yes(line: str) -> str:
    """What follows a yes: the last one that is said in so many words, else the first."""
    yes = [*YES_AGAIN.finditer(line)][-1:] or [*YES.finditer(line)][:1]
    return line[yes[0].end() :] if yes else ""


def _nothing_else(rest: str) -> bool:
    words = rest.split()
    return words[-1:] != ["so"] and all(word in NEUTRAL_WORDS | {BREAK} for word in words)
