"""How the model may write a short answer: capital, full stop, comma, digits."""

from __future__ import annotations

import re

from mcp_voice.speech.common_answers import TEENS, TENS, UNITS

__all__ = ["bare_words", "spellings"]

OPENERS = frozenset({"yes", "yeah", "no", "okay", "sure", "well", "wait", "stop"})
"""Words after which the model may put a comma."""
SMALL = {word: str(number) for number, word in enumerate(("zero", *UNITS, *TEENS[1:]))}
TENFOLD = {word: 10 * number for number, word in enumerate(TENS, 2)}
HUNDREDS = {"one hundred": "100", "a hundred": "100", "one thousand": "1000", "a thousand": "1000"}
NUMBER = re.compile(
    rf"\b(?:(?:{'|'.join(HUNDREDS)})|(?:{'|'.join(TENFOLD)})(?:[ -](?:{'|'.join(UNITS)}))?|(?:{'|'.join(SMALL)}))\b",
    re.IGNORECASE,
)
PERCENT = re.compile(r"\s*\b(?:percent|per cent)\b", re.IGNORECASE)


def spellings(phrase: str) -> list[str]:
    """Texts that say the phrase, the likeliest first; at most 16."""
    plain = " ".join(phrase.split()).rstrip(".!?")
    digits = PERCENT.sub("%", NUMBER.sub(_digits, plain))
    hyphened = NUMBER.sub(lambda found: found[0].replace(" ", "-"), plain)
    texts = [text for text in dict.fromkeys((plain, digits, hyphened)) if text]
    first, _, rest = plain.partition(" ")
    if rest and first.lower() in OPENERS:
        texts.append(f"{first}, {rest}")
    capitals = dict.fromkeys(form for text in texts for form in (text[0].upper() + text[1:], text))
    return [f"{text}{end}" for text in capitals for end in (".", "")]


def bare_words(text: str) -> str:
    """A text as it sounds: lower case, no signs, numbers in digits."""
    spoken = PERCENT.sub("%", NUMBER.sub(_digits, text))
    return " ".join(re.sub(r"[^\w%+#']", " ", spoken.lower()).split())


def _digits(found: re.Match[str]) -> str:
    words = found[0].lower().replace("-", " ")
    if words in HUNDREDS:
        return HUNDREDS[words]
    ten, _, unit = words.partition(" ")
    return str(TENFOLD[ten] + int(SMALL.get(unit, "0"))) if ten in TENFOLD else SMALL[words]
