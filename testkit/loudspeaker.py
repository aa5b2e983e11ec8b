"""A loudspeaker for a session without a room: it plays a sentence for as long as a test lets it."""

from __future__ import annotations

import time

import anyio
from livekit import rtc
from livekit.agents.voice import io

__all__ = ["Loudspeaker"]


class Loudspeaker(io.AudioOutput):
    """Plays at once, unless a sentence is to be cut off: that is played until somebody interrupts."""

    def __init__(self) -> None:
        super().__init__(label="loudspeaker", capabilities=io.AudioOutputCapabilities(pause=False))
        self.cut_after: str | None = None
        """What is heard of the next sentence before it is interrupted."""
        self.playing = anyio.Event()
        """Set when a sentence that is to be cut off has begun."""
        self._seconds = 0.0

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        """Take a piece of a sentence."""
        await super().capture_frame(frame)
        if not self._seconds:
            self.on_playback_started(created_at=time.time())
        self._seconds += frame.duration

    def flush(self) -> None:
        """End the sentence."""
        super().flush()
        if self.cut_after is None:
            self._finish()
        else:
            self.playing.set()

    def clear_buffer(self) -> None:
        """Fall silent."""
        self._finish(heard=self.cut_after)
        self.cut_after = None

    def _finish(self, heard: str | None = None) -> None:
        if self._seconds:
            position, self._seconds = self._seconds, 0.0
            self.on_playback_finished(
                playback_position=position, interrupted=heard is not None, synchronized_transcript=heard
            )
