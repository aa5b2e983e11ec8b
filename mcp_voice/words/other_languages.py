"""What a reply names in a language other than English: only what surely is no refusal, exception or doubt.

There is no grammar here. A choice counts as named where all that is said beside it is known to change nothing, or is
a reason; one word of denial anywhere, or one that is not known, and nothing is named.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import accumulate

from mcp_voice.words.languages import ENGLISH, LEXICONS, Lexicon, every
from mcp_voice.words.languages.en.choosing import LOANED, SURELY_ENGLISH
from mcp_voice.words.languages.en.numbers import ORDINALS
from mcp_voice.words.politeness import polite, without_affixes
from mcp_voice.words.said import anywhere, said_words, unbroken
from mcp_voice.words.spoken import BREAK
from mcp_voice.words.text import SEARCHED_WORDS

__all__ = ["in_english", "place_in", "place_of_exact", "refused_elsewhere"]

ASKING = ("?", "？", "؟", ";", "；")  # noqa: RUF001 - the Greek question mark becomes a semicolon
LONGEST_PHRASE = 5
"""Words."""
NAME = "\0"
"""Stands for the name of a choice."""
LONG_ENOUGH = 3
"""Letters of a denial that is seen in an English room."""


def _against(lexicon: Lexicon) -> frozenset[str]:
    return lexicon.denials | lexicon.exceptions | lexicon.doubts | lexicon.conditions


AGAINST_IN_ENGLISH = _against(ENGLISH)
ALL_ENGLISH = ENGLISH.around | ORDINALS.keys() | ENGLISH.yes | ENGLISH.no | AGAINST_IN_ENGLISH | SURELY_ENGLISH
FOREIGN_DENIALS = frozenset(
    word
    for lexicon in LEXICONS.values()
    if lexicon is not ENGLISH
    for word in lexicon.denials | lexicon.exceptions | lexicon.doubts
    if len(word) >= LONG_ENOUGH and " " not in word
) - every(lambda lexicon: lexicon.also_english)
"""Words that deny or except in some language and are none of English."""


def _phrases(words: Sequence[str], known: Collection[str]) -> list[tuple[int, int]]:
    """Where the known phrases are, the longest at each place, one after the other."""
    found: list[tuple[int, int]] = []
    at = 0
    while at < len(words):
        sizes = range(min(LONGEST_PHRASE, len(words) - at), 0, -1)
        size = next((size for size in sizes if " ".join(words[at : at + size]) in known), 0)
        if size:
            found.append((at, at + size))
        at += max(size, 1)
    return found


def _without(words: Sequence[str], known: Collection[str]) -> list[str]:
    """The words that belong to none of the known phrases; breaks and names are passed over."""
    kept = list(words)
    for start, end in reversed(_phrases(words, known)):
        del kept[start:end]
    return [word for word in kept if word not in (BREAK, NAME)]


def _same(heard: Sequence[str], name: Sequence[str]) -> bool:
    """The same letters, however they are parted, but numbers are alike as numbers."""
    numbers = [[word for word in words if word[0].isdigit()] for words in (heard, name)]
    return "".join(heard) == "".join(name) and numbers[0] == numbers[1]


def _asks(text: str) -> bool:
    """Whether it ends in a question mark of any script."""
    return text.rstrip().endswith(ASKING)


def place_of_exact(text: str, choices: Sequence[str], language: str) -> int | None:
    """The place of the choice that is said alone, politeness aside: all that counts in a language without words."""
    words = said_words(text)
    if _asks(text) or len(words) > SEARCHED_WORDS:
        return None
    names = [said_words(choice) for choice in choices]
    told = [unbroken(words), _without(words, polite(language)), without_affixes(unbroken(words), language)]
    told.append(without_affixes(told[1], language))
    for said in told:
        exact = [at for at, name in enumerate(names) if name and _same(said, unbroken(name))]
        if exact:
            return exact[0] if len(exact) == 1 else None
    return None


def _named(words: Sequence[str], names: Sequence[Sequence[str]]) -> tuple[set[int], list[str]]:
    """The choices that are named, letter by letter, and the words with `NAME` for each naming."""
    letters = "".join(words)
    starts = [0, *accumulate(map(len, words))]
    ends = {offset: at for at, offset in enumerate(starts)}
    taken = [-1] * len(words)
    for place in sorted(range(len(names)), key=lambda at: -len("".join(names[at]))):
        name = unbroken(names[place])
        wanted = "".join(name)
        for start in range(len(words)) if name else ():
            end = ends.get(starts[start] + len(wanted), 0) if letters.startswith(wanted, starts[start]) else 0
            if end and all(other < 0 for other in taken[start:end]) and _same(words[start:end], name):
                taken[start:end] = [place] * (end - start)
    told = [NAME if place >= 0 else word for word, place in zip(words, taken, strict=True)]
    return {place for place in taken if place >= 0}, told


def _denied(words: Sequence[str], lexicon: Lexicon) -> bool:
    """Whether a denial, an exception, a doubt or a condition is among the words, in this language or in English."""
    return anywhere(words, _against(lexicon) | AGAINST_IN_ENGLISH, longest=LONGEST_PHRASE)


def place_in(text: str, choices: Sequence[str], lexicon: Lexicon) -> int | None:
    """The place of the choice that the reply names in a language that we know; None when it may be a refusal."""
    words = said_words(text)
    if _asks(text) or len(words) > SEARCHED_WORDS or (words and words[0] in lexicon.asking):
        return None
    names = [said_words(choice) for choice in choices]
    exact = [at for at, name in enumerate(names) if name and _same(unbroken(words), unbroken(name))]
    if exact:
        return exact[0] if len(exact) == 1 else None
    found, rest = _named(words, names)
    if len(found) > 1:
        return None
    place = found.pop() if found else None
    if place is None or _said_in_passing(names[place], lexicon):
        return _polar(words, names, lexicon, named=place)
    if _denied(rest, lexicon):
        return None
    harmless = lexicon.courtesy | lexicon.around | lexicon.yes
    return place if not _without(_before_a_reason(rest, lexicon, after=rest.index(NAME)), harmless) else None


def _before_a_reason(words: Sequence[str], lexicon: Lexicon, *, after: int) -> Sequence[str]:
    """What is said up to the reason that is given for the word at that place."""
    reasons = [start for start, _ in _phrases(words, lexicon.reasons) if start > after]
    return words[: reasons[0]] if reasons else words


def _said_in_passing(name: Sequence[str], lexicon: Lexicon) -> bool:
    """Whether the name is a word that any reply may say without naming anything, as "ja" or "das"."""
    passing = lexicon.yes | lexicon.no | lexicon.denials | lexicon.courtesy | lexicon.around
    return not _without(name, passing | ENGLISH.yes | ENGLISH.no)


def _polar(words: Sequence[str], names: Sequence[Sequence[str]], lexicon: Lexicon, *, named: int | None) -> int | None:
    """The yes or the no among the choices, where that is all that is said, or what is said first and not taken back."""
    agreeing, refusing = lexicon.yes | ENGLISH.yes, lexicon.no | ENGLISH.no
    if not _without(words, lexicon.courtesy | agreeing | refusing):
        kinds = _one_kind(words, lexicon, agreeing, refusing)
    else:
        kinds = _first_kind(words, lexicon, agreeing, refusing)
    places = [at for at, name in enumerate(names) if name and (name[0] in kinds or " ".join(name) in kinds)]
    if kinds:
        return places[0] if len(places) == 1 and named in (None, places[0]) else None
    alone = named is not None and not _without(words, lexicon.courtesy | {" ".join(names[named])})
    return named if alone else None


def _one_kind(
    words: Sequence[str], lexicon: Lexicon, agreeing: frozenset[str], refusing: frozenset[str]
) -> frozenset[str]:
    """Which of the two is said, if all that is said is one of them and courtesy."""
    for kind in (agreeing, refusing):
        if not _without(words, lexicon.courtesy | kind) and _without(words, lexicon.courtesy):
            return kind
    return frozenset()


def _first_kind(
    words: Sequence[str], lexicon: Lexicon, agreeing: frozenset[str], refusing: frozenset[str]
) -> frozenset[str]:
    """Which of the two is said first, with more after it that does not take it back."""
    parted, others = BREAK in words[1:2], set(words[1:])
    if words[0] in agreeing and not others & refusing and not _denied(words, lexicon):
        known = lexicon.courtesy | lexicon.around | agreeing
        return agreeing if not _without(_before_a_reason(words, lexicon, after=0), known) else frozenset()
    doubts = lexicon.doubts | lexicon.conditions
    if (
        words[0] in refusing
        and parted
        and not others & agreeing
        and not anywhere(words, doubts, longest=LONGEST_PHRASE)
    ):
        return refusing
    return frozenset()


def in_english(text: str, choices: Sequence[str], lexicon: Lexicon) -> bool:
    """Whether, in a room of another language, all that is said beside the choices is English, and no question."""
    if _asks(text):
        return False
    names = [said_words(choice) for choice in choices]
    found, rest = _named(said_words(text), names)
    if len(found) > 1 and any(
        _said_in_passing(names[place], lexicon) and not _english(names[place]) for place in found
    ):
        return False  # "Ja. Later." is Dutch.
    return not anywhere(rest, _against(lexicon), longest=LONGEST_PHRASE) and not _without(rest, ALL_ENGLISH)


def _english(name: Sequence[str]) -> bool:
    return all(word in ALL_ENGLISH for word in name)


def refused_elsewhere(text: str, choices: Sequence[str]) -> bool:
    """Whether, in an English room, a word beside the choices denies in another language, or cannot be English."""
    _, rest = _named(said_words(text), [said_words(choice) for choice in choices])
    letters = {sign for word in rest for sign in word if sign.isalpha() and not sign.isascii()}
    return not FOREIGN_DENIALS.isdisjoint(rest) or not letters <= LOANED
