"""What of a text is spoken: its words, without the marks that only an eye needs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token

__all__ = ["spoken_form", "spoken_words"]

PARSED_CHARACTERS = 4_000
"""Longer texts, of which our tools take none, lose single signs only."""
PARSED_MARKS = 400
"""The same for texts of little else than marks: 2,000 brackets took 90 ms."""
MARKS = "[*_`<"
LONGEST_ADDRESS = 40
"""Characters; of a longer web address only the server's name is spoken."""
EMOJI = (
    r"[\U0001f000-\U0001faff\u2600-\u266c\u2670-\u27bf\u2b00-\u2bff\u231a\u231b\u23e9-\u23fa\u25a0-\u25ff]"
    r"(?:\u200d|[\ufe00-\ufe0f\u20e3\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f])*"
)
PICTURES = re.compile(rf"(?:(?:{EMOJI}|[\ufe00-\ufe0f\u20e3])[ \t]*)+")
ADDRESS = re.compile(r"\b(?:https?|wss?|ftp)://[^\s<>]+|\bwww\.[^\s<>]+")
AFTER_AN_ADDRESS = ".,;:!?)]}'\"*_"
BULLET = re.compile(r"^([ \t]*)[•‣◦▪●○](?=\s)", re.MULTILINE)
TASK = re.compile(r"^\[[ xX]\]\s+")
TIMES = re.compile(r"(?<=\d)\*\*(?=\d)|(?<=[^\W_])\*(?=[^\W_])")
"""Stars that multiply; Markdown would take two of them for emphasis."""
STRAY = re.compile(r"(?<!\d)\*{2,}|\*{2,}(?!\d)|`+|~~+|^#{2,6}(?=\S)", re.MULTILINE)
RULED = re.compile(r"[-:]*\|[-:|]*")
IN_A_NUMBER = re.compile(r"(?<=\d)_(?=\d)")
CLOSING = tuple(".,;:!?)\n")
SENTENCE_END = tuple(".!?:;,…。！？：；،؟।")  # noqa: RUF001 - of other scripts
TAG_NAMES = """
    a abbr b big blockquote br center cite code dd del details div dl dt em font h1 h2 h3 h4 h5 h6 hr i img ins kbd li
    mark ol p pre q s samp small span strike strong sub summary sup table tbody td th thead tr tt u ul var
"""
TAGS = frozenset(TAG_NAMES.split())
TAG = re.compile(r"</?([A-Za-z][A-Za-z0-9]*)(?:\s[^>]*=[^>]*)?\s*/?>")
"""A tag with what belongs to one: in "a<b and c>d" there is none."""
# No code by indentation, which is common in plain text, and no blocks of HTML, whose words would be lost.
PARSER = ("commonmark", ("table", "strikethrough"), ("code", "reference", "html_block"))


def spoken_form(text: str) -> str:
    """The text as a voice should get it: words of emphasis, headings, lists, tables, links and code, without marks.

    A text without any marks comes back as it is. Empty when there is nothing to speak.
    """
    if len(text) > PARSED_CHARACTERS or sum(map(text.count, MARKS)) > PARSED_MARKS:
        return _plain(text).strip()
    preset, more, less = PARSER
    parser = MarkdownIt(preset).enable(more).disable(less)
    parts = list(_blocks(parser.parse(TIMES.sub(_escaped, BULLET.sub(r"\1-", text.strip())))))
    spoken = [part if at == len(parts) - 1 and not ends else _closed(part) for at, (part, ends) in enumerate(parts)]
    return "\n".join(part for part in spoken if any(each.isalnum() for each in part)).strip()


def spoken_words(text: str) -> str:
    """The same for a part of a text whose Markdown is gone: web addresses, names with underscores, rules of tables."""
    return re.sub(r"\S+", lambda word: _word(word[0]), text)


def _escaped(match: re.Match[str]) -> str:
    return match[0].replace("*", r"\*")


def _closed(part: str) -> str:
    """With a full stop, where the end of a line was enough for the eye."""
    return part if not part or part.endswith(SENTENCE_END) else f"{part}."


def _blocks(tokens: Sequence[Token]) -> Iterable[tuple[str, bool]]:
    """The texts of the blocks, and whether each is one that ends like a sentence: a heading, an item, a row."""
    number, row, ends = "", list[str](), 0
    in_a_row = False
    for token in tokens:
        ends += {"heading_open": 1, "list_item_open": 1, "heading_close": -1, "list_item_close": -1}.get(token.type, 0)
        if token.type == "list_item_open":
            number = f"{token.info}{token.markup} " if token.info else ""
        elif token.type in ("tr_open", "tr_close"):
            if row:
                yield ", ".join(row), True
            row, in_a_row = [], token.type == "tr_open"
        elif token.type == "fence":
            yield _plain(token.content).strip(), True
        elif token.type == "inline":
            said = _inline(token.children or ()).strip()
            if in_a_row:
                row += [said] if said else []
            else:
                yield f"{number}{TASK.sub('', said) if ends else said}", ends > 0
                number = ""


def _inline(tokens: Iterable[Token]) -> str:
    parts: list[str] = []
    for token in tokens:
        if token.type in ("softbreak", "hardbreak"):
            parts.append("\n")
        elif token.type == "html_inline":
            tag = TAG.match(token.content)
            known = tag is not None and tag[1].lower() in TAGS
            parts.append((" " if token.content[1:3].lower() == "br" else "") if known else token.content)
        else:
            parts.append(token.content)
    return _plain("".join(parts))


def _plain(text: str) -> str:
    """A text without Markdown, and without emoji, web addresses, underscores and what is left of marks."""
    before, *rest = PICTURES.split(STRAY.sub("", spoken_words(text)))
    parts = [before]
    for after in rest:
        # What stays of emoji is a space, unless punctuation or the end follows.
        parts[-1] = parts[-1].rstrip(" \t")
        parts.append(f" {after}" if after and not after.startswith(CLOSING) and parts[-1] else after)
    return "".join(parts)


def _word(word: str) -> str:
    if RULED.fullmatch(word):
        return ""
    if "@" in word:
        return word  # An e-mail address is said sign by sign.
    if not ADDRESS.search(word):
        return " ".join(filter(None, IN_A_NUMBER.sub("", word).split("_")))
    return ADDRESS.sub(lambda match: _address(match[0]), word)


def _address(address: str) -> str:
    """A web address as one would say it: "example.com/docs"."""
    bare = address.rstrip(AFTER_AN_ADDRESS)
    try:
        parts = urlsplit(bare if "://" in bare else f"https://{bare}")
        server = parts.netloc.rpartition("@")[2].removeprefix("www.")
    except ValueError:
        return ""
    path = parts.path.rstrip("/").replace("_", " ")
    said = f"{server}{path}" if len(path) <= LONGEST_ADDRESS else server
    return said + address[len(bare) :].strip("*_")
