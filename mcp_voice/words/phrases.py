"""Yes and no in a language for which there are words, but no grammar."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from mcp_voice.words.languages import LEXICONS
from mcp_voice.words.languages.lexicon import said_set
from mcp_voice.words.said import said_words
from mcp_voice.words.sentences import asks_for_time
from mcp_voice.words.spoken import BREAK, canonical

__all__ = ["Agreement", "Phrases", "listed_agreement"]

Agreement = Literal["yes", "no", "unclear", ""]
"""Empty when nothing was said that could be an answer, as "um" or "hang on"."""
PhraseKind = Literal["yes", "assent", "command", "why not", "no", "doubt", "courtesy", "filler", "other", "break"]
AGREEING: tuple[PhraseKind, ...] = ("yes", "assent", "command", "why not")


@dataclass(frozen=True)
class Phrases:
    """The words for yes and no of one language, beside those of its `Lexicon`; in lower case, with their accents."""

    language: str
    """BCP 47 tag."""
    yes: frozenset[str]
    """A yes, whatever stands beside it."""
    assent: frozenset[str]
    """The same, but not after a no: "no thanks, that is fine"."""
    commands: frozenset[str]
    """What tells us to do it; with a no in the same part of the sentence it is forbidden."""
    why_not: frozenset[str]
    """Questions that agree."""
    no: frozenset[str]
    courtesy: frozenset[str]
    """What changes nothing about a yes."""

    @classmethod
    def of(
        cls, language: str, *, yes: str, commands: str, why_not: str, no: str, courtesy: str, assent: str = ""
    ) -> Phrases:
        """From tables of phrases, which are parted by bars and line ends."""
        return cls(
            language,
            yes=said_set(yes),
            assent=said_set(assent),
            commands=said_set(commands),
            why_not=said_set(why_not),
            no=said_set(no),
            courtesy=said_set(courtesy),
        )

    @cached_property
    def kinds(self) -> Mapping[str, PhraseKind]:
        """What each phrase says; what these phrases say of one comes before what the lexicon does."""
        lexicon = LEXICONS[self.language]
        tables: tuple[tuple[PhraseKind, Collection[str]], ...] = (
            ("doubt", lexicon.conditions | lexicon.doubts),
            ("courtesy", lexicon.courtesy),
            ("filler", lexicon.fillers),
            ("assent", lexicon.yes),
            ("no", lexicon.no),
            ("courtesy", self.courtesy),
            ("assent", self.assent),
            ("command", self.commands),
            ("no", self.no),
            ("yes", self.yes),
            ("why not", self.why_not),
        )
        return {phrase: kind for kind, phrases in tables for phrase in phrases}

    @cached_property
    def longest(self) -> int:
        """Words of the longest phrase."""
        return max(len(phrase.split()) for phrase in self.kinds)


def listed_agreement(text: str, phrases: Phrases, names: Collection[str]) -> Agreement:
    """What this answer to "Shall I?" says; arguments as in `mcp_voice.words.agreement.agreement`."""
    found = list(_kinds_in(said_words(text), phrases, names))
    said = [kind for kind in found if kind not in ("filler", "break")]
    if not said:
        return ""
    denied = "no" in said
    if asks_for_time(text, language=phrases.language):
        return "unclear" if denied else ""
    if "doubt" in said:
        return "unclear"
    agreed = any(kind in AGREEING for kind in said)
    if denied:
        return "no" if not agreed or _refuses_all(found) else "unclear"
    asked = text.rstrip().endswith("?") and said[-1] != "why not"
    return "yes" if agreed and "other" not in said and not asked else "unclear"


def _kinds_in(words: Sequence[str], phrases: Phrases, names: Collection[str]) -> Iterator[PhraseKind]:
    """What the words say from left to right, the longest phrase first."""
    at = 0
    while at < len(words):
        for size in range(min(phrases.longest, len(words) - at), 0, -1):
            kind = phrases.kinds.get(" ".join(words[at : at + size]))
            if kind is not None:
                yield kind
                break
        else:
            size = 1
            yield "break" if words[at] == BREAK else "courtesy" if _repeats(words[at], names) else "other"
        at += size


def _repeats(word: str, names: Collection[str]) -> bool:
    return bool(names) and set(canonical(word)) <= set(names)


def _refuses_all(found: Sequence[PhraseKind]) -> bool:
    """Whether a reply with a no in it refuses although it agrees, too: "no thanks, that is fine", "do not send it"."""
    first = next(kind for kind in found if kind in (*AGREEING, "no"))
    if "yes" in found or "why not" in found or (first != "no" and "assent" in found):
        return False
    parts = " ".join(found).replace("why not", "").split("break")
    return all("no" in part.split() for part in parts if "command" in part.split())
