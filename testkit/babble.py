"""A voice that costs nothing: every character has a sound of its own, so each text can be told from every other."""

from __future__ import annotations

import numpy as np

from mcp_voice.audio import Pcm

__all__ = ["CHARACTER_SECONDS", "babble"]

RATE = 24_000
CHARACTER_SECONDS = 0.055
"""18 characters a second, the pace of a calm English reader."""
PERIOD = 192
"""Samples of one period at 125 Hz, the pitch of a low voice."""
HARMONICS = 28
FORMANTS_HZ = ((300.0, 800.0), (900.0, 2400.0))
FORMANT_WIDTH_HZ = 120.0
PEAK = 9000.0
EDGE_SECONDS = 0.008


def babble(text: str, *, character_seconds: float = CHARACTER_SECONDS) -> Pcm:
    """Voiced sound as long as the text (by default 55 ms for each character), with a gap for each space, at 24 kHz."""
    length = round(character_seconds * RATE)
    samples = np.zeros(len(text) * length)
    turns = np.arange(len(samples)) % PERIOD
    edge = np.minimum(1.0, np.arange(length) / (EDGE_SECONDS * RATE))
    periods = {character: _period(ord(character)) for character in set(text.lower()) if not character.isspace()}
    for index, character in enumerate(text.lower()[: len(text)]):
        if character in periods:
            here = slice(index * length, (index + 1) * length)
            samples[here] = periods[character][turns[here]] * edge * edge[::-1]
    return Pcm((samples * PEAK).astype(np.int16), RATE)


def _period(code: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """One period of a vowel with two formants that only this character has."""
    random = np.random.default_rng(code)
    frequencies = np.arange(1, HARMONICS + 1) * RATE / PERIOD
    amplitudes = 0.02 / np.arange(1, HARMONICS + 1)
    for low, high in FORMANTS_HZ:
        amplitudes += np.exp(-np.square((frequencies - random.uniform(low, high)) / FORMANT_WIDTH_HZ))
    phases = np.outer(np.arange(1, HARMONICS + 1), np.arange(PERIOD)) * 2 * np.pi / PERIOD
    wave = amplitudes @ np.sin(phases + random.uniform(0, 2 * np.pi, (HARMONICS, 1)))
    period: np.ndarray[tuple[int], np.dtype[np.float64]] = wave / np.abs(wave).max()
    return period
