"""English words around the name of a choice: what passes for nothing, points at a place, or leaves it in doubt."""

from __future__ import annotations

import re

from mcp_voice.words.languages.en.numbers import ORDINALS
from mcp_voice.words.text import word_set

__all__ = [
    "AFTER_A",
    "ARTICLES",
    "COMMON",
    "DOUBT",
    "ENDS_IN_A_SECOND",
    "INDEX",
    "LABELS",
    "LED",
    "LOANED",
    "NEUTRAL",
    "ORDINAL",
    "PLACING",
    "SURELY_ENGLISH",
]

ARTICLES = frozenset({"a", "an", "the"})
# Names that are said in passing too; they count only when nothing else is said.
COMMON = word_set("""
    now later all none both this that on off up down more less it here there out in go do one any other either
    neither next first last second maybe never always same new old me you help some good nothing something
""")
# Phrases that deny nothing, though they look like it.
NEUTRAL = re.compile(
    r"\b(?:i )?(?:do not|dont) (?:know|care|mind)(?! (?:about|if|whether|for))\b|\bno (?:doubt|problem|matter|question|"
    r"worry|worrie|idea|preference)\b|\bwhy not\b|\bi (?:am )?not sure(?! (?:about|if|whether|that))\b"
    r"|\bnot sure(?! (?:about|if|whether|that))\b|\bfirst of all\b"
    r"|\b(?:wait|me|just|1|hold on|hang on|need|take) second\b"
)
ENDS_IN_A_SECOND = re.compile(r"\b(?:wait|me|just|1|hold on|hang on) second(?: please)?[ ,]*$")
"""A request to wait; nothing is chosen by what was said before it."""
DOUBT = re.compile(
    r"\b(?:depend(?:ing)?|unless|only if|whether|not only)\b|\bif (?!you (?:want|like|prefer|do not mind|ask)|possible)"
    r"|^(?:what|which|how|why|who|where|is|are|doe|does|did|was)\b|\b(?:difference|versus|compared)\b"
    r"|\b(?:do not know|not sure) (?:if|whether|about|that)\b"
)
AFTER_A = word_set("""
    because since as is was would should sound look seem work then and or not but for over rather instead definitely
    better best too only all any it that i
""")
"""What, besides the words that name nothing, may follow a choice "A": before any other word an "a" is an article."""
PLACING = word_set("last of those")
"""What may stand beside a place, besides the ordinals and the words that name nothing."""
LABELS = word_set("option number choice answer variant item")
LED = word_set("ok yes yeah yep sure well so then")
INDEX = re.compile(r"^(?:option |choice |answer |variant |item )?(?:number )?(\d+)$")
ORDINAL = re.compile(
    rf"(?<!\d )(?<!at )\b(?:the )?({'|'.join(ORDINALS)}|last|middle|former|latter)(?= (?:1|option|choice|answer|item"
    r"|variant|please|because|i think|i guess|of (?:them|those|these|the))\b|$| ,)(?! 1 (?:to|from|but|day)\b)"
)

LOANED = frozenset("éèêëïöñç")
"""What English has of other letters, as in "café"."""
SURELY_ENGLISH = word_set(
    "d s t ll m re ve last latter former middle both isn doesn shouldn rather than instead either sorry wait"
)
"""Words that somebody in a room of another language speaks English with, besides those of the lexicon."""
