"""A recogniser's text brought into one form: case, apostrophes, punctuation, spaces."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

__all__ = [
    "SEARCHED_CHARACTERS",
    "SEARCHED_WORDS",
    "LastWords",
    "last_words",
    "phrase_set",
    "plain",
    "question_key",
    "word_set",
]

SEARCHED_CHARACTERS = 1_000
"""What is analysed of a text that others sent; a minute of speech, and no answer to a question with choices is longer.

Where a sentence ends is looked for at the end of the text; which choice is named, in the whole of it or not at all.
"""
SEARCHED_WORDS = 250
"""The same in words: in English, a thousand characters have 200."""
COMPARED_CHARACTERS = 4_000
"""Twice the longest question. Longer ones are the same only if they are the same letter by letter."""

APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'"})  # noqa: RUF001 - as recognisers write them
SENTENCE_END = re.compile(r"[.!?]+(?=\s|$)|[;\n]|\.{2,}|…")
INSIDE_A_WORD = re.compile(r"(?<=\w)[.](?=\w)")
NOT_A_WORD = re.compile(r"[^\w'+#&%@/]+")
TRAILING_OFF = re.compile(r"(?:\.{2,}|…|[,:–—-])[\s\"'”’)]*$")  # noqa: RUF001 - the dashes that recognisers write
ASKING = re.compile(r"\?[\s\"'”’)]*$")  # noqa: RUF001
STOPPED = re.compile(r"[.!][\s\"'”’)]*$")  # noqa: RUF001
PIECE = re.compile(rf"\S{{1,{SEARCHED_CHARACTERS}}}|\s{{1,{SEARCHED_CHARACTERS}}}")
PUNCTUATION = re.compile(r"(?:[\s.,;:!?'\"“”‘’«»()\[\]…–—_]|-(?!\d))+")  # noqa: RUF001


@dataclass(frozen=True, slots=True)
class LastWords:
    """The words of a text's last sentence, with what the punctuation at its end says."""

    words: tuple[str, ...]
    trails_off: bool
    """It ends in a comma, a dash, a colon or an ellipsis."""
    asks: bool
    """It ends in a question mark."""
    stopped: bool
    """It ends in a full stop: weak, since some recognisers put one on everything."""

    @property
    def line(self) -> str:
        """The words with one space between them."""
        return " ".join(self.words)


def word_set(table: str) -> frozenset[str]:
    """The words of a table, which are parted by spaces."""
    return frozenset(table.split())


def phrase_set(table: str) -> frozenset[str]:
    """The phrases of a table, which are parted by bars and line ends."""
    return frozenset(phrase.strip() for phrase in table.replace("\n", "|").split("|") if phrase.strip())


def plain(text: str) -> str:
    """The text in lower case, composed (NFKC) and with straight apostrophes."""
    if len(text) > SEARCHED_CHARACTERS:
        # Composing takes a time that grows with the square of a run of accents, so a long text is taken in pieces.
        return "".join(_plain(piece) for piece in PIECE.findall(text))
    return _plain(text)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).translate(APOSTROPHES).casefold())


def _split(sentence: str) -> tuple[str, ...]:
    dotted = INSIDE_A_WORD.sub("\0", sentence)  # The dot of "2.5" and of "node.js" is part of the word.
    separated = NOT_A_WORD.sub(" ", dotted.replace("\0", "·")).replace("·", ".")
    return tuple(word for word in separated.split() if word.strip("'.&/"))


def last_words(text: str) -> LastWords:
    """The last sentence of ``text``, split into words in lower case; of a long one, the last of its words."""
    # NFKC turns "…" into three dots, so that one pattern finds both, and one letter into eighteen.
    said = plain(text.rstrip()[-SEARCHED_CHARACTERS:])[-SEARCHED_CHARACTERS:].strip()
    sentences = [split for part in SENTENCE_END.split(said) if (split := _split(part))]
    return LastWords(
        words=sentences[-1][-SEARCHED_WORDS:] if sentences else (),
        trails_off=bool(TRAILING_OFF.search(said)),
        asks=bool(ASKING.search(said)),
        stopped=bool(STOPPED.search(said)),
    )


def _folded(text: str) -> str:
    """The text without case, punctuation and doubled spaces; signs that carry meaning, as in "C++", stay."""
    return PUNCTUATION.sub(" ", plain(text).replace("'", "")).strip()


def question_key(question: str) -> str:
    """What two questions have in common that differ at most in case, punctuation and spaces."""
    return question if len(question) > COMPARED_CHARACTERS else _folded(question)
