"""Whether what a human said is a yes. Never a guess: a yes with anything beside it that may change it is none."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from mcp_voice.words.english_assent import told_plainly
from mcp_voice.words.languages.en import NEUTRAL_WORDS, STRONG_NO
from mcp_voice.words.phrases import Agreement, Phrases, listed_agreement
from mcp_voice.words.polarity import NO_DOUBT, YES, agrees
from mcp_voice.words.sentences import asks_for_time
from mcp_voice.words.spoken import BREAK, canonical, searched
from mcp_voice.words.text import word_set

__all__ = ["Agreement", "Phrases", "agreement", "names_in"]

EMPTY = word_set("a an the um uh umm uhm er erm eh hm hmm mm ehm")
TAKEN_BACK = re.compile(
    r"\b(?:cancel|stop|abort|forget (?:it|that|about)|never mind|leave (?:it|that)|drop (?:it|that)|hold off|scrap"
    r"|discard|delete)\b"
)
PRAISE = re.compile(r"\b(?:look|sound|seem|is|it is|that is|that|all|very) (?:good|great|perfect|fine|right|correct)\b")
PRAISE_FIRST = re.compile(r"^(?:good|great|perfect|excellent|wonderful|lovely)(?= ,|$)")
COURTESY = word_set("""
    send it to now off out ahead go email mail e message that this them her him good great perfect all is can could
    will would do on then want like am sure fine yes please away right again way and for of my
""")


def names_in(text: str) -> frozenset[str]:
    """The words of a text in the form in which texts are compared, without articles."""
    return frozenset(word for word in canonical(text) if word != BREAK) - EMPTY


def agreement(
    text: str, *, phrases: Phrases | None = None, verbs: Collection[str] = (), names: Collection[str] = ()
) -> Agreement:
    """What this answer to "Shall I?" says.

    Args:
        text: What a recogniser made of the human's turn, or what they typed.
        phrases: Of the language of the conversation; None for English.
        verbs: What it is about, as "send": "send it" is a yes, too.
        names: What was read out, which a yes may repeat (`names_in`).
    """
    if searched(text) is None:
        return "unclear"  # Nobody says yes in a thousand characters.
    text = " ".join(text.split())  # of which a million may be blanks
    if phrases is not None:
        return listed_agreement(text, phrases, names)
    told = told_plainly(text, verbs)
    return _english(told, [word for word in canonical(told) if word not in EMPTY], verbs, names)


def _english(text: str, words: Sequence[str], verbs: Collection[str], names: Collection[str]) -> Agreement:
    said = {word for word in words if word != BREAK}
    if not said:
        return ""
    if asks_for_time(text):
        return "unclear" if said & STRONG_NO else ""
    line = " ".join(words)
    taken_back = {word for match in TAKEN_BACK.finditer(line) for word in match[0].split()}
    if taken_back:
        # "Cancel it" may be what is asked for, and "yes, stop" is neither.
        clear = taken_back.isdisjoint(verbs) and agrees(TAKEN_BACK.sub(BREAK, line).split()) is not True
        return "no" if clear else "unclear"
    if verbs:
        told = "|".join(re.escape(verb) for verb in sorted(verbs))
        line = re.sub(rf"\b(?:{told}) (?:it|that|this|them|email|mail|message)(?: off| out)?\b", "do it", line)
    line = PRAISE_FIRST.sub("yes", PRAISE.sub("yes", line))
    verdict = agrees(line.split())
    if verdict is not True:
        return "no" if verdict is False else "unclear"
    rest = YES.sub(BREAK, NO_DOUBT.sub(BREAK, line)).split()
    harmless = all(word in NEUTRAL_WORDS | COURTESY | {BREAK, *verbs, *names} for word in rest)
    return "yes" if harmless and not text.rstrip().endswith("?") else "unclear"
