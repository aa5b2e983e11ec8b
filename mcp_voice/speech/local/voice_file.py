"""The description beside a Piper voice, ``NAME.onnx.json``: a file from outside, so nothing in it is believed unseen.

Its fields are those that Piper's own trainer writes (rhasspy/piper, src/python/piper_train/export.py).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["BEGIN", "END", "PAD", "PiperVoice", "VoiceFileError", "read_voice"]

BEGIN, PAD, END = "^", "_", "$"
"""What stands before, between and after the phonemes."""
LARGEST_BYTES = 1_000_000
"""A voice's description has about 7,000."""
RATES = range(8_000, 48_001)
MOST_PHONEMES = 2_000
LONGEST_PHONEME = 8
MOST_IDS = 8
"""For one phoneme; Piper's own voices have one."""
HIGHEST_ID = 10_000
MOST_SPEAKERS = 100_000
MOST_NOISE = 2.0
LENGTHS = (0.1, 10.0)
ESPEAK_VOICE = re.compile(r"[a-z]{2,3}(?:[-+][A-Za-z0-9]{1,16}){0,4}")


class VoiceFileError(Exception):
    """The files are not those of a Piper voice; a sentence without its full stop."""


@dataclass(frozen=True, slots=True)
class PiperVoice:
    """What is to be known of a voice to run its model."""

    sample_rate: int
    """Hz of what it speaks."""
    espeak_voice: str
    """Whose phonemes it was trained on, as espeak-ng calls it."""
    ids: Mapping[str, tuple[int, ...]]
    """By phoneme, one character of IPA."""
    noise: float
    noise_width: float
    length: float
    """How long each phoneme lasts, as a factor."""
    speakers: int


def read_voice(path: Path) -> PiperVoice:
    """Read and check a description; raises VoiceFileError."""
    told = _object(_parsed(path), "it")
    if told.get("phoneme_type", "espeak") != "espeak":
        raise VoiceFileError("its phonemes are not espeak-ng's (phoneme_type)")
    inference = _object(told.get("inference", {}), "inference")
    return PiperVoice(
        sample_rate=_whole(_object(told.get("audio"), "audio").get("sample_rate"), RATES, "audio.sample_rate"),
        espeak_voice=_espeak_voice(_object(told.get("espeak"), "espeak").get("voice")),
        ids=_ids(_object(told.get("phoneme_id_map"), "phoneme_id_map")),
        noise=_number(inference.get("noise_scale", 0.667), 0.0, MOST_NOISE, "inference.noise_scale"),
        noise_width=_number(inference.get("noise_w", 0.8), 0.0, MOST_NOISE, "inference.noise_w"),
        length=_number(inference.get("length_scale", 1.0), *LENGTHS, "inference.length_scale"),
        speakers=_whole(told.get("num_speakers", 1), range(MOST_SPEAKERS + 1), "num_speakers"),
    )


def _parsed(path: Path) -> Any:
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise VoiceFileError(f"{str(path)!r} cannot be read ({error.strerror or type(error).__name__})") from error
    if len(raw) > LARGEST_BYTES:
        raise VoiceFileError(f"{str(path)!r} has more than {LARGEST_BYTES} bytes")
    try:
        return json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise VoiceFileError(f"{str(path)!r} is not JSON") from error


def _object(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise VoiceFileError(f"in its JSON {name} is not an object")
    return value


def _whole(value: Any, allowed: range, name: str) -> int:
    if type(value) is not int or value not in allowed:
        raise VoiceFileError(f"{name} is not a whole number from {allowed.start} to {allowed.stop - 1}")
    return value


def _number(value: Any, least: float, most: float, name: str) -> float:
    # NaN is within no bounds; an integer may be larger than any float.
    if type(value) not in (int, float) or not least <= value <= most:
        raise VoiceFileError(f"{name} is not a number from {least:g} to {most:g}")
    return float(value)


def _espeak_voice(value: Any) -> str:
    if not isinstance(value, str) or not ESPEAK_VOICE.fullmatch(value):
        raise VoiceFileError("espeak.voice is not the name of a voice")
    return value


def _ids(told: dict[str, Any]) -> Mapping[str, tuple[int, ...]]:
    if len(told) > MOST_PHONEMES:
        raise VoiceFileError(f"phoneme_id_map has more than {MOST_PHONEMES} phonemes")
    ids = {sign: _numbers(numbers) for sign, numbers in told.items() if len(sign) <= LONGEST_PHONEME}
    missing = [sign for sign in (BEGIN, PAD, END) if not ids.get(sign)]
    if missing:
        raise VoiceFileError(f"phoneme_id_map has no {' and no '.join(missing)}")
    return ids


def _numbers(value: Any) -> tuple[int, ...]:
    if not isinstance(value, list) or len(value) > MOST_IDS:
        raise VoiceFileError(f"phoneme_id_map holds something that is not a list of up to {MOST_IDS} numbers")
    return tuple(_whole(each, range(HIGHEST_ID + 1), "a number of phoneme_id_map") for each in value)
