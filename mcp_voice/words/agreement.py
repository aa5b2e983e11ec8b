"""Whether what a human said is a yes. Never a guess: a yes with anything beside it that may change it is none."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from mcp_voice.words.languages.en import NEUTRAL_WORDS, STRONG_NO
from mcp_voice.words.polarity import NO_DOUBT, YES, agrees
from mcp_voice.words.sentences import asks_for_time
from mcp_voice.words.spoken import BREAK, canonical, searched
from mcp_voice.words.text import phrase_set, plain, word_set

__all__ = ["Agreement", "Phrases", "agreement", "names_in"]

Agreement = Literal["yes", "no", "unclear", ""]
"""Empty when nothing was said that could be an answer, as "um" or "hang on"."""

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
WORD = re.compile(r"\w+(?:['-]\w+)*")


@dataclass(frozen=True, slots=True)
class Phrases:
    """The words for yes and no of a language for which there is no grammar; in lower case, with their accents."""

    yes: frozenset[str]
    no: frozenset[str]
    courtesy: frozenset[str]
    """Words that change nothing about a yes."""

    @classmethod
    def of(cls, *, yes: str, no: str, courtesy: str) -> Phrases:
        """From tables: of phrases parted by bars and line ends, and of words parted by spaces."""
        return cls(phrase_set(yes), phrase_set(no), word_set(courtesy))


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
    heard = searched(text)
    if heard is None:
        return "unclear"  # Nobody says yes in a thousand characters.
    if phrases is not None:
        return _listed(text, phrases, names)
    return _english(text, [word for word in heard if word not in EMPTY], verbs, names)


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


def _listed(text: str, phrases: Phrases, names: Collection[str]) -> Agreement:
    """The verdict in a language for which there are words, but no grammar."""
    line = f" {' '.join(WORD.findall(plain(text)))} "
    if not line.strip():
        return ""
    denied, without_no = _without(line, phrases.no)
    agreed, rest = _without(without_no, phrases.yes)
    if denied:
        return "unclear" if agreed else "no"
    asked = text.rstrip().endswith("?")
    harmless = all(word in phrases.courtesy or word in names for word in rest.split())
    return "yes" if agreed and harmless and not asked else "unclear"


def _without(line: str, phrases: frozenset[str]) -> tuple[bool, str]:
    """Whether one of the phrases is in the line, and the line without any of them, the longest first."""
    left = line
    for phrase in sorted(phrases, key=len, reverse=True):
        left = left.replace(f" {phrase} ", "  ")
    return left != line, left
