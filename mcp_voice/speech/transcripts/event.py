"""The words of an event of LiveKit's recognisers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from livekit.agents import stt

from mcp_voice.speech.transcripts.prompt import is_prompt
from mcp_voice.speech.transcripts.scores import UNSCORED, Scores
from mcp_voice.speech.transcripts.words import words_of

__all__ = ["as_read", "hinted", "transcript_of"]

READ = "mcp_voice.read"
"""Stands in the metadata of what has been read already."""

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
    text = heard.text if (heard.metadata or {}).get(READ) is True else _words(heard, choices)
    return "" if text and is_prompt(text, choices, interim=event.type in INTERIM, spoke=spoke) else text


def as_read(event: stt.SpeechEvent) -> stt.SpeechEvent:
    """An event whose texts are words already, such as those of ``words_in``, which knows more of them than an event."""
    return replace(event, alternatives=[replace(each, metadata={READ: True}) for each in event.alternatives])


def _words(heard: stt.SpeechData, choices: Sequence[str]) -> str:
    timed = heard.end_time - heard.start_time
    return words_of(
        heard.text,
        scores=Scores(confidence=heard.confidence) if heard.confidence else UNSCORED,
        seconds=(lambda: timed) if timed > 0 else None,
        choices=choices,
    )
