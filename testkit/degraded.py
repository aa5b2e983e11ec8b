"""What a telephone, a noisy room and a bad network make of somebody's speech; the same sound gives the same result."""

from __future__ import annotations

import zlib

import numpy as np
from numpy.typing import NDArray

from mcp_voice.audio import Pcm, pink_noise

__all__ = ["FRAME_SECONDS", "LINE_HZ", "active_rms", "lossy", "mu_law", "noisy", "telephone"]

LINE_RATE = 8_000
LINE_HZ = (300.0, 3400.0)
"""The band of a telephone line (ITU-T G.712)."""
SLOPE_HZ = 100.0
"""From where a frequency passes as it is to where none of it does."""
FRAME_SECONDS = 0.02
"""What one packet of a call carries."""
LOST_SHARE = 0.02

# ITU-T G.711, table 2a: a sign, three bits of exponent, four of mantissa.
BIAS = 0x84
LOUDEST = 32_635
EXPONENT_SHIFT = 7
MANTISSA_SHIFT = 3
MANTISSA = 0x0F


def telephone(pcm: Pcm) -> Pcm:
    """As it comes out of a telephone line: 300 to 3,400 Hz at 8 kHz in G.711 mu-law, back at its own rate."""
    line = _within_band(pcm.resampled(LINE_RATE))
    return Pcm(mu_law(line.samples), LINE_RATE).resampled(pcm.rate)


def mu_law(samples: NDArray[np.int16]) -> NDArray[np.int16]:
    """int16 samples after they were coded with 8 bits by G.711's mu-law, and decoded."""
    magnitude = np.minimum(np.abs(samples.astype(np.int32)), LOUDEST) + BIAS
    exponent = np.floor(np.log2(magnitude)).astype(np.int32) - EXPONENT_SHIFT
    mantissa = (magnitude >> (exponent + MANTISSA_SHIFT)) & MANTISSA
    decoded = (((mantissa << MANTISSA_SHIFT) + BIAS) << exponent) - BIAS
    coded: NDArray[np.int16] = np.where(samples < 0, -decoded, decoded).astype(np.int16)
    return coded


def noisy(pcm: Pcm, *, snr_db: float) -> Pcm:
    """With pink noise, so many dB below the speech (see ``active_rms``)."""
    noise = pink_noise(pcm.seconds, rate=pcm.rate, rms=active_rms(pcm) / 10 ** (snr_db / 20), seed=_seed(pcm))
    return pcm.over(noise)


def lossy(pcm: Pcm, *, share: float = LOST_SHARE) -> Pcm:
    """With that share of its frames of 20 ms gone, each by chance, and nothing in their place."""
    size = round(FRAME_SECONDS * pcm.rate)
    count = -(-len(pcm.samples) // size)
    kept = np.random.default_rng(_seed(pcm)).random(count) >= share
    return Pcm(np.where(np.repeat(kept, size)[: len(pcm.samples)], pcm.samples, 0).astype(np.int16), pcm.rate)


def active_rms(pcm: Pcm) -> float:
    """The level between the first and the last voiced sample, in int16 units."""
    return pcm.cut(*pcm.voiced()).rms


def _seed(pcm: Pcm) -> int:
    return zlib.crc32(pcm.samples.tobytes())


def _within_band(pcm: Pcm) -> Pcm:
    low, high = LINE_HZ
    spectrum = np.fft.rfft(pcm.samples)
    frequencies = np.fft.rfftfreq(len(pcm.samples), 1 / pcm.rate)
    outside = np.maximum(np.maximum(low - frequencies, frequencies - high), 0.0)
    gain = 0.5 * (1 + np.cos(np.pi * np.minimum(outside / SLOPE_HZ, 1.0)))
    passed = np.fft.irfft(spectrum * gain, len(pcm.samples))
    return Pcm(np.clip(np.round(passed), -32_768, 32_767).astype(np.int16), pcm.rate)
