"""What a sound is packed in, told by its first bytes: servers label it as they like."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message

import numpy as np

__all__ = [
    "ENOUGH",
    "SEND_KNOWN",
    "UNREADABLE",
    "WAV",
    "Label",
    "container",
    "is_noise",
    "is_playable_wav",
    "labelled",
]

ENOUGH = 2_048
"""Bytes by which any of these can be told, and noise from speech."""
SEND_KNOWN = "Have it send PCM of 16 bits, WAV, MP3, AAC, FLAC, Ogg or WebM"
LOUD_RMS = 9_000
"""Bytes that are no samples of 16 bits sound as loud as 18,900 (white noise); nobody speaks louder than 8,000."""
LEAST_LIKENESS = 0.2
"""How alike neighbouring samples are at least (correlation): 0.8 and more in speech, 0 in noise."""
PCM = frozenset({"audio/pcm", "audio/raw", "audio/l16", "audio/x-raw", "audio/x-pcm", "audio/s16le"})
WAV = "audio/wav"
MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (8, b"WAVE", WAV),
    (0, b"ID3", "audio/mpeg"),
    (0, b"OggS", "audio/ogg"),
    (0, b"fLaC", "audio/flac"),
    (0, b"\x1aE\xdf\xa3", "audio/webm"),
    (4, b"ftyp", "audio/mp4"),
    (8, b"AIFF", "audio/aiff"),
    (8, b"AIFC", "audio/aiff"),
    (0, b".snd", "audio/basic"),
    (0, b"caff", "audio/x-caf"),
    (0, b"#!AMR", "audio/amr"),
)
UNREADABLE = frozenset({"audio/aiff", "audio/basic", "audio/x-caf", "audio/amr"})
"""LiveKit's decoder knows them not."""
KBITS = (
    (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
)
"""Of layer III, for MPEG 1 and 2 (ISO 11172-3, 13818-3)."""
RATES = (44_100, 48_000, 32_000)
MPEG_1 = 3
SAMPLE_RATES, CHANNELS = (4_000, 192_000), (1, 2)
"""From and to. At one sample a second a short file is hours of sound, which LiveKit's decoder makes all at once."""
ADTS_HEADER = 7


@dataclass(frozen=True, slots=True)
class Label:
    """A content type: what it says, and of samples how many a second, on how many channels."""

    media_type: str
    rate: int | None = None
    channels: int | None = None


def labelled(content_type: str) -> Label:
    """The label in a Content-Type header; what cannot be read in it is not said."""
    message = Message()
    message["content-type"] = content_type
    media_type = message.get_content_type() if content_type else ""
    if media_type not in PCM:
        return Label(media_type)
    return Label("audio/pcm", _count(message, "rate", *SAMPLE_RATES), _count(message, "channels", *CHANNELS))


def container(data: bytes) -> str:
    """The media type of a file that begins with these bytes; nothing where they may be samples."""
    for offset, magic, media_type in MAGIC:
        if data[offset : offset + len(magic)] == magic and (offset != 8 or data[:4] in (b"RIFF", b"FORM")):  # noqa: PLR2004  # after the chunk's name and length
            return media_type
    if _two_frames(data, _mp3_length):
        return "audio/mpeg"
    return "audio/aac" if _two_frames(data, _adts_length) else ""


def is_playable_wav(data: bytes) -> bool:
    """Whether a WAV file begins with a format (RIFF, chunk ``fmt ``) of some rate and channels that speech has."""
    at = 12
    while at + 16 <= len(data):
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        if name == b"fmt ":
            channels = int.from_bytes(data[at + 10 : at + 12], "little")
            rate = int.from_bytes(data[at + 12 : at + 16], "little")
            return _within(channels, CHANNELS) and _within(rate, SAMPLE_RATES)
        at += 8 + size + size % 2
    return False


def is_noise(data: bytes) -> bool:
    """Whether bytes can be no samples of 16 bits, little-endian, of anything that is said."""
    samples = np.frombuffer(data[: len(data) // 2 * 2], dtype="<i2").astype(np.float64)
    power = float(np.mean(samples**2)) if len(samples) > 1 else 0.0
    return power > LOUD_RMS**2 and float(np.mean(samples[1:] * samples[:-1])) / power < LEAST_LIKENESS


def _within(value: int, bounds: tuple[int, int]) -> bool:
    return bounds[0] <= value <= bounds[1]


def _count(message: Message, name: str, least: int, most: int) -> int | None:
    value = str(message.get_param(name, "") or "")
    return int(value) if value.isascii() and value.isdecimal() and least <= int(value[:7]) <= most else None


def _two_frames(data: bytes, length: Callable[[bytes], int]) -> bool:
    """Whether a frame is followed by another: two bytes alone may be samples."""
    first = length(data)
    return first > 0 and length(data[first:]) > 0


def _mp3_length(data: bytes) -> int:
    """Bytes of an MP3 frame that begins here; 0 where none does."""
    if len(data) < 4 or data[0] != 0xFF or data[1] & 0xE0 != 0xE0 or data[1] >> 1 & 3 != 1:  # noqa: PLR2004  # the header
        return 0
    version, kbits, rate, padding = data[1] >> 3 & 3, data[2] >> 4, data[2] >> 2 & 3, data[2] >> 1 & 1
    if version == 1 or kbits in (0, 15) or rate == len(RATES):
        return 0
    newer = version != MPEG_1
    hertz = RATES[rate] // {MPEG_1: 1, 2: 2, 0: 4}[version]
    return (72 if newer else 144) * KBITS[newer][kbits] * 1000 // hertz + padding


def _adts_length(data: bytes) -> int:
    """Bytes of an AAC frame that begins here; 0 where none does."""
    if len(data) < ADTS_HEADER or data[0] != 0xFF or data[1] & 0xF6 != 0xF0:  # noqa: PLR2004  # the header
        return 0
    length = (data[3] & 3) << 11 | data[4] << 3 | data[5] >> 5
    return length if length > ADTS_HEADER else 0
