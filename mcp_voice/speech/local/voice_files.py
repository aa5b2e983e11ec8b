"""Where the two files of a Piper voice are: ``NAME.onnx``, its model, and ``NAME.onnx.json``, its description."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mcp_voice.speech.local.voice_file import PiperVoice, VoiceFileError, read_voice

__all__ = ["VoiceFiles", "voice_files"]

MODEL_ENDING = ".onnx"
DESCRIPTION_ENDING = ".json"
LARGEST_BYTES = 500_000_000
"""The largest voices, of high quality, have 120 MB."""
MOST_LISTED = 5


@dataclass(frozen=True, slots=True)
class VoiceFiles:
    """A voice on disk, whose description has been read."""

    model: Path
    description: Path
    voice: PiperVoice


def voice_files(place: Path) -> VoiceFiles:
    """A voice by its folder, or by its model; raises VoiceFileError."""
    try:
        return _voice_files(place)
    except OSError as error:
        raise VoiceFileError(f"{str(place)!r} cannot be read ({error.strerror or type(error).__name__})") from error


def _voice_files(place: Path) -> VoiceFiles:
    model = _model(place)
    size = model.stat().st_size
    if size > LARGEST_BYTES:
        raise VoiceFileError(f"{str(model)!r} has more than {LARGEST_BYTES} bytes")
    description = model.with_name(model.name + DESCRIPTION_ENDING)
    if not description.is_file():
        raise VoiceFileError(f"{description.name!r} is not beside {str(model)!r}")
    return VoiceFiles(model, description, read_voice(description))


def _model(place: Path) -> Path:
    if place.is_file() and place.suffix == MODEL_ENDING:
        return place
    if not place.is_dir():
        raise VoiceFileError(f"{str(place)!r} is neither a folder nor a file that ends in {MODEL_ENDING}")
    there = _models(place)
    if len(there) == 1:
        return there[0]
    if not there:
        raise VoiceFileError(f"{str(place)!r} holds no file that ends in {MODEL_ENDING}")
    named = ", ".join(repr(each.name) for each in there[:MOST_LISTED])
    raise VoiceFileError(f"{str(place)!r} holds several voices ({named}); name one of them")


def _models(folder: Path) -> Sequence[Path]:
    return sorted(each for each in folder.iterdir() if each.suffix == MODEL_ENDING and each.is_file())
