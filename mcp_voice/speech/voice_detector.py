"""Voice activity for a microphone that is heard for hours: when speech begins and ends, and its sound.

LiveKit's own stream around the same model hands each of its 31 windows a second to a thread and back, and tells of it
in an event that two tasks read: 0.015 of a core for each microphone, and on a machine with ten of them seconds late.
Here a window is judged where its last sample comes (0.04 ms), and only what begins or ends is told.
"""

from __future__ import annotations

import math
from collections.abc import AsyncIterator

import anyio
import numpy as np
from livekit import rtc
from livekit.agents import vad
from livekit.local_inference import VAD, VAD_WINDOW_SAMPLES

__all__ = ["VoiceDetector"]

SAMPLE_RATE = 16_000
"""Hz, mono, which the model wants."""
LEAD_SECONDS = 0.5
"""Of the sound before speech, with which a segment begins: first sounds are soft."""
HYSTERESIS = 0.15
"""By so much less sure the model may be for speech to go on; LiveKit's own value."""
SAMPLE_BYTES = 2
WINDOW_BYTES = VAD_WINDOW_SAMPLES * SAMPLE_BYTES
WINDOW_SECONDS = VAD_WINDOW_SAMPLES / SAMPLE_RATE


class VoiceDetector:
    """Of one microphone; gives LiveKit's own events, START_OF_SPEECH and END_OF_SPEECH, as its streams do."""

    def __init__(
        self, *, silence_seconds: float, speech_seconds: float, threshold: float, longest_segment: float
    ) -> None:
        """Arguments as for ``speech.activity.voice_activity``."""
        self._silence_seconds = silence_seconds
        self._speech_seconds = speech_seconds
        self._threshold = threshold
        self._model = VAD()
        self._unread = bytearray()
        self._sound = bytearray()
        """The speech under way with its lead, or the lead of the next."""
        self._lead = round(LEAD_SECONDS * SAMPLE_RATE) * SAMPLE_BYTES
        self._most = round(longest_segment * SAMPLE_RATE) * SAMPLE_BYTES + self._lead
        self._windows = 0
        self._speaking = False
        self._spoken = self._voiced = self._silent = 0.0
        """Seconds: of the speech under way, and since when there has been voice, or none, without a break."""
        self._send, self._receive = anyio.create_memory_object_stream[vad.VADEvent](math.inf)

    def push_frame(self, frame: rtc.AudioFrame) -> None:
        """Hear int16 mono at 16 kHz."""
        self._unread += frame.data.cast("B")
        while len(self._unread) >= WINDOW_BYTES:
            window = bytes(self._unread[:WINDOW_BYTES])
            del self._unread[:WINDOW_BYTES]
            self._hear(window)

    def end_input(self) -> None:
        """Nothing more is to be heard; the events end."""
        self._send.close()

    async def aclose(self) -> None:
        """End."""
        self._send.close()
        self._receive.close()

    def __aiter__(self) -> AsyncIterator[vad.VADEvent]:
        return aiter(self._receive)

    def _hear(self, window: bytes) -> None:
        probability = self._model.predict(np.frombuffer(window, dtype=np.int16))
        self._windows += 1
        if len(self._sound) < self._most:
            self._sound += window
        self._spoken += WINDOW_SECONDS if self._speaking else 0.0
        if probability >= self._threshold or (self._speaking and probability > self._threshold - HYSTERESIS):
            self._voiced, self._silent = self._voiced + WINDOW_SECONDS, 0.0
            if not self._speaking and self._voiced >= self._speech_seconds:
                self._speaking, self._spoken = True, self._voiced
                self._tell(vad.VADEventType.START_OF_SPEECH, spoken=self._spoken)
            return
        self._silent, self._voiced = self._silent + WINDOW_SECONDS, 0.0
        if self._speaking and self._silent >= self._silence_seconds:
            self._speaking = False
            self._tell(vad.VADEventType.END_OF_SPEECH, spoken=max(0.0, self._spoken - self._silent))
        if not self._speaking:
            del self._sound[: -self._lead]

    def _tell(self, kind: vad.VADEventType, *, spoken: float) -> None:
        sound = rtc.AudioFrame(bytes(self._sound), SAMPLE_RATE, 1, len(self._sound) // SAMPLE_BYTES)
        self._send.send_nowait(
            vad.VADEvent(
                type=kind,
                samples_index=self._windows * VAD_WINDOW_SAMPLES,
                timestamp=self._windows * WINDOW_SECONDS,
                silence_duration=self._silent,
                speech_duration=spoken,
                frames=[sound],
                speaking=self._speaking,
            )
        )
