"""Texts from outside (names, rooms, what providers say), as they may stand in a result, an error, a log or a terminal.

Anybody in a room chooses their own name, and a model reads it, and a terminal obeys it. So nothing of it steers
either: no escape sequence, no text that turns the direction of what follows, nothing that is there but not seen.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

__all__ = [
    "LONGEST_QUOTE",
    "LONGEST_SHOWN",
    "LONGEST_TEXT",
    "is_named",
    "printable",
    "quoted",
    "quoted_name",
    "shown",
    "shown_name",
]

LONGEST_TEXT = 20_000
"""Characters of one text that are kept, typed or spoken (some 20 minutes); the rest is cut off where it comes in."""
LONGEST_SHOWN = 200
"""Characters of a foreign string in a result."""
LONGEST_QUOTE = 80
"""The same in an error."""
HASH_DIGITS = 8
REPLACED = "�"
KEPT = "\n\t"
UNSEEN = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0e\uffa0\U000e0000-\U000e0fff]")
"""What Unicode calls printable or a mark and no font shows: Default_Ignorable_Code_Point, and the empty braille cell.
A text for a model can be hidden in these, a bit in each. U+FE0F stays: it makes an emoji of a sign."""
JOINER = re.compile("(?<=[^\x00-\x7f])([\u200c\u200d])(?=[^\x00-\x7f])")
"""Persian and Indic scripts and families of emoji need these, between two of theirs."""


def printable(text: str) -> str:
    """The text with every character that steers or is not seen replaced; newlines and tabs stay."""
    if text.isascii() and text.isprintable():
        return text
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    unseen = "".join(each for each in set(lines) if not _is_seen(each))
    if not unseen:
        return lines
    bad = re.compile(f"[{re.escape(unseen)}]")  # Ten times as quick as to look at each character of a long text.
    parts = JOINER.split(lines)  # Every other one is a joiner in its place.
    return "".join(part if at % 2 else bad.sub(REPLACED, part) for at, part in enumerate(parts))


def _is_seen(character: str) -> bool:
    return character in KEPT or (character.isprintable() and not UNSEEN.match(character))


def shown(text: str, *, limit: int = LONGEST_SHOWN) -> str:
    """One line of at most ``limit`` characters, without what steers or is not seen."""
    # Four times as much is plenty for what collapses, and normalising 60 kB for nothing is not.
    line = " ".join(printable(unicodedata.normalize("NFC", text[: 4 * limit])).split())
    return line if len(line) <= limit and len(text) <= 4 * limit else f"{line[: limit - 1]}…"


def shown_name(name: str, *, limit: int = LONGEST_SHOWN) -> str:
    """An identity or a room's name, as a result shows it and an argument may give it back (see ``is_named``).

    One that cannot be shown as it is ends in a hash of the whole, so that two of them never look the same.
    """
    plain = shown(name, limit=limit)
    if plain == name:
        return name
    digits = hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()[:HASH_DIGITS]
    return f"{plain[: limit - HASH_DIGITS - 1]}~{digits}"


def is_named(name: str, given: str) -> bool:
    """Whether an argument means this identity or room: as it is, or as a result or an error showed it."""
    return given in (name, shown_name(name), shown_name(name, limit=LONGEST_QUOTE))


def quoted(text: str) -> str:
    """A foreign text in an error: in quotation marks, on one line, at most 80 characters of it."""
    return _in_quotes(shown(text, limit=LONGEST_QUOTE))


def quoted_name(name: str) -> str:
    """An identity or a room's name in an error, so that it can be given back as an argument."""
    return _in_quotes(shown_name(name, limit=LONGEST_QUOTE))


def _in_quotes(text: str) -> str:
    # repr writes a backslash twice and a joiner as its number, which nobody could copy.
    return repr(text) if "'" in text else f"'{text}'"
