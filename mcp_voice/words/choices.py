"""Which one of several choices a reply names. Never a guess: two named, none, or a doubt is None."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from mcp_voice.words.attributes import proper_name, without_attributes, without_predicates
from mcp_voice.words.languages import ENGLISH, lexicon_of, primary
from mcp_voice.words.languages.en.choosing import (
    AFTER_A,
    ARTICLES,
    COMMON,
    DOUBT,
    ENDS_IN_A_SECOND,
    INDEX,
    LABELS,
    LED,
    NEUTRAL,
    ORDINAL,
    PLACING,
)
from mcp_voice.words.languages.en.numbers import ORDINALS
from mcp_voice.words.namings import Naming, meant, namings, refused_after, same_name
from mcp_voice.words.notes import are_notes, joined_notes
from mcp_voice.words.other_languages import in_english, place_in, place_of_exact, refused_elsewhere
from mcp_voice.words.polarity import agrees, polarity_of
from mcp_voice.words.sentences import unfinished
from mcp_voice.words.spoken import BREAK, canonical, searched
from mcp_voice.words.taken_back import takes_back

__all__ = ["choice_by_key", "chosen", "named_choice", "names_a_choice_completely"]

LONGEST_KEYED = 100
"""Digits; as long as the longest choice."""
UNTOLD = ARTICLES | {BREAK}
PASSING = ENGLISH.around | {BREAK}
AFTER_THE_CHOICE_A = PASSING | AFTER_A
PLACES = PASSING | PLACING | ORDINALS.keys()
YES_OR_NO = tuple([word] for word in sorted(ENGLISH.consent.yes | ENGLISH.consent.no))


def named_choice(text: str, choices: Sequence[str], *, language: str = "en") -> str | None:
    """The one of ``choices`` that the reply names, by its name, its place ("the second one") or a yes or no.

    Case, punctuation, articles, plurals, numbers as words and small errors of a recogniser do not matter; what is
    denied or taken back is not named. None when the reply names none, or several, and when it is too long to be an
    answer (`SEARCHED_CHARACTERS`).

    Args:
        text: What a recogniser made of the reply, or what was typed.
        choices: What was offered.
        language: The room's, as a BCP 47 tag, of which the primary subtag counts. In one other than English a choice
            is named where all that is said beside it is known to change nothing (or where all of it is English); in
            one of which we know no words, only by its name alone, politeness aside.
    """
    heard = searched(text) if choices else None
    if heard is None:
        return None
    lexicon = lexicon_of(language)
    if lexicon is ENGLISH:
        return _named_in_english(text, heard, choices)
    place = place_of_exact(text, choices, primary(language)) if lexicon is None else place_in(text, choices, lexicon)
    if place is None and lexicon is not None and in_english(text, choices, lexicon):
        return _named_in_english(text, heard, choices)
    return None if place is None else choices[place]


def _named_in_english(text: str, heard: list[str], choices: Sequence[str]) -> str | None:
    names = [canonical(choice) for choice in choices]
    if are_notes(names):
        heard, *names = (joined_notes(each, "abcdefg") for each in (heard, *names))
    needed = {name[at] for name in names for at in range(len(name)) if name[at] in ARTICLES and at == len(name) - 1}
    names = [_bare(name, needed) for name in names]
    words = _bare(_without_articles(heard) if ["a"] in names else heard, needed)
    said = [word for word in words if word != BREAK]
    exact = [at for at, name in enumerate(names) if name and same_name(said, name)]
    if len(exact) == 1:
        return choices[exact[0]]
    if exact or text.rstrip().endswith("?") or refused_elsewhere(text, choices):
        return None
    proper = {name[0] for name, choice in zip(names, choices, strict=True) if len(name) == 1 and proper_name(choice)}
    described = without_attributes(text, heard, {name[0] for name in names if len(name) == 1}, proper=proper)
    described = without_predicates(described, {each[1] for each in map(canonical, choices) if _is_a_thing(each)})
    if len(described) < len(heard):
        words = _bare(described, needed)
    # "Not sure" says nothing, unless it was offered.
    offered = {" ".join(name) for name in names if len(name) > 1}
    whole = " ".join(words)
    line = NEUTRAL.sub(lambda m: m[0] if any(name in m[0] for name in offered) else BREAK, whole)
    if ENDS_IN_A_SECOND.search(whole) or DOUBT.search(line.replace(f"{BREAK} ", "").strip()):
        return None
    place = _named(line.split(), names)
    return choices[place] if place is not None else None


def _is_a_thing(name: list[str]) -> bool:
    """Whether the choice is "a flat", which nobody names by a bare "flat" after a verb."""
    return len(name) == 2 and name[0] in {"a", "an"} and name[1][0].isalpha()  # noqa: PLR2004 - an article and a noun


def _without_articles(words: list[str]) -> list[str]:
    """The words without each "a" that names nothing, since a noun follows."""
    return [word for word, then in pairwise([*words, BREAK]) if word != "a" or then in AFTER_THE_CHOICE_A]


def _bare(words: list[str], needed: set[str]) -> list[str]:
    """The words without articles and fillers, but with the articles that a choice needs ("Plan A")."""
    return [word for word in words if (word not in ARTICLES or word in needed) and word not in ENGLISH.fillers]


def _named(words: list[str], names: list[list[str]]) -> int | None:
    """The place of the choice that is named."""
    full = [name if name and not _passing(name, words) else ["\0"] for name in names]
    found = namings(words, full)
    if found is None:
        return None
    polar = [polarity_of(name) for name in names]
    if found:
        kept = {naming.choice for naming in meant(words, found)}
        if len(kept) != 1:
            return None
        place = kept.pop()
        # A bare "yes" or "no" among the choices is judged with all that was said: "no problem, yes".
        if names[place] not in YES_OR_NO:
            denies = polar[place] is False or names[place][:2] == ["do", "not"]
            refused = not denies and _refused(words, found, names[place])
            unclear = refused or _contradicted(words, names, place) or _also_said(words, names, place)
            return None if unclear else place
    for reading in (_polar(words, polar), _by_place(words, names), _by_part(words, names)):
        if reading is not None:
            return reading
    return None


def _refused(words: list[str], found: Sequence[Naming], name: list[str]) -> bool:
    """Whether what follows the last naming refuses it or takes it back, and is not what the choice itself says."""
    after = words[found[-1].end :]
    return refused_after(words, found) or (takes_back(after) and not takes_back(name))


def _passing(name: list[str], words: list[str]) -> bool:
    """Whether the name is a common word that this reply may say without naming anything."""
    return all(word in COMMON for word in name) and any(word not in PASSING and word not in name for word in words)


def _contradicted(words: list[str], names: list[list[str]], place: int) -> bool:
    """Whether the reply also points at another choice by its place: "Postgres, no, the second one"."""
    return any(_place(match, names) != place for match in ORDINAL.finditer(" ".join(words)))


def _also_said(words: list[str], names: list[list[str]], place: int) -> bool:
    """Whether the reply begins with a yes or a no, which was offered too, in another word: "nah, Monday"."""
    first = next((word for word in words if word != BREAK), "")
    said = polarity_of([first]) if first not in names[place] else None
    return said is not None and any(
        [first] != name and name in YES_OR_NO and polarity_of(name) is said for name in names
    )


def _polar(words: list[str], polar: list[bool | None]) -> int | None:
    """The yes or the no among the choices, if there is one of that kind and the reply clearly is one."""
    verdict = agrees(words)
    if verdict is None or polar.count(verdict) != 1:
        return None
    return polar.index(verdict)


def _by_place(words: list[str], names: list[list[str]]) -> int | None:
    """The choice meant by "the second one", "the last" or "option two"."""
    line = " ".join(words)
    places: set[int] = set()
    for match in ORDINAL.finditer(line):
        if _more_than_a_naming(line, match):
            return None
        places.add(_place(match, names))
        if len(places) > 1:
            return None
    if not places and not any(word[0].isdigit() for name in names for word in name):
        core = [
            word
            for at, word in enumerate(words)
            if word != BREAK and (word in LABELS or word not in ENGLISH.around or (word == "1" and _counts(words, at)))
        ]
        if numbered := INDEX.match(" ".join(core)):
            places.add(int(numbered[1]) - 1)
    if len(places) != 1:
        return None
    place = places.pop()
    return place if 0 <= place < len(names) else None


def _place(match: re.Match[str], names: list[list[str]]) -> int:
    """The place that an ordinal stands for, from 0; it may be beyond the choices."""
    ends = {"last": len(names) - 1}
    if len(names) == 2:  # noqa: PLR2004 - the former and the latter are of two
        ends |= {"former": 0, "latter": 1}
    if len(names) % 2:
        ends["middle"] = len(names) // 2
    return ends.get(match[1], ORDINALS.get(match[1], 0) - 1)


def _counts(words: list[str], at: int) -> bool:
    """Whether this "one" is a number, unlike that of "this one"."""
    return at == 0 or words[at - 1] in LABELS | LED | {BREAK}


def _more_than_a_naming(line: str, match: re.Match[str]) -> bool:
    """Whether more is said than a place and a reason: "the first one is broken"."""
    after = line[match.end() :]
    for reason in ENGLISH.reasons:
        after = after.partition(f" {reason} ")[0]
    return any(word not in PLACES for word in (line[: match.start()] + after).split())


def _by_part(words: list[str], names: list[list[str]]) -> int | None:
    """The choice that alone has these words, if nothing else was said: "staging" for "Deploy to staging"."""
    said = {word for word in words if word not in PASSING}
    telling = [word for word in said if sum(word in name for name in names) == 1]
    holders = [at for at, name in enumerate(names) if said and said <= set(name)]
    return holders[0] if telling and len(holders) == 1 else None


def names_a_choice_completely(text: str, choices: Sequence[str], *, language: str = "en") -> bool:
    """Whether the reply names one choice and need not go on, so that a turn may end at once.

    "Postgres" does not when "Postgres with replicas" is another choice. Languages as in `named_choice`.
    """
    choice = named_choice(text, choices, language=language)
    if choice is None:
        return False
    heard, chosen = canonical(text), canonical(choice)
    said = [word for word in heard if word not in UNTOLD]
    for other in choices:
        name = [word for word in canonical(other) if word not in UNTOLD] if other != choice else []
        for size in range(1, len(name)):
            if said[-size:] == name[:size] and set(name[:size]) & set(chosen):
                return False
    return chosen == [word for word in heard if word != BREAK] or not unfinished(text, language=language)


def choice_by_key(digits: str, choices: Sequence[str]) -> str | None:
    """The choice at the place that was keyed: "2" or "2#" is the second.

    None when there is no such place, and when a choice is itself a number that makes another choice of the digits.
    """
    keyed = digits.strip().rstrip("#").lstrip("*")
    if not (keyed.isascii() and keyed.isdigit() and len(keyed) <= LONGEST_KEYED):
        return None
    valued = [choice for choice in choices if canonical(choice) == [str(int(keyed))]]
    placed = [choices[int(keyed) - 1]] if 0 < int(keyed) <= len(choices) else []
    named = set(valued + placed)
    return named.pop() if len(named) == 1 else None


def chosen(text: str, choices: Sequence[str], *, keyed: bool, language: str) -> str | None:
    """The choice that a reply names, which was keyed, or said or typed in this language; a tap equals it."""
    if keyed:
        return choice_by_key(text, choices)
    return text if text in choices else named_choice(text, choices, language=language)
