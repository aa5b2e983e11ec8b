"""Whether what a human said is a yes. Never a guess: a yes with anything beside it that may change it is none."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from mcp_voice.words.english_assent import told_plainly
from mcp_voice.words.languages import ENGLISH, lexicon_of
from mcp_voice.words.languages.en.agreeing import NO_DOUBT, PRAISE, PRAISE_FIRST, THE_MATTER, YES
from mcp_voice.words.languages.en.choosing import ARTICLES
from mcp_voice.words.languages.en.refusing import CALLED_OFF
from mcp_voice.words.phrases import Agreement, listed_agreement
from mcp_voice.words.polarity import agrees
from mcp_voice.words.sentences import asks_for_time
from mcp_voice.words.spoken import BREAK, canonical, searched

__all__ = ["Agreement", "agreement", "names_in"]

EMPTY = ARTICLES | ENGLISH.fillers
HARMLESS = ENGLISH.courtesy | ENGLISH.consent.courtesy | {BREAK}


def names_in(text: str) -> frozenset[str]:
    """The words of a text in the form in which texts are compared, without articles."""
    return frozenset(word for word in canonical(text) if word != BREAK) - EMPTY


def agreement(
    text: str, *, language: str = "en", verbs: Collection[str] = (), names: Collection[str] = ()
) -> Agreement:
    """What this answer to "Shall I?" says.

    Args:
        text: What a recogniser made of the human's turn, or what they typed.
        language: Of the conversation, as a BCP 47 tag; one of which we have no words is taken for English.
        verbs: What it is about, as "send": "send it" is a yes, too.
        names: What was read out, which a yes may repeat (`names_in`).
    """
    if searched(text) is None:
        return "unclear"  # Nobody says yes in a thousand characters.
    text = " ".join(text.split())  # of which a million may be blanks
    lexicon = lexicon_of(language) or ENGLISH
    if lexicon is not ENGLISH:
        return listed_agreement(text, language, names)
    told = told_plainly(text, verbs)
    return _english(told, [word for word in canonical(told) if word not in EMPTY], verbs, names)


def _english(text: str, words: Sequence[str], verbs: Collection[str], names: Collection[str]) -> Agreement:
    said = {word for word in words if word != BREAK}
    if not said:
        return ""
    if asks_for_time(text):
        return "unclear" if said & ENGLISH.consent.no else ""
    line = " ".join(words)
    taken_back = {word for match in CALLED_OFF.finditer(line) for word in match[0].split()}
    if taken_back:
        # "Cancel it" may be what is asked for, and "yes, stop" is neither.
        clear = taken_back.isdisjoint(verbs) and agrees(CALLED_OFF.sub(BREAK, line).split()) is not True
        return "no" if clear else "unclear"
    if verbs:
        told = "|".join(re.escape(verb) for verb in sorted(verbs))
        line = re.sub(rf"\b(?:{told}) {THE_MATTER}\b", "do it", line)
    line = PRAISE_FIRST.sub("yes", PRAISE.sub("yes", line))
    verdict = agrees(line.split())
    if verdict is not True:
        return "no" if verdict is False else "unclear"
    rest = YES.sub(BREAK, NO_DOUBT.sub(BREAK, line)).split()
    harmless = HARMLESS.union(verbs, names).issuperset(rest)
    return "yes" if harmless and not text.rstrip().endswith("?") else "unclear"
