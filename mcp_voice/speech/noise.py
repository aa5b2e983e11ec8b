"""What is done to audio before pocketsphinx hears it: a floor of noise, and a count of the loud frames."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["SAMPLE_RATE", "NoiseFloor", "voiced_frames"]

SAMPLE_RATE = 16_000
"""Hz; what pocketsphinx's English model was trained with."""
FLOOR_RMS = 30.0
"""-61 dBFS. Digital silence halves the accuracy; this much restores it and does no harm to human recordings."""
FLOOR_SECONDS = 10
SEED = 7
FRAME = 160
LOUD_SHARE = 0.06
"""A frame is voiced if it is louder than this share of the loud ones (-24 dB)."""


class NoiseFloor:
    """Pink noise, the same each time."""

    def __init__(self) -> None:
        count = SAMPLE_RATE * FLOOR_SECONDS
        white = np.fft.rfft(np.random.default_rng(SEED).standard_normal(count))
        pink = np.fft.irfft(white / np.sqrt(np.maximum(np.arange(len(white)), 1)), count)
        self._noise: NDArray[np.float64] = pink * (FLOOR_RMS / pink.std())
        self._at = 0

    def add(self, pcm: bytes) -> bytes:
        """``pcm`` (int16 mono at 16 kHz) with noise."""
        samples = np.frombuffer(pcm, np.int16)
        noise = np.take(self._noise, np.arange(self._at, self._at + len(samples)), mode="wrap")
        self._at = (self._at + len(samples)) % len(self._noise)
        return np.clip(samples + noise, -32_768, 32_767).astype(np.int16).tobytes()


def voiced_frames(pcm: bytes) -> int:
    """How many 10 ms frames of ``pcm`` (int16 mono at 16 kHz) are voiced; at least 1."""
    count = len(pcm) // 2 // FRAME
    if count == 0:
        return 1
    frames = np.frombuffer(pcm, np.int16)[: count * FRAME].reshape(count, FRAME).astype(np.float64)
    loudness = np.sqrt((frames**2).mean(axis=1))
    return max(1, int((loudness > np.percentile(loudness, 95) * LOUD_SHARE).sum()))
