"""Yes and no in a language for which there are words, but no grammar."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Literal

from mcp_voice.words.languages import LEXICONS, Lexicon, primary
from mcp_voice.words.said import said_words
from mcp_voice.words.sentences import asks_for_time
from mcp_voice.words.spoken import BREAK, canonical

__all__ = ["Agreement", "listed_agreement"]

Agreement = Literal["yes", "no", "unclear", ""]
"""Empty when nothing was said that could be an answer, as "um" or "hang on"."""
PhraseKind = Literal["yes", "assent", "command", "why not", "no", "doubt", "courtesy", "filler", "other", "break"]
AGREEING: tuple[PhraseKind, ...] = ("yes", "assent", "command", "why not")


def _kinds_of(lexicon: Lexicon) -> Mapping[str, PhraseKind]:
    """What each phrase says in an answer; what its words of consent say of one comes before what the others do."""
    consent = lexicon.consent
    tables: tuple[tuple[PhraseKind, Collection[str]], ...] = (
        ("doubt", lexicon.conditions | lexicon.doubts),
        ("courtesy", lexicon.courtesy),
        ("filler", lexicon.fillers),
        ("assent", lexicon.yes),
        ("no", lexicon.no),
        ("courtesy", consent.courtesy),
        ("assent", consent.assent),
        ("command", consent.commands),
        ("no", consent.no),
        ("yes", consent.yes),
        ("why not", consent.why_not),
    )
    return {phrase: kind for kind, phrases in tables for phrase in phrases}


KINDS = {tag: _kinds_of(lexicon) for tag, lexicon in LEXICONS.items()}
LONGEST = {tag: max(len(phrase.split()) for phrase in kinds) for tag, kinds in KINDS.items()}
"""Words of the longest phrase of each language."""


def listed_agreement(text: str, language: str, names: Collection[str]) -> Agreement:
    """What this answer to "Shall I?" says; arguments as in `mcp_voice.words.agreement.agreement`."""
    found = list(_kinds_in(said_words(text), primary(language), names))
    said = [kind for kind in found if kind not in ("filler", "break")]
    if not said:
        return ""
    denied = "no" in said
    if asks_for_time(text, language=language):
        return "unclear" if denied else ""
    if "doubt" in said:
        return "unclear"
    agreed = any(kind in AGREEING for kind in said)
    if denied:
        return "no" if not agreed or _refuses_all(found) else "unclear"
    asked = text.rstrip().endswith("?") and said[-1] != "why not"
    return "yes" if agreed and "other" not in said and not asked else "unclear"


def _kinds_in(words: Sequence[str], tag: str, names: Collection[str]) -> Iterator[PhraseKind]:
    """What the words say from left to right, the longest phrase first."""
    at = 0
    while at < len(words):
        for size in range(min(LONGEST[tag], len(words) - at), 0, -1):
            kind = KINDS[tag].get(" ".join(words[at : at + size]))
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
