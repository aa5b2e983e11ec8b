"""Marks that a recogniser puts into a text and nobody says: languages, time stamps, speakers, tags."""

from __future__ import annotations

import re
from html import unescape

__all__ = ["without_marks"]

MOST_ROUNDS = 4
"""Marks that may stand one after the other at the beginning of a line."""
PARTS = {
    "CLOCK": r"\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d{1,3})?",
    "EXACT": r"(?:\d{1,2}:)?\d{2}:\d{2}[.,]\d{3}",
    "INSTANT": r"(?:\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d{1,3})?|\d{1,5}\.\d{1,3}\ ?s?)",
    "SECONDS": r"\d{1,5}\.\d{1,3}\ ?s?",
    # In round brackets somebody's times may stand: those of a clip begin at nought.
    "EARLY": r"(?:0{1,2}:)?0{1,2}:\d{2}(?:[.,]\d{1,3})?",
    "DASH": r"\ *(?:[–-]|to)\ *",  # noqa: RUF001
    "SAID": r"(?!\ *(?i:uhr|o.?clock|[ap]\.?\ ?m\b|h\b|hrs?\b|hours?|heures?|horas?|ore\b|uur))",
    "LANGUAGE": (
        r"(?:(?:en|de|fr|es|it|nl|pt|ja|zh|ko|ru|pl|uk|tr|sv|cs|da|fi|nb|hu|el|ro|bg|ar|he|hi|th|vi)(?:[-_]\w{2,4})?"
        r"|eng|deu|ger|fra|fre|spa|ita|nld|por|English|German|French|Spanish|Italian|Dutch|Portuguese)"
    ),
    # Those that are no words: a colon after "it" or "so" begins what was said.
    "CODE": r"(?:en|fr|nl|pt|ja|zh|ko|ru|pl|uk|tr|sv|cs|[a-z]{2}-[A-Z]{2})",
    "SPEAKER": r"(?i:speaker|spk|sprecher)[\ _]?[A-Za-z\d]{1,3}",
}
PATTERN = r"""
    <(?:
        \|[^|<>\n]{0,40}\|>                                 # <|en|> and <|0.00|> of Whisper's tokens
        | /?asr_text>
        | /?(?:EXACT|[bcisuv]|pad|[be]os|lang|font|(?:[cv]|lang|font)[.\ ][^<>\n]{0,40})>
    )
    | [\[(]\ *INSTANT\s*--?>\s*INSTANT\ *[\])]              # [00:00.000 --> 00:02.000] [0.00s -> 2.00s]
    | ^\ *(?:
        language\ \w+\ *<asr_text>
        | WEBVTT[^\n]*$
        | (?:\d+\ *\n\ *)?EXACT\ *-->\ *EXACT[^\n]*$        # a subtitle's number and times
        | \[\ *(?:CLOCK(?:DASHCLOCK)?|SECONDS(?:DASHSECONDS)?)\ *\]SAID
        | \(\ *EARLY(?:DASHCLOCK)?\ *\)SAID                 # (0:01) (0:03 - 0:05)
        | EXACT\ (?!-->)
        | \[LANGUAGE\]\ *(?=\w)
        | <LANGUAGE>
        | CODE:\ +(?=\w)
        | (?:SPEAKER\ ?:|\[SPEAKER\]\ ?:?)(?=\ *[\w(\[])
        | >>+\ *(?=\w)
        | [–-]\ +(?=[^\W\d])                                # a dash before what somebody says
    )
"""  # noqa: RUF001 - the dash that some write
for name, part in PARTS.items():
    PATTERN = PATTERN.replace(name, part)
MARK = re.compile(PATTERN, re.VERBOSE | re.MULTILINE)
ENTITY = re.compile(r"&(?:amp|quot|apos|lt|gt|nbsp|#\d{2,4});")
WORD_START = "▁"
"""As tokenizers write it."""
MAY_MARK = re.compile(r"[<>\[(:–-]|WEBVTT")  # noqa: RUF001
"""Most texts have none of it, and a stream brings many."""


def without_marks(text: str) -> str:
    """The text on one line, without them. A time that is said stays: "10:30 works", "(10 - 12) Uhr"."""
    text = ENTITY.sub(lambda entity: unescape(entity[0]), text).replace(WORD_START, " ")
    for _ in range(MOST_ROUNDS if MAY_MARK.search(text) else 0):
        text, found = MARK.subn(" ", text)
        if not found:
            break
    return " ".join(text.split())
