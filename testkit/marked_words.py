"""Spoken words that are told apart however much a starved machine tears or stretches their sound: each has a tone.

``clip_match`` compares the course of a sentence in time, which is what a jitter buffer changes first. Here every 64 ms
of a word tell by themselves which word it is; the speech is for whoever detects voices.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from mcp_voice.audio import Pcm, silence

__all__ = ["MarkedWords"]

RATE = 16_000
LOWEST_HZ, STEP_HZ = 2000.0, 93.75
"""Above most of the energy of a voice; a whole number of periods fits into a frame."""
TONE_LEVEL = 1500.0
SPEECH_RMS = 2500.0
FRAME = 1024
HOP = 512
GAP_SECONDS = 0.05
LEAST_FRAMES = 4
"""0.16 s of a word are heard as that word."""
LEAST_RATIO = 4.0
"""How much louder a tone is than the next one."""
LEAST_LEVEL = 200.0


class MarkedWords:
    """A vocabulary of at most 60 words."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = list(words)
        self._hz = LOWEST_HZ + STEP_HZ * np.arange(len(words))

    def sound(self, *said: tuple[str, Pcm]) -> Pcm:
        """Words, each with its speech, one after the other; int16 mono at 16 kHz."""
        gap = silence(GAP_SECONDS, rate=RATE)
        parts = [part for word, speech in said for part in (self._marked(word, speech), gap)]
        return parts[0].joined(*parts[1:-1])

    def heard(self, pcm: Pcm) -> str:
        """The words in a piece of sound, in their order."""
        samples = pcm.resampled(RATE).samples.astype(np.float64)
        if len(samples) < FRAME:
            return ""
        frames = np.lib.stride_tricks.sliding_window_view(samples, FRAME)[::HOP]
        bins = np.round(self._hz * FRAME / RATE).astype(int)
        window = np.hanning(FRAME)
        levels = np.abs(np.fft.rfft(frames * window, axis=1)[:, bins]) * 2 / window.sum()
        ranked = np.sort(levels, axis=1)
        clear = (ranked[:, -1] > LEAST_RATIO * ranked[:, -2]) & (ranked[:, -1] > LEAST_LEVEL)
        best = levels.argmax(axis=1)[clear].tolist()
        counts = Counter(best)
        found = sorted((word for word, times in counts.items() if times >= LEAST_FRAMES), key=best.index)
        return " ".join(self._words[word] for word in found)

    def _marked(self, word: str, speech: Pcm) -> Pcm:
        voice = speech.resampled(RATE).samples.astype(np.float64)
        voice *= SPEECH_RMS / (np.sqrt(np.mean(np.square(voice))) + 1e-9)
        tone = TONE_LEVEL * np.sin(2 * np.pi * self._hz[self._words.index(word)] * np.arange(len(voice)) / RATE)
        return Pcm(np.clip(voice + tone, -32_000, 32_000).astype(np.int16), RATE)
