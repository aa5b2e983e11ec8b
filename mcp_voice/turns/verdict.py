"""How long a silence the words of a turn ask for by themselves, in the light of what was asked."""

from __future__ import annotations

from dataclasses import dataclass

from mcp_voice.turns.patience import Patience
from mcp_voice.words import asks_for_time, closes_a_story, names_a_choice_completely, only_hesitates, unfinished

__all__ = ["NOTHING_ASKED", "ExpectedAnswer", "silence_asked_for"]


@dataclass(frozen=True, slots=True)
class ExpectedAnswer:
    """What whoever speaks is expected to say."""

    choices: tuple[str, ...] = ()
    """One of these; none: anything."""
    open_ended: bool = False
    """Whether a story is wanted, whose pauses between whole sentences end nothing."""
    asked: bool = False
    """Whether a question is being answered, so that "um" promises an answer; else it holds up nobody."""


NOTHING_ASKED = ExpectedAnswer()


def silence_asked_for(text: str, expected: ExpectedAnswer, patience: Patience, *, language: str) -> float | None:
    """Seconds of silence after which ``text`` is the whole of it; None: the words leave it open."""
    wants_time = asks_for_time(text, language=language) or (expected.asked and only_hesitates(text, language=language))
    if expected.open_ended:
        if wants_time:
            return max(patience.time_asked, patience.story)
        if closes_a_story(text, language=language):
            return patience.unlikely
        return max(patience.unfinished, patience.story)
    if expected.choices and names_a_choice_completely(text, expected.choices, language=language):
        return patience.choice
    if wants_time:
        return patience.time_asked
    return patience.unfinished if unfinished(text, language=language) else None
