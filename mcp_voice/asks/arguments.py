"""Arguments that cannot be used are refused in one sentence, before anything is spoken, sent or joined."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence

from pydantic import ValidationError

from mcp_voice.errors import BadInput, quoted
from mcp_voice.link.packets import check_size
from mcp_voice.texts.counting import counted
from mcp_voice.texts.foreign import shown_name
from mcp_voice.texts.markup import spoken_form
from mcp_voice.texts.validation import in_words

__all__ = [
    "argument_types",
    "choices",
    "message",
    "new_name",
    "question",
    "wait_seconds",
    "wanted_seconds",
]

LONGEST_TEXT = 2_000
MOST_CHOICES = 30
LONGEST_CHOICE = 100
LONGEST_NAME = 100
LONGEST_WAIT = 3_600.0
TOO_LONG_A_WAIT = 10**9
PLAIN_SPACE = "\n\r\t"


def argument_types(tool_name: str, error: ValidationError) -> BadInput:
    """What is wrong with the types of the arguments, without their values."""
    faults = [f"{'.'.join(map(str, each['loc']))}: {in_words(each)}" for each in error.errors()]
    return BadInput(
        f"Invalid arguments for {tool_name} ({'; '.join(faults)}). Nothing was done.", fix="Correct the call."
    )


def question(text: str) -> str:
    """A question of 1 to 2,000 speakable characters."""
    return _speakable(text, "question", limit=LONGEST_TEXT)


def message(text: str) -> str:
    """A message of 1 to 2,000 speakable characters."""
    return _speakable(text, "message", limit=LONGEST_TEXT)


def text_to_send(text: str) -> str:
    """A text of at least one character, as it is, that a room takes: with its topic it is measured where it is sent."""
    if not text.strip():
        raise BadInput("The message is empty. Nothing was sent.", fix="Call again with some text.")
    check_size(len(text.encode()))
    return text


def _speakable(text: str, what: str, *, limit: int) -> str:
    stripped = text.strip()
    if not stripped:
        raise BadInput(f"The {what} is empty. Nothing was spoken.", fix="Call again with some text.")
    if len(stripped) > limit:
        raise BadInput(
            f"The {what} has {counted(len(stripped), 'character')} and {limit:,} are allowed. Nothing was spoken.",
            fix="Shorten it: a listener remembers two sentences.",
            code="too-long",
        )
    bad = sorted({f"U+{ord(each):04X}" for each in stripped if _is_control(each)})
    if bad:
        raise BadInput(
            f"The {what} contains control characters ({', '.join(bad[:5])}). Nothing was spoken.",
            fix="Send plain text.",
        )
    if not any(each.isalnum() for each in spoken_form(stripped)):
        raise BadInput(f"The {what} contains nothing that can be spoken.", fix="Send words.")
    return stripped


def _is_control(character: str) -> bool:
    # Not "Cn", unassigned: that is every emoji that is younger than this Python.
    return unicodedata.category(character) in ("Cc", "Cs", "Co") and character not in PLAIN_SPACE


def choices(given: Sequence[str]) -> tuple[str, ...]:
    """At most 30 different choices of 1 to 100 characters."""
    cleaned = tuple(each.strip() for each in given)
    if len(cleaned) > MOST_CHOICES:
        raise BadInput(
            f"There are {len(cleaned)} choices and {MOST_CHOICES} are allowed. People cannot remember more.",
            fix="Ask in steps.",
        )
    if any(not each or len(each) > LONGEST_CHOICE or any(map(_is_control, each)) for each in cleaned):
        raise BadInput(
            f"A choice is empty, longer than {LONGEST_CHOICE} characters, or contains control characters.",
            fix="Use a few words.",
        )
    if len({each.casefold() for each in cleaned}) < len(cleaned):
        raise BadInput("Two choices are the same.", fix="Give each one once.")
    return cleaned


def wanted_seconds(given: object) -> float | None:
    """What a caller gives as a wait: a number of any size, or None; a script may give anything."""
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise BadInput(
            f"wait_seconds is a {type(given).__name__} and must be a number.",
            fix="Give it in seconds, or leave it out.",
        )
    # An integer may have more digits than a float, or a text, can take.
    return float(min(max(given, -TOO_LONG_A_WAIT), TOO_LONG_A_WAIT)) if isinstance(given, int) else given


def wait_seconds(given: float) -> float:
    """A wait of 0 to 3,600 seconds."""
    if math.isnan(given) or given < 0 or given > LONGEST_WAIT:
        raise BadInput(
            f"wait_seconds is {given:,.10g} and must be from 0 to {LONGEST_WAIT:,.0f}.",
            fix="Leave it out for as long as the host allows; call again to wait longer.",
        )
    return given


def new_name(name: str, what: str) -> str:
    """A name to be made by an invitation: 1 to 100 characters that can all be seen."""
    if not name.strip() or len(name) > LONGEST_NAME or shown_name(name) != name:
        raise BadInput(
            f"The {what} {quoted(name)} is empty, longer than {LONGEST_NAME} characters, or contains characters that "
            "cannot be seen.",
            fix="Use a short word.",
        )
    return name
