"""What runs on this machine with models that are fetched once, and with the extra ``mcp-voice[local]``."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mcp_voice.errors import BadSettings
from mcp_voice.settings import Settings
from mcp_voice.speech.local.voice_file import VoiceFileError
from mcp_voice.speech.local.voice_files import VoiceFiles, voice_files
from mcp_voice.speech.offers import Choice, TTSOffer

if TYPE_CHECKING:
    from livekit.agents.tts import TTS

__all__ = ["TTS_OFFER"]

INSTALL = "Install it beside mcp-voice: `pip install 'mcp-voice[local]'`, or `uvx --from 'mcp-voice[local]' mcp-voice`."
EXAMPLE = "Name a folder with NAME.onnx and NAME.onnx.json by its absolute path, as in local//home/me/voices/joe."


def _check(settings: Settings, choice: Choice) -> None:
    if find_spec("onnxruntime") is None:
        what = f"MCP_VOICE_TTS is {choice.label!r}, but onnxruntime is not installed."
        raise BadSettings(what, fix=INSTALL, code="not-installed")
    _voice(settings, choice)


def _voice(_: Settings, choice: Choice) -> VoiceFiles:
    place = Path(choice.model).expanduser()
    if not place.is_absolute():
        raise BadSettings(f"MCP_VOICE_TTS: local has no voice {choice.model!r}.", fix=EXAMPLE, code="unknown-model")
    try:
        return voice_files(place)
    except VoiceFileError as error:
        what = f"MCP_VOICE_TTS: {choice.label!r} is no voice that can be used: {error}."
        raise BadSettings(what, fix=EXAMPLE, code="unusable-model") from None


def _tts(settings: Settings, choice: Choice) -> TTS[Any]:
    """A Piper voice."""
    from mcp_voice.speech.local.piper_tts import PiperTTS

    files = _voice(settings, choice)
    return PiperTTS(files.model, files.description, sample_rate=files.voice.sample_rate, name=choice.model)


TTS_OFFER = TTSOffer(any_path=True, check=_check, make=_tts)
