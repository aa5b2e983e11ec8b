"""The sound of one part of a text while it is made, and what it can be."""

from __future__ import annotations

import time

from livekit import rtc

from mcp_voice.errors import TTSError
from mcp_voice.outside_faults.speech import SLOW_SOUND, TOO_LONG, TOO_SHORT
from mcp_voice.speech.parts import Part
from mcp_voice.speech.plausible import plausible
from mcp_voice.texts.counting import counted

__all__ = ["PartSound"]

GRACE_SECONDS = 20.0
"""For so long a voice may lag behind; after that it must give half a second of sound a second, or it has no end."""
SLOWEST = 0.5
BROKE_OFF = "TTS was cut off in the middle of the text."
AGAIN = "Try again, or use another provider in MCP_VOICE_TTS."


class PartSound:
    """Frames as they come (int16 PCM mono, at the engine's own rate)."""

    def __init__(self, part: Part) -> None:
        self.part = part
        # Kept whole, because a text that broke off with the connection is spoken again. Two thousand characters are
        # some 150 s of speech, 7 MB. What is not plausible is cut off.
        self.frames: list[rtc.AudioFrame] = []
        self.seconds = 0.0
        self.whole = False
        self.heard = False
        """Whether somebody listened to any of it."""
        self._waited = 0.0
        self._began_at = 0.0
        self._request = ""
        self._bounds = plausible(part.spoken)

    @property
    def lag(self) -> float:
        """For how many seconds longer it has taken than it may without any grace; below 0 it was quicker."""
        return self._waited - self.seconds / SLOWEST

    def take(self, frame: rtc.AudioFrame, request: str, *, most: float, lag: float) -> None:
        """Keep a frame; raises TTSError when it is too much, comes too late, or may have been heard already.

        ``most`` seconds are left for the whole text, whose other parts have a ``lag`` together.
        """
        self._follow(request)
        now = time.monotonic()
        self._began_at = self._began_at or now
        self._waited = now - self._began_at
        self.seconds += frame.duration
        if self.seconds > (most := min(most, self._bounds.most)):
            self.frames.clear()  # Nobody is to hear more of it.
            characters = counted(len(self.part.spoken), "character")
            raise TOO_LONG.filled(seconds=most, characters=characters).error(TTSError, "TTS ")
        if max(self.lag, self.lag + lag) > GRACE_SECONDS:
            raise SLOW_SOUND.filled(seconds=self.seconds, waited=self._waited).error(TTSError, "TTS ")
        self.frames.append(frame)

    def finish(self) -> None:
        """There is no more; raises TTSError if that cannot be all of it."""
        if not self.seconds:
            raise TTSError(
                "TTS sent no audio for the text.",
                fix="Check the voice in MCP_VOICE_TTS, or try again.",
                code="no-audio",
            )
        if self.seconds < self._bounds.least:
            characters = counted(len(self.part.spoken), "character")
            raise TOO_SHORT.filled(seconds=self.seconds, characters=characters).error(TTSError, "TTS ")
        self.whole = True

    def forget(self) -> None:
        """Begin again."""
        self.frames.clear()
        self.seconds = self._waited = self._began_at = 0.0
        self._request = ""

    def _follow(self, request: str) -> None:
        """LiveKit asks again where a voice breaks off: forget what came, or raise TTSError if it was listened to."""
        if self._request and request != self._request:
            if self.heard:
                raise TTSError(BROKE_OFF, fix=AGAIN, code="speech-broken-off")
            began_at = self._began_at
            self.forget()
            self._began_at = began_at
        self._request = request
