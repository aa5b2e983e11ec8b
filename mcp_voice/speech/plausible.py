"""How long the sound of a text can be, whatever the voice and the language."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["is_text", "plausible"]


JSON_BEGINNING = re.compile(rb'[\[{]\s*(?:["\[{\]}]|$)')
PRINTABLE = bytes(range(32, 127)) + b"\t\r\n"
TEXT_BEGINNINGS = (b"<!doctype", b"<html", b"<?xml")
"""What a web server answers when it knows nothing of speech; played as samples it would be a crackle, and no error."""
LEAST_PRINTABLE = 12

LEAST_SECONDS = 0.015
"""For each letter or digit of an ordinary word: four times as quick as anybody speaks."""
UNREAD_LENGTH = 40
"""Longer words, and addresses, are no words: a voice may pass over them."""
LETTER_SECONDS, DIGIT_SECONDS, SIGN_SECONDS, OTHER_SECONDS = 0.2, 1.0, 0.5, 2.0
"""At most for each: a letter of ASCII, a digit, a sign, and anything else.

espeak-ng takes 0.08 s for a letter, 0.63 s for a digit of a long number, 0.37 s for a sign, and up to 1.4 s where it
gives the name of a letter that it cannot read, as in Thai.
"""
PAUSES_SECONDS = 10.0
"""At most besides, for silence before, within and after."""


@dataclass(frozen=True, slots=True)
class Plausible:
    """Seconds between which the sound of a text is."""

    least: float
    most: float


def plausible(text: str) -> Plausible:
    """The bounds for one text; nothing is too short for one without letters and digits."""
    words = [word for word in text.split() if len(word) <= UNREAD_LENGTH and "://" not in word]
    least = LEAST_SECONDS * sum(character.isalnum() for word in words for character in word)
    return Plausible(least, PAUSES_SECONDS + sum(map(_longest, text)))


def is_text(data: bytes) -> bool:
    """Whether an answer begins as a web page or an error does, and is no sound."""
    begun = data.lstrip()
    if begun.lower().startswith(TEXT_BEGINNINGS) or JSON_BEGINNING.match(begun):
        return True
    return len(begun) >= LEAST_PRINTABLE and not begun.translate(None, PRINTABLE)


def _longest(character: str) -> float:
    if character.isspace():
        return 0.0
    if not character.isascii():
        return OTHER_SECONDS
    if character.isalpha():
        return LETTER_SECONDS
    return DIGIT_SECONDS if character.isdigit() else SIGN_SECONDS
