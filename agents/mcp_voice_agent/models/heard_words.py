"""What the companion's recogniser heard, as the server's asks read it: noises are no words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from livekit.agents.stt import SpeechEvent, SpeechEventType

from mcp_voice.speech.transcripts import transcript_of

__all__ = ["spoken_of"]

WORDED = (
    SpeechEventType.INTERIM_TRANSCRIPT,
    SpeechEventType.PREFLIGHT_TRANSCRIPT,
    SpeechEventType.FINAL_TRANSCRIPT,
)


def spoken_of(event: SpeechEvent, *, keyterms: Sequence[str] = ()) -> Iterator[SpeechEvent]:
    """The event with the words that somebody said; of a noise, what takes interim words back.

    ``keyterms``: what the recogniser was told to expect. One that hears nothing may say back their list.
    """
    if event.type not in WORDED or not event.alternatives:
        yield event
        return
    heard = event.alternatives[0]
    said = replace(event, alternatives=[replace(heard, text=transcript_of(event, choices=keyterms))])
    if said.alternatives[0].text or not heard.text:
        yield said
        return
    # LiveKit keeps interim words where the final text is empty.
    yield replace(said, type=SpeechEventType.INTERIM_TRANSCRIPT)
    if event.type == SpeechEventType.FINAL_TRANSCRIPT:
        yield said
