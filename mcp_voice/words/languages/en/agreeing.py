"""English ways to agree and to refuse, and what only sounds like it."""

from __future__ import annotations

import re

from mcp_voice.words.text import word_set

__all__ = [
    "ASSENTS",
    "DOES",
    "DOES_IT",
    "DOING",
    "NO",
    "NO_DOUBT",
    "OURSELVES",
    "PRAISE",
    "PRAISE_FIRST",
    "RESERVATIONS",
    "THE_MATTER",
    "WILL",
    "YES",
    "YES_AGAIN",
    "YES_AT_ALL",
]

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
YES_AT_ALL = re.compile(r"\b(?:yes|yeah|yep|sure|ok|go ahead|do it)\b")
"""Without one of them, what begins with a no is one."""
NO_DOUBT = re.compile(r"\bno (?:doubt|problem|worry|worrie|question)\b")
RESERVATIONS = word_set("but except unless if depend however though although only maybe perhaps")
"""With one of these a yes or a no is none."""

OURSELVES = "ourselves"
"""Stands for what humans do themselves, and for how they are: neither is a yes."""

WELL = r"(?:fine|good|great|ok|okay|alright|all right|all set|happy|cool)"
WITH_US = r"(?:with|by|for|about) (?:me|us|it|that|this)"
DOING = r"(?:just|then|now|gladly|happily|probably|rather|go ahead and)"
WILL = r"(?:'ll| will| shall| can| could| must| have to| need to|(?:'m|'re| am| are) (?:going to|gonna))"
DOES = frozenset({"do", "handle", "manage"})
DOES_IT = r"(?: (?:it|that|this|them|so)\b)?"
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

PRAISE = re.compile(r"\b(?:look|sound|seem|is|it is|that is|that|all|very) (?:good|great|perfect|fine|right|correct)\b")
PRAISE_FIRST = re.compile(r"^(?:good|great|perfect|excellent|wonderful|lovely)(?= ,|$)")
THE_MATTER = r"(?:it|that|this|them|email|mail|message)(?: off| out)?"
"""What stands behind the verb where somebody says to do what was asked about: "send it off"."""
