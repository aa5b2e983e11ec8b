"""A long text in parts, each of which is one request to a voice: it is heard once its first sentence is made."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from livekit.agents import tokenize

from mcp_voice.texts.markup import spoken_form

__all__ = ["Part", "parts"]

WHOLE = 200
"""Texts up to this are one request: some 13 s of speech, which any voice gives soon enough, and what questions are."""
SHORTEST = 60
"""Shorter sentences are spoken together with their neighbours: alone they would sound like headlines."""
LONGEST = 300
"""Longer sentences are cut at a comma, or between words."""
WIDE = 3
"""For how many letters a character of Chinese, Japanese or Korean counts: it takes as long to say."""
ZERO_WIDTH_JOINER = "\u200d"
SENTENCES = tokenize.blingfire.SentenceTokenizer(min_sentence_len=1, retain_format=True)
"""LiveKit's own, whose model is in its package; it knows abbreviations, versions and other scripts' full stops."""
LINE_END = re.compile(r"(?<=[.!?:;…。！？：；]\n)")  # noqa: RUF001 - of other scripts
"""A sentence may begin with a small letter where a line begins: an item of a list, a row of a table."""
CLAUSE_END = re.compile(r"\n+|[,;:–—،؛](?=\s)\s*|[，、；：]")  # noqa: RUF001 - of other scripts
WORD_END = re.compile(r"\s+")
TOKEN = re.compile(r"[0-9A-Za-z]+|[^\W_]")
REST = re.compile(r"[^\w\s]*\s*")
CLOSING = tuple("」』）】”’)]»")  # noqa: RUF001 - of other scripts
FARTHEST = 600
"""Characters of marks and addresses that may lie between two words that are spoken one after the other."""


@dataclass(frozen=True, slots=True)
class Part:
    """What is sent to the voice, and the stretch of the text as it was given that it stands for."""

    spoken: str
    given: str


def parts(text: str) -> Sequence[Part]:
    """The parts of a text; what they were given as is together the text.

    A text of up to 200 letters is one part. A longer one is split at its sentences, of which short ones are joined. Of
    a blank one there is nothing to speak, and no part.
    """
    spoken = spoken_form(text) or text
    if not spoken.strip():
        return ()
    if not _longer(spoken, WHOLE):
        return (Part(spoken, text),)
    sentences = [line for sentence in SENTENCES.tokenize(spoken) for line in LINE_END.split(sentence)]
    pieces = _joined(piece for sentence in sentences for piece in _cut(sentence)) or [spoken]
    ends = [*_ends(pieces[:-1], text)]
    given = [text[begin:end] for begin, end in zip([0, *ends], [*ends, len(text)], strict=True)]
    return tuple(Part(piece.strip(), each) for piece, each in zip(pieces, given, strict=True))


def _length(text: str) -> int:
    return sum(WIDE if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)


def _longer(text: str, most: int) -> bool:
    """Whether it is longer than that; only so much of it is looked at."""
    return len(text) > most or _length(text) > most


def _speakable(text: str) -> bool:
    return any(each.isalnum() for each in text)


class _Joined:
    """Pieces that are spoken together; none of them is looked at twice."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self.length = 0
        self.speakable = False

    def __bool__(self) -> bool:
        return bool(self._pieces)

    def __str__(self) -> str:
        return "".join(self._pieces)

    def add(self, piece: str) -> None:
        self._pieces.append(piece)
        self.length += _length(piece)
        self.speakable = self.speakable or _speakable(piece)


def _joined(pieces: Iterable[str]) -> Sequence[str]:
    """Short ones together with what follows, the last one with what is before it."""
    done: list[_Joined] = []
    held = _Joined()
    for piece in pieces:
        if done and not held and (piece.startswith(CLOSING) or not _speakable(piece)):
            done[-1].add(piece)
            continue
        held.add(piece)
        if held.speakable and held.length >= SHORTEST:
            done.append(held)
            held = _Joined()
    if done and (not held.speakable or done[-1].length + held.length <= LONGEST):
        done[-1].add(str(held))
    elif held:
        done.append(held)
    return [str(each) for each in done]


def _cut(sentence: str) -> Iterator[str]:
    """A sentence that is no longer than a part may be, or else pieces of it."""
    begin = 0
    while _longer(ahead := sentence[begin : begin + LONGEST + 1], LONGEST):
        end = begin + _place(ahead)
        yield sentence[begin:end]
        begin = end
    yield ahead


def _place(text: str) -> int:
    """Where a text is cut that is too long: after the last clause that fits, else word, else character."""
    most, length = 0, 0
    while most < len(text) and length <= LONGEST:
        length += _length(text[most])
        most += 1
    most -= 1
    for end in (CLAUSE_END, WORD_END):
        places = [found.end() for found in end.finditer(text, 0, most) if _length(text[: found.end()]) >= SHORTEST]
        if places:
            return places[-1]
    place = most
    while place > 1 and (_belongs(text[place]) or text[place - 1] == ZERO_WIDTH_JOINER):
        place -= 1
    return place if place > 1 else most


def _belongs(character: str) -> bool:
    """Whether it is written on the character before it."""
    return character == ZERO_WIDTH_JOINER or unicodedata.category(character).startswith("M")


def _ends(pieces: Sequence[str], text: str) -> Iterator[int]:
    """Where each piece ends in the text with its marks, of which the pieces have kept the words, in their order."""
    at = 0
    for piece in pieces:
        end = 0
        for token in TOKEN.finditer(piece):
            end = token.end()
            found = text.find(token[0], at, at + FARTHEST)
            at = found + len(token[0]) if found >= 0 else at
        tail, after = piece[end:], REST.match(text, at)
        at = at + len(tail) if text.startswith(tail, at) or after is None else after.end()
        yield at
