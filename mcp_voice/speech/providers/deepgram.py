"""Deepgram."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mcp_voice.settings import Settings

if TYPE_CHECKING:
    from livekit.agents.stt import STT
    from livekit.agents.tts import TTS

    from mcp_voice.speech.catalogue import Choice

__all__ = ["expect", "stt", "tts"]


def stt(settings: Settings, choice: Choice, _: None) -> STT[Any]:
    """A recogniser that streams."""
    from livekit.plugins import deepgram

    key = settings.deepgram_api_key.get_secret_value()
    return deepgram.STT(model=choice.model, language=choice.option or settings.language, api_key=key)


def expect(engine: STT[Any], choices: Sequence[str]) -> None:
    """Hint at the choices as key terms."""
    from livekit.plugins import deepgram

    if isinstance(engine, deepgram.STT) and engine.model.startswith("nova-3"):
        engine.update_options(keyterm=list(choices))


def tts(settings: Settings, choice: Choice) -> TTS[Any]:
    """A voice."""
    from livekit.plugins import deepgram

    return deepgram.TTS(model=choice.model, api_key=settings.deepgram_api_key.get_secret_value())
