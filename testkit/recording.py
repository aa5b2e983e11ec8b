"""What a demo has recorded."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

__all__ = ["voiced_seconds"]

WINDOW_SECONDS = 0.02
LOUD = 1000


def voiced_seconds(path: Path) -> tuple[float, float, float]:
    """How long a stereo WAV is, and how long its left and its right channel sound."""
    with wave.open(str(path)) as sound:
        assert sound.getnchannels() == 2
        rate = sound.getframerate()
        samples = np.frombuffer(sound.readframes(sound.getnframes()), dtype="<i2").reshape(-1, 2)
    size = round(WINDOW_SECONDS * rate)
    windows = np.abs(samples[: len(samples) // size * size].reshape(-1, size, 2).astype(np.int32)).max(axis=1)
    left, right = ((windows > LOUD).sum(axis=0) * WINDOW_SECONDS).tolist()
    return len(samples) / rate, left, right
