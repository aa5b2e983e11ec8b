"""What a room's configuration adds to the language model's instructions: the companion's name, how long it speaks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["length_text", "worded"]

LONGEST_LENGTH = 100
"""Characters of a length in somebody's own words."""
MOST_WORDS = 2000
FEW = 10
"""A bare number up to this is of sentences, a higher one of words."""
LENGTH_RULE = f"must be short, medium, long, a number from 1 to {MOST_WORDS}, or up to {LONGEST_LENGTH} characters"
SHORT = "Keep each answer to one or two short sentences."
MEDIUM = "Answer in two to four sentences."
LONG = "Answer in detail where the question wants it, in up to eight sentences."
LENGTHS: Mapping[str, str] = MappingProxyType(
    dict.fromkeys(("short", "very short", "brief", "concise", "small", "minimal", "low"), SHORT)
    | dict.fromkeys(("medium", "normal", "moderate", "standard", "balanced", "default"), MEDIUM)
    | dict.fromkeys(("long", "very long", "detailed", "verbose", "large", "high"), LONG)
)
COUNTED = re.compile(r"(?:(?:about|around|at most|up to|max\.?|maximum) )?([0-9]{1,4})(?:[ _-]?(word|sentence)s?)?")
OVERRIDING = "This goes before anything said above about length."


def length_text(value: object) -> str:
    """A length as it is kept, from a text or a number; raises ValueError."""
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MOST_WORDS:
        return str(value)
    if isinstance(value, str) and len(text := " ".join(value.split())) <= LONGEST_LENGTH:
        return text
    raise ValueError(LENGTH_RULE)


def worded(instructions: str, *, name: str, length: str) -> str:
    """The instructions, and behind them a sentence for each that is given."""
    said = []
    if name:
        said.append(f"Your name is {name}.")
    if length:
        said.append(f"{_length(length)} {OVERRIDING}")
    return "\n\n".join([instructions, " ".join(said)]) if said else instructions


def _length(text: str) -> str:
    plain = text.casefold().replace("_", " ").replace("-", " ").rstrip(".")
    if plain in LENGTHS:
        return LENGTHS[plain]
    counted = COUNTED.fullmatch(plain)
    if counted is None or int(counted[1]) == 0:
        return f"Length of each answer: {text.rstrip('.')}."
    number = int(counted[1])
    unit = counted[2] or ("sentence" if number <= FEW else "word")
    return f"Keep each answer to at most {number} {unit}{'s' if number > 1 else ''}."
