"""Server-side voice activity detection for the tests: sound louder than a room is speech."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np

from mcp_voice.audio import Pcm, Samples

__all__ = ["RATE", "InputBuffer"]

RATE = 24_000
"""Hz: what the Realtime API takes and gives, as int16 samples, mono."""
WINDOW = RATE // 50
SPEECH_RMS = 300.0
"""Ten times the noise of a simulated microphone."""
ONSET_WINDOWS = 3
PADDING = round(0.3 * RATE)
"""What is kept from before the speech, as the API's ``prefix_padding_ms`` of 300."""


class InputBuffer:
    """The sound that was appended and not yet committed, and whether somebody is speaking in it."""

    def __init__(self, *, silence_seconds: float = 0.5) -> None:
        self.speaking = False
        self._silence_windows = round(silence_seconds * RATE / WINDOW)
        self._samples = np.zeros(0, dtype=np.int16)
        self._looked = 0
        self._loud = self._quiet = 0

    @property
    def pcm(self) -> Pcm:
        """The sound so far."""
        return Pcm(self._samples, RATE)

    def clear(self) -> None:
        """Forget it all."""
        self._samples = self._samples[:0]
        self._looked = self._loud = self._quiet = 0
        self.speaking = False

    def append(self, samples: Samples, *, detect: bool) -> Iterator[Literal["started", "stopped"]]:
        """Add sound; with ``detect``, say where speech starts and stops, and keep little from before it."""
        self._samples = np.concatenate([self._samples, samples])
        while detect and self._looked + WINDOW <= len(self._samples):
            window = self._samples[self._looked : self._looked + WINDOW].astype(np.float64)
            self._looked += WINDOW
            loud = float(np.sqrt(np.mean(np.square(window)))) > SPEECH_RMS
            self._loud, self._quiet = (self._loud + 1, 0) if loud else (0, self._quiet + 1)
            if not self.speaking and self._loud >= ONSET_WINDOWS:
                self.speaking = True
                yield "started"
            elif self.speaking and self._quiet >= self._silence_windows:
                self.speaking = False
                yield "stopped"
        surplus = self._looked - PADDING - ONSET_WINDOWS * WINDOW
        if detect and not self.speaking and surplus > 0:
            self._samples = self._samples[surplus:]
            self._looked -= surplus
