"""Sound as plain samples: loading, resampling, measuring and writing it, and the noise of a quiet room."""

from __future__ import annotations

import io
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import av
import numpy as np
from numpy.typing import NDArray

__all__ = ["Pcm", "pink_noise", "silence", "stereo_wav"]

Samples = NDArray[np.int16]
WINDOW_SECONDS = 0.01
VOICED_SHARE = 0.05
"""A 10 ms window is voiced above this share of the loudest window's level (26 dB below it)."""
VOICED_RMS = 60.0
"""And above this level, twice that of the room noise which a simulated microphone carries."""
LOWEST_NOISE_HZ = 20.0


@dataclass(frozen=True, slots=True, eq=False)
class Pcm:
    """Sound as int16 samples, mono; ``rate`` in Hz."""

    samples: Samples
    rate: int

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read any audio file that FFmpeg reads (FLAC, WAV, …), mixed down to mono at its own rate."""
        with av.open(str(path)) as container:
            stream = container.streams.audio[0]
            resampler = av.AudioResampler(format="s16", layout="mono", rate=stream.rate)
            return cls(_resample(resampler, list(container.decode(stream))), stream.rate)

    @classmethod
    def from_wav(cls, data: bytes) -> Self:
        """Read a mono WAV with 16 bits per sample; raises ValueError for any other."""
        try:
            with wave.open(io.BytesIO(data)) as reader:
                if (reader.getnchannels(), reader.getsampwidth()) != (1, 2):
                    raise ValueError("The WAV must be mono with 16 bits per sample.")
                return cls(np.frombuffer(reader.readframes(reader.getnframes()), dtype="<i2"), reader.getframerate())
        except (wave.Error, EOFError) as error:
            raise ValueError(f"This is not a WAV: {error}.") from error

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.samples) / self.rate

    @property
    def rms(self) -> float:
        """Its level: the root of the mean square, in int16 units."""
        return float(np.sqrt(np.mean(np.square(self.samples, dtype=np.float64)))) if len(self.samples) else 0.0

    def levels(self, window: float = WINDOW_SECONDS) -> NDArray[np.float64]:
        """The level of each window of that many seconds, in int16 units; a rest at the end is left out."""
        size = round(window * self.rate)
        count = len(self.samples) // size
        windows = self.samples[: count * size].reshape(count, size)
        levels: NDArray[np.float64] = np.sqrt(np.mean(np.square(windows, dtype=np.float64), axis=1))
        return levels

    def voiced(self) -> tuple[float, float]:
        """Where sound begins and ends, in seconds from its start; (0, 0) when there is none."""
        levels = self.levels()
        audible = np.flatnonzero(levels > max(VOICED_RMS, VOICED_SHARE * levels.max(initial=0.0)))
        if not len(audible):
            return 0.0, 0.0
        return float(audible[0]) * WINDOW_SECONDS, float(audible[-1] + 1) * WINDOW_SECONDS

    def resampled(self, rate: int) -> Pcm:
        """The same sound at another rate, in Hz."""
        if rate == self.rate or not len(self.samples):
            return Pcm(self.samples, rate)
        frame = av.AudioFrame.from_ndarray(self.samples.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = self.rate
        resampled = _resample(av.AudioResampler(format="s16", layout="mono", rate=rate), [frame])
        return Pcm(resampled, rate)

    def cut(self, start: float, end: float) -> Pcm:
        """The part between two instants, in seconds from its start."""
        return Pcm(self.samples[max(0, round(start * self.rate)) : max(0, round(end * self.rate))], self.rate)

    def joined(self, *others: Pcm) -> Pcm:
        """This and the others one after the other, all at this one's rate."""
        return Pcm(np.concatenate([self.samples, *(other.resampled(self.rate).samples for other in others)]), self.rate)

    def over(self, background: Pcm) -> Pcm:
        """Mixed with the beginning of a background that is at least as long; what is too loud is clipped."""
        mixed = self.samples.astype(np.int32) + background.resampled(self.rate).samples[: len(self.samples)]
        return Pcm(np.clip(mixed, -32768, 32767).astype(np.int16), self.rate)

    def scaled(self, factor: float) -> Pcm:
        """Louder or softer by that factor; what is too loud is clipped."""
        return Pcm(np.clip(self.samples * factor, -32768, 32767).astype(np.int16), self.rate)

    def wav(self) -> bytes:
        """A whole WAV file."""
        return _wav(self.samples, self.rate, channels=1)


def silence(seconds: float, *, rate: int) -> Pcm:
    """Digital silence; mix it with noise before a recogniser hears it."""
    return Pcm(np.zeros(round(seconds * rate), dtype=np.int16), rate)


def pink_noise(seconds: float, *, rate: int, rms: float = 30.0, seed: int = 0) -> Pcm:
    """The noise of a quiet room (power falls as 1/f), the same for the same seed; it can be looped without a seam.

    RMS 30 (about -61 dBFS) is the floor with which voice activity, turn detection and pocketsphinx were measured:
    digital silence misleads all three.
    """
    count = round(seconds * rate)
    random = np.random.default_rng(seed)
    frequencies = np.fft.rfftfreq(count, 1 / rate)
    spectrum = random.standard_normal(len(frequencies)) + 1j * random.standard_normal(len(frequencies))
    spectrum *= np.where(frequencies < LOWEST_NOISE_HZ, 0.0, 1 / np.sqrt(np.maximum(frequencies, LOWEST_NOISE_HZ)))
    noise = np.fft.irfft(spectrum, count)
    level = float(np.sqrt(np.mean(np.square(noise)))) or 1.0
    return Pcm(np.clip(noise * rms / level, -32768, 32767).astype(np.int16), rate)


def stereo_wav(left: Pcm, right: Pcm) -> bytes:
    """A whole WAV file of two sounds of one rate, the shorter one filled up with silence."""
    samples = np.zeros((max(len(left.samples), len(right.samples)), 2), dtype=np.int16)
    samples[: len(left.samples), 0] = left.samples
    samples[: len(right.samples), 1] = right.samples
    return _wav(samples, left.rate, channels=2)


def _wav(samples: Samples, rate: int, *, channels: int) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(channels)
        writer.setsampwidth(2)
        writer.setframerate(rate)
        writer.writeframes(samples.astype("<i2").tobytes())
    return file.getvalue()


def _resample(resampler: av.AudioResampler, frames: list[av.AudioFrame]) -> Samples:
    parts = [part.to_ndarray()[0] for frame in [*frames, None] for part in resampler.resample(frame)]
    return np.concatenate(parts).astype(np.int16) if parts else np.zeros(0, dtype=np.int16)
