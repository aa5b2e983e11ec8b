"""The words of an event of LiveKit's recognisers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from livekit.agents import stt

from mcp_voice.speech.transcripts.prompt import is_prompt
from mcp_voice.speech.transcripts.scores import UNSCORED, Scores
from mcp_voice.speech.transcripts.words import words_of

__all__ = ["hinted", "transcript_of"]

INTERIM = (stt.SpeechEventType.INTERIM_TRANSCRIPT, stt.SpeechEventType.PREFLIGHT_TRANSCRIPT)


def hinted(engine: stt.STT[Any]) -> Sequence[str]:
    """The choices that a recogniser has been told in a prompt, which it may repeat."""
    choices = getattr(engine, "hinted", ())
    return choices if isinstance(choices, tuple) else ()


def transcript_of(event: stt.SpeechEvent, *, choices: Sequence[str] = (), spoke: bool = False) -> str:
    """The words that somebody said: text that can be sent on, at most 20,000 characters; nothing for a noise.

    Args:
        event: As LiveKit passes it on.
        choices: Those of the prompt that the recogniser was given.
        spoke: Whether words have been read of this sound before, so that it is a human's for certain.
    """
    if not event.alternatives:
        return ""
    heard = event.alternatives[0]
    timed = heard.end_time - heard.start_time
    text = words_of(
        heard.text,
        scores=Scores(confidence=heard.confidence) if heard.confidence else UNSCORED,
        seconds=(lambda: timed) if timed > 0 else None,
        choices=choices,
    )
    return "" if text and is_prompt(text, choices, interim=event.type in INTERIM, spoke=spoke) else text
