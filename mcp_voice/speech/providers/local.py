"""What runs on this machine with models that are fetched once, and with the extra ``mcp-voice[local]``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mcp_voice.errors import BadSettings
from mcp_voice.models import MOONSHINE_STREAMING, PIPER, Model, found, megabytes
from mcp_voice.settings import Settings
from mcp_voice.speech.local.moonshine_files import STREAMING, ModelFolderError, arch_of
from mcp_voice.speech.local.voice_file import VoiceFileError
from mcp_voice.speech.local.voice_files import VoiceFiles, voice_files
from mcp_voice.speech.offers import Choice, STTOffer, TTSOffer

if TYPE_CHECKING:
    from livekit.agents.stt import STT
    from livekit.agents.tts import TTS

    from mcp_voice.speech.pool import Pool

__all__ = ["STT_OFFER", "TTS_OFFER"]

RECOGNISERS = {f"{STREAMING}-{language}": model for language, model in MOONSHINE_STREAMING.items()}
LANGUAGES = {f"{STREAMING}-{language}": language for language in MOONSHINE_STREAMING}

INSTALL = "Install it beside mcp-voice: `pip install 'mcp-voice[local]'`, or `uvx --from 'mcp-voice[local]' mcp-voice`."
A_VOICE = (
    f"Use one of {', '.join(PIPER)}, or the absolute path of a folder with a voice's NAME.onnx and NAME.onnx.json, "
    "as in local//home/me/voices/joe."
)
A_RECOGNISER = f"Use one of {', '.join(RECOGNISERS)}, or the absolute path of a folder with a Moonshine model."


def _check_installed(variable: str, choice: Choice, module: str, package: str) -> None:
    if find_spec(module) is None:
        what = f"{variable} is {choice.label!r}, but {package} is not installed."
        raise BadSettings(what, fix=INSTALL, code="not-installed")


def _check_voice(settings: Settings, choice: Choice) -> None:
    _check_installed("MCP_VOICE_TTS", choice, "onnxruntime", "onnxruntime")
    _voice(settings, choice)


def _check_recogniser(settings: Settings, choice: Choice) -> None:
    _check_installed("MCP_VOICE_STT", choice, "moonshine_voice", "moonshine-voice")
    _recogniser(settings, choice)


def _recogniser(settings: Settings, choice: Choice) -> tuple[Path, str]:
    """The folder of the model, and its architecture."""
    place = _place(settings, choice, RECOGNISERS, variable="MCP_VOICE_STT", fix=A_RECOGNISER)
    try:
        return place, arch_of(place)
    except ModelFolderError as error:
        what = f"MCP_VOICE_STT: {choice.label!r} is not a usable model: {error}."
        raise BadSettings(what, fix=A_RECOGNISER, code="unusable-model") from None


def _shared(settings: Settings, choice: Choice) -> Pool:
    """The processes that all recognisers share."""
    from mcp_voice.speech.local.moonshine_stt import moonshine_pool

    return moonshine_pool(*_recogniser(settings, choice))


def _stt(settings: Settings, choice: Choice, pool: Pool | None) -> STT[Any]:
    """A recogniser that streams."""
    from mcp_voice.speech.local.moonshine_stt import MoonshineSTT

    speaks = LANGUAGES.get(choice.model, "")
    return MoonshineSTT(
        pool or _shared(settings, choice), name=choice.model, speaks=speaks, language=settings.language, owns=not pool
    )


def _expect(engine: STT[Any], choices: Sequence[str]) -> None:
    """Lean towards the words of the choices."""
    from mcp_voice.speech.local.moonshine_stt import MoonshineSTT

    if isinstance(engine, MoonshineSTT):
        engine.set_choices(choices)


def _place(settings: Settings, choice: Choice, known: Mapping[str, Model], *, variable: str, fix: str) -> Path:
    """Where the chosen model is; raises BadSettings where it is not, or nobody knows it."""
    if (model := known.get(choice.model)) is None:
        place = Path(choice.model)
        with suppress(RuntimeError):  # a ~ before what is no user of this machine
            place = place.expanduser()
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
        what = f"MCP_VOICE_TTS: {choice.label!r} is not a usable voice: {error}."
        raise BadSettings(what, fix=A_VOICE, code="unusable-model") from None


def _tts(settings: Settings, choice: Choice) -> TTS[Any]:
    """A Piper voice."""
    from mcp_voice.speech.local.piper_tts import PiperTTS

    files = _voice(settings, choice)
    return PiperTTS(files.model, files.description, sample_rate=files.voice.sample_rate, name=choice.model)


STT_OFFER = STTOffer(
    models=tuple(RECOGNISERS), any_path=True, check=_check_recogniser, make=_stt, expect=_expect, shared=_shared
)
TTS_OFFER = TTSOffer(models=tuple(PIPER), any_path=True, check=_check_voice, make=_tts)
