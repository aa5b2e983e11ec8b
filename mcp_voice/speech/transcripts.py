"""What a provider calls a transcript, brought to what the rest may rely on."""

from __future__ import annotations

import time

from livekit.agents import stt

from mcp_voice.foreign import LONGEST_TEXT

__all__ = ["Allowance", "transcript_of"]

RECOVERED = 100
"""Characters a second that a stream may bring beside these: four times as many as anybody says."""


def transcript_of(event: stt.SpeechEvent) -> str:
    """The words of an event: text that can be sent on, at most 20,000 characters; what is no text has no words."""
    text: object = event.alternatives[0].text if event.alternatives else ""
    if not isinstance(text, str):
        return ""
    # Half a pair of surrogates, which JSON can hold, can be sent nowhere.
    return text[:LONGEST_TEXT].encode(errors="replace").decode()


class Allowance:
    """Lets through as many characters of a stream as somebody can have said."""

    def __init__(self) -> None:
        self._left = float(LONGEST_TEXT)
        self._at = time.monotonic()

    def cut(self, text: str, now: float) -> str:
        """The text, or as much of it as is left."""
        self._left = min(LONGEST_TEXT, self._left + RECOVERED * (now - self._at))
        self._at = now
        allowed = text[: int(self._left)]
        self._left -= len(allowed)
        return allowed
