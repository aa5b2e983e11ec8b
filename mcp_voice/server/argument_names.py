"""Names of arguments that are not ours: a host's own are passed over, a near miss is refused with the right name.

Passed over in silence, `room` instead of `room_name` would make us speak in another room. Refused, the `sessionId` that
a host adds to every call would make all of our tools useless there.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from mcp_voice.errors import BadInput, quoted

__all__ = ["check_names"]

MOST_QUOTED = 3
ALIKE = 0.8
"""Ratio of difflib from which two words count as one misspelt: `rom` and `choises` do, `tool` and `room` do not."""
LONGEST_NAME = 40
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
WEAK_WORDS = frozenset({"name", "id", "as", "chat", "seconds"})
"""Words of our names that hosts use for things of their own (`toolName`, `sessionId`, `chatInput`)."""
OTHER_WORDS = {
    "participant": (
        *("identity", "identities", "recipient", "recipients", "who", "person", "people", "speaker", "listener"),
        *("to", "target", "targets", "audience", "addressee", "attendee", "guest", "whom"),
    ),
    "room_name": ("channel", "meeting", "conference", "lobby", "where", "livekit_room"),
    "choices": ("options", "option", "answers", "alternatives", "candidates", "answer_options", "possible_answers"),
    "question": ("text", "prompt", "query", "content", "message", "ask"),
    "message": ("text", "content", "body", "msg", "question", "say"),
    "topic": ("subject",),
    "wait_seconds": ("max_wait", "wait_time", "seconds"),
    "ask_id": ("id", "ask", "question_id"),
    "name": ("identity", "person", "who", "guest", "participant", "invitee", "display_name", "participant_name"),
}
"""What models also call our arguments. One that decides who hears us must not be passed over."""
ELSEWHERE = "another tool has it"
WRAPPERS = frozenset({"args", "arguments", "input", "kwargs", "parameters", "params"})
"""Under these some hosts send the arguments once more, one level down."""


def check_names(
    tool_name: str,
    foreign: Mapping[str, Any],
    *,
    known: Sequence[str],
    settled: Collection[str],
    elsewhere: Collection[str],
) -> None:
    """Raise BadInput if a foreign name stands for an argument of ours.

    ``known`` are this tool's arguments, ``settled`` those of them that must be given and are, ``elsewhere`` the names
    that other tools of ours have.
    """
    hints = {name: hint for name in foreign if (hint := _meant(name, foreign[name], known, settled, elsewhere))}
    if not hints:
        return
    shown = list(hints.items())[:MOST_QUOTED]
    more = f" and {len(hints) - MOST_QUOTED} more" if len(hints) > MOST_QUOTED else ""
    raise BadInput(
        f"{tool_name} has no argument {', '.join(quoted(name) for name, _ in shown)}{more}"
        f"{''.join(f'; {hint}' for hint in dict.fromkeys(hint for _, hint in shown) if hint != ELSEWHERE)}. "
        "Nothing was done.",
        fix=f"It takes {', '.join(known) or 'none'}.",
    )


def _meant(name: str, value: Any, known: Sequence[str], settled: Collection[str], elsewhere: Collection[str]) -> str:
    """What to do instead, or nothing where the name is the host's own business."""
    words = _words(name)
    if name.casefold() in WRAPPERS and isinstance(value, Mapping):
        within = [each for each in known if each in value and each not in settled]
        return f"give {', '.join(within)} directly, not within {quoted(name)}" if within else ""
    for ours in known:
        if _is_near(words, ours) and not (ours in settled and words[-1] == "id"):
            return f"use {ours}"
        if ours not in settled and (_is_misspelt(words, ours) or _is_other_word(words, ours)):
            return f"use {ours}"
    return ELSEWHERE if any(words == _words(ours) for ours in elsewhere) else ""


def _words(name: str) -> list[str]:
    """The words of a name in snake_case, camelCase or kebab-case, in lower case; at least one."""
    return [word.lower() for word in WORD.findall(name[:LONGEST_NAME])] or [name[:LONGEST_NAME]]


def _single(word: str) -> str:
    return word.removesuffix("s")


def _is_near(words: Sequence[str], ours: str) -> bool:
    """Whether a name has a telling word of ours, or none but words of ours."""
    own = {_single(word) for word in _words(ours)}
    given = {_single(word) for word in words}
    telling = own - {_single(word) for word in WEAK_WORDS}
    return bool(telling & given) or given <= own or _joined(words) == _joined(_words(ours))


def _is_misspelt(words: Sequence[str], ours: str) -> bool:
    telling = [word for word in _words(ours) if word not in WEAK_WORDS]
    pairs = [(_joined(words), _joined(_words(ours)))]
    pairs += [(word, own) for word in words for own in telling]
    return any(difflib.SequenceMatcher(None, *pair).ratio() >= ALIKE for pair in pairs)


def _is_other_word(words: Sequence[str], ours: str) -> bool:
    others = OTHER_WORDS.get(ours) or OTHER_WORDS.get(_single(ours), ())
    return "_".join(words) in others


def _joined(words: Sequence[str]) -> str:
    return "".join(words)
