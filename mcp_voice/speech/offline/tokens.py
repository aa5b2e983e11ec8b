"""The model's tokens: text from them, and the tokens of a text."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

__all__ = ["END", "START", "Tokens"]

START, END = 1, 2
SPECIAL = 3
"""Ids below this are marks, no text."""
BYTES, FIRST_PIECE = 3, 259
"""From 3 on the 256 bytes, for characters without a piece of their own; the pieces follow."""
SPACE = "\u2581"
LONG = 128
MOST_WORDS = 2_000
"""Whose tokens are kept: those of the common answers, and of the choices of a few questions."""


class Tokens:
    """A vocabulary of byte pairs, in which a lower id is an earlier merge."""

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = pieces
        self._ids: dict[bytes, int] = {}
        self._words: dict[str, tuple[int, ...]] = {}
        for number, piece in enumerate(pieces):
            if number >= FIRST_PIECE and piece:
                self._ids.setdefault(piece, number)

    @classmethod
    def load(cls, path: Path) -> Tokens:
        """Of each piece its length (one byte, or two from 128 on) and its bytes; raises IndexError for a torn file."""
        data = path.read_bytes()
        pieces: list[bytes] = []
        at = 0
        while at < len(data):
            length, at = data[at], at + 1
            if length >= LONG:
                length, at = data[at] * LONG + length - LONG, at + 1
            pieces.append(data[at : at + length])
            at += length
        return cls(pieces)

    def text(self, ids: Iterable[int]) -> str:
        """What the tokens spell."""
        joined = b"".join(self._pieces[each] for each in ids if each >= SPECIAL)
        return joined.decode(errors="replace").replace(SPACE, " ").strip()

    def ids(self, text: str) -> tuple[int, ...]:
        """The tokens of a text as the model was taught them, word by word."""
        return tuple(token for word in text.split() for token in self._word(SPACE + word))

    def _word(self, word: str) -> tuple[int, ...]:
        if word not in self._words:
            if len(self._words) >= MOST_WORDS:
                self._words.clear()
            self._words[word] = self._merged([letter.encode(errors="replace") for letter in word])
        return self._words[word]

    def _merged(self, parts: list[bytes]) -> tuple[int, ...]:
        while True:
            pairs = [(self._ids.get(a + b), at) for at, (a, b) in enumerate(pairwise(parts))]
            known = [(merge, at) for merge, at in pairs if merge is not None]
            if not known:
                return tuple(token for part in parts for token in self._token(part))
            at = min(known)[1]
            parts[at : at + 2] = [parts[at] + parts[at + 1]]

    def _token(self, part: bytes) -> list[int]:
        return [self._ids[part]] if part in self._ids else [BYTES + byte for byte in part]
