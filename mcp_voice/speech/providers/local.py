"""What runs on this machine with models that are fetched once, and with the extra ``mcp-voice[local]``."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mcp_voice.errors import BadSettings
from mcp_voice.models import PIPER, Model, found, megabytes
from mcp_voice.settings import Settings
from mcp_voice.speech.local.voice_file import VoiceFileError
from mcp_voice.speech.local.voice_files import VoiceFiles, voice_files
from mcp_voice.speech.offers import Choice, TTSOffer

if TYPE_CHECKING:
    from livekit.agents.tts import TTS

__all__ = ["TTS_OFFER"]

INSTALL = "Install it beside mcp-voice: `pip install 'mcp-voice[local]'`, or `uvx --from 'mcp-voice[local]' mcp-voice`."
A_VOICE = (
    f"Use one of {', '.join(PIPER)}, or the absolute path of a folder with a voice's NAME.onnx and NAME.onnx.json, "
    "as in local//home/me/voices/joe."
)


def _check(settings: Settings, choice: Choice) -> None:
    if find_spec("onnxruntime") is None:
        what = f"MCP_VOICE_TTS is {choice.label!r}, but onnxruntime is not installed."
        raise BadSettings(what, fix=INSTALL, code="not-installed")
    _voice(settings, choice)


def _place(settings: Settings, choice: Choice, known: Mapping[str, Model], *, variable: str, fix: str) -> Path:
    """Where the chosen model is; raises BadSettings where it is not, or nobody knows it."""
    if (model := known.get(choice.model)) is None:
        place = Path(choice.model).expanduser()
        if place.is_absolute():
            return place
        raise BadSettings(f"{variable}: local has no model {choice.model!r}.", fix=fix, code="unknown-model")
    if (folder := found(model, settings)) is None:
        raise BadSettings(
            f"{variable} is {choice.label!r}, which is not on this machine.",
            fix=f"Fetch it once ({megabytes(model.size)}): `mcp-voice models get {model.name}`.",
            code="unusable-model",
        )
    return folder


def _voice(settings: Settings, choice: Choice) -> VoiceFiles:
    place = _place(settings, choice, PIPER, variable="MCP_VOICE_TTS", fix=A_VOICE)
    try:
        return voice_files(place)
    except VoiceFileError as error:
        what = f"MCP_VOICE_TTS: {choice.label!r} is no voice that can be used: {error}."
        raise BadSettings(what, fix=A_VOICE, code="unusable-model") from None


def _tts(settings: Settings, choice: Choice) -> TTS[Any]:
    """A Piper voice."""
    from mcp_voice.speech.local.piper_tts import PiperTTS

    files = _voice(settings, choice)
    return PiperTTS(files.model, files.description, sample_rate=files.voice.sample_rate, name=choice.model)


TTS_OFFER = TTSOffer(models=tuple(PIPER), any_path=True, check=_check, make=_tts)
