"""Texts from outside (names, rooms, what providers say), as they may stand in a result, an error, a log or a terminal.

Anybody in a room chooses their own name, and a model reads it, and a terminal obeys it. So nothing of it steers
either: no escape sequence, no text that turns the direction of what follows, nothing that is there but not seen. Honest
texts stay readable: every space of any script is a space, and what is never seen is left out.
"""

from __future__ import annotations

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
KEPT = "\n\t\u200c\u200d"
LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
SPACE = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
"""Spaces that are none to ``str.isprintable``: of French punctuation and numbers, of Japanese and Chinese."""
UNSEEN = re.compile(
    "[\u00ad\u061c\u200b\u200e\u200f\u2060-\u2064\ufeff"
    "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0e\uffa0\U000e0000-\U000e0fff]"
)
"""What no font shows. Keyboards and word processors write some of it (where a word may break, which way a sign runs);
a text for a model can be hidden in it, a bit in each. U+FE0F stays: it makes an emoji of a sign."""
JOINERS = "\u200c\u200d"
OUT_OF_PLACE = re.compile(f"(?<![^\x00-\x7f{JOINERS}])[{JOINERS}]|[{JOINERS}](?![^\x00-\x7f{JOINERS}])")
"""Persian and Indic scripts and families of emoji need joiners, one at a time, between two characters of theirs."""


def printable(text: str) -> str:
    """The text with every character that steers replaced, and without what is not seen; newlines and tabs stay."""
    if text.isascii() and text.isprintable():
        return text
    lines = LINE_ENDS.sub("\n", text)
    for kind, instead in ((SPACE.match, " "), (UNSEEN.match, ""), (_steers, REPLACED)):
        # Ten times as quick as to look at each character of a long text.
        if found := "".join(filter(kind, set(lines))):
            lines = re.sub(f"[{re.escape(found)}]", instead, lines)
    return OUT_OF_PLACE.sub("", lines)


def _steers(character: str) -> bool:
    return character not in KEPT and not character.isprintable()


def shown(text: str, *, limit: int = LONGEST_SHOWN) -> str:
    """One line of at most ``limit`` characters, without what steers or is not seen."""
    # Four times as much is plenty for what collapses, and normalising 60 kB for nothing is not.
    line = " ".join(unicodedata.normalize("NFC", printable(text[: 4 * limit])).split())
    return line if len(line) <= limit and len(text) <= 4 * limit else f"{line[: limit - 1]}…"


def shown_name(name: str, *, limit: int = LONGEST_SHOWN) -> str:
    """An identity or a room's name, as a result shows it and an argument may give it back (see ``is_named``).

    One that cannot be shown as it is ends in a hash of the whole, so that two of them never look the same.
    """
    plain = shown(name, limit=limit)
    if plain == name:
        return name
    import hashlib  # noqa: PLC0415  # OpenSSL's 4 MiB, in every process that imports an error

    digits = hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()[:HASH_DIGITS]
    return f"{plain[: limit - HASH_DIGITS - 1].rstrip(JOINERS)}~{digits}"


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
