"""From a text that a recogniser gave to the words that somebody said."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mcp_voice.speech.transcripts.annotations import says_something, without_annotations
from mcp_voice.speech.transcripts.letter_case import in_ordinary_case
from mcp_voice.speech.transcripts.marks import without_marks
from mcp_voice.speech.transcripts.prompt import without_prompt
from mcp_voice.speech.transcripts.repetition import without_loop
from mcp_voice.speech.transcripts.scores import UNSCORED, Scores
from mcp_voice.speech.transcripts.sign_offs import is_credit, names_makers, quickest, signs_off
from mcp_voice.texts.foreign import LONGEST_TEXT

__all__ = ["words_of"]


def words_of(
    text: object,
    *,
    scores: Scores = UNSCORED,
    seconds: Callable[[], float] | None = None,
    choices: Sequence[str] = (),
) -> str:
    """What a human would read of it, at most 20,000 characters; empty where nobody said anything.

    Args:
        text: As the recogniser gave it; what is no text has no words.
        scores: What it thinks of it.
        seconds: Gives how long there was sound, and is called only where that matters.
        choices: Those of the prompt that it was given, whose own case is kept and whose prompt is left out.
    """
    if not isinstance(text, str) or scores.silent:
        return ""
    # Half a pair of surrogates, which JSON can hold, can be sent nowhere.
    plain = without_marks(text[:LONGEST_TEXT].encode(errors="replace").decode())
    if not says_something(plain):
        return ""
    said = without_prompt(without_loop(without_annotations(plain)), choices)
    if _made_up(said, scores, seconds):
        return ""
    return in_ordinary_case(said, choices)


def _made_up(text: str, scores: Scores, seconds: Callable[[], float] | None) -> bool:
    """Whether it is what recognisers write of a noise, and nobody says, or not with such scores or in such a time."""
    if names_makers(text):
        return True
    return (signs_off(text) or is_credit(text)) and (scores.weak or _too_short(text, seconds))


def _too_short(text: str, seconds: Callable[[], float] | None) -> bool:
    return seconds is not None and seconds() < quickest(text)
