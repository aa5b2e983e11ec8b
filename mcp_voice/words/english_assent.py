"""English ways to agree, and what only sounds like it, brought to words that `mcp_voice.words.polarity` knows."""

from __future__ import annotations

import re
from collections.abc import Collection

from mcp_voice.words.text import plain

__all__ = ["told_plainly"]

OURSELVES = "ourselves"
"""Stands for what humans do themselves, and for how they are: neither is a yes."""

WELL = r"(?:fine|good|great|ok|okay|alright|all right|all set|happy|cool)"
WITH_US = r"(?:with|by|for|about) (?:me|us|it|that|this)"
DOING = r"(?:just|then|now|gladly|happily|probably|rather|go ahead and)"
WILL = r"(?:'ll| will| shall| can| could| must| have to| need to|(?:'m|'re| am| are) (?:going to|gonna))"
ASSENTS = (
    (re.compile(rf"\b(?:(?:it|that|this|i|we)(?:'s|'m|'re| is| am| are| would be)? )?{WELL} {WITH_US}\b"), "yes"),
    (re.compile(rf"\b(?:i|we)(?:'m|'re| am| are) (?:\w+ )?{WELL}\b(?! to\b)"), OURSELVES),
    (re.compile(r"\b(?:i|we)(?:'d| would)? do (?:it|that)\b"), OURSELVES),
    (re.compile(r"\b(?:it|that)(?:'s| is) (?:ok|okay|alright|all right)\b"), "that"),
    (re.compile(rf"\b(?:it |that |this )?works? {WITH_US}\b"), "yes"),
    (re.compile(r"\b(?:(?:i|we) have )?no objections?\b|\bnot a problem\b"), "no problem"),
    (re.compile(r"^no problem[.!]?$"), "yes"),
    (re.compile(r"\b(?:i|we) (?:agree|approve|confirm)\b(?! (?:if|but|with|to))"), "yes"),
    (re.compile(r"^(?:agreed|approved|confirmed|you bet|be my guest)\b"), "yes"),
    (re.compile(r"\byou (?:can|may)\b(?!'| not\b)"), "yes"),
    (re.compile(r"\bwhy not\?"), "why not"),
    (re.compile(r"^(?:cool|awesome|nice|alrighty)\b(?=,? \w)"), "please"),
)
"""Of a text that is `plain`, in this order; each with what it says."""


def told_plainly(text: str, verbs: Collection[str]) -> str:
    """The text with "that works for me" as a yes, and "I'll do it" or "I'm fine" as `OURSELVES`."""
    told = "|".join(re.escape(verb) for verb in sorted({"do", "handle", "manage", *verbs}))
    myself = rf"\b(?:i|we){WILL}(?: {DOING})* (?:{told})\b(?: (?:it|that|this|them|so)\b)?"
    line = re.sub(myself, OURSELVES, plain(text))
    for pattern, meaning in ASSENTS:
        line = pattern.sub(meaning, line)
    return line
