"""OpenAI, or any server that speaks its protocol."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from mcp_voice.settings import Settings
from mcp_voice.speech.offers import Choice, STTOffer, TTSOffer
from mcp_voice.speech.openai_api import NO_KEY, OPENAI_URL

if TYPE_CHECKING:
    import httpx2
    from livekit.agents.stt import STT
    from livekit.agents.tts import TTS

    from mcp_voice.speech.connections import Connections
    from mcp_voice.speech.openai_stt import ClosingSTT

__all__ = ["STT_OFFER", "TTS_OFFER"]

KEY = "openai_api_key"
MODULES = ("livekit.plugins.openai",)


def _shared(settings: Settings, choice: Choice) -> Connections:
    """The connections of all recognisers."""
    from mcp_voice.speech.connections import Connections

    return Connections(partial(_recogniser, settings, choice), seconds=settings.stt_seconds)


def _stt(settings: Settings, choice: Choice, connections: Connections | None) -> STT[Any]:
    """A recogniser that is asked for whole segments."""
    return connections.recogniser() if connections else _recogniser(settings, choice)


def _recogniser(settings: Settings, choice: Choice, http: httpx2.AsyncClient | None = None) -> ClosingSTT:
    from mcp_voice.speech.openai_stt import ClosingSTT

    return ClosingSTT(
        model=choice.model,
        language=choice.option or settings.language,
        base_url=settings.stt_base_url or settings.openai_base_url or OPENAI_URL,
        api_key=settings.openai_api_key.get_secret_value() or NO_KEY,
        seconds=settings.stt_seconds,
        http=http,
    )


def _expect(engine: STT[Any], choices: Sequence[str]) -> None:
    """Hint at the choices in the prompt."""
    from mcp_voice.speech.openai_stt import ClosingSTT

    if isinstance(engine, ClosingSTT):
        engine.hint(choices)


def _listen_for(engine: STT[Any], words: Sequence[str]) -> bool:
    """In the prompt."""
    from mcp_voice.speech.openai_stt import ClosingSTT

    if isinstance(engine, ClosingSTT):
        engine.listen_for(words)
    return isinstance(engine, ClosingSTT)


def _tts(settings: Settings, choice: Choice) -> TTS[Any]:
    """A voice."""
    from mcp_voice.speech.openai_tts import BoundedTTS

    return BoundedTTS(
        model=choice.model,
        voice=choice.option,
        base_url=settings.tts_base_url or settings.openai_base_url or OPENAI_URL,
        api_key=settings.openai_api_key.get_secret_value() or NO_KEY,
        seconds=settings.tts_seconds,
    )


STT_OFFER = STTOffer(
    key=KEY,
    servers=("stt_base_url", "openai_base_url"),
    models=("gpt-4o-mini-transcribe", "gpt-4o-transcribe", "whisper-1"),
    modules=MODULES,
    make=_stt,
    expect=_expect,
    listen_for=_listen_for,
    shared=_shared,
)
TTS_OFFER = TTSOffer(
    key=KEY,
    servers=("tts_base_url", "openai_base_url"),
    models=("gpt-4o-mini-tts", "tts-1", "tts-1-hd"),
    option="alloy",
    modules=MODULES,
    make=_tts,
)
