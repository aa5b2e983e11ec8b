"""Deepgram."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mcp_voice.settings import Settings
from mcp_voice.speech.offers import Choice, STTOffer, TTSOffer

if TYPE_CHECKING:
    from livekit.agents.stt import STT
    from livekit.agents.tts import TTS

__all__ = ["STT_OFFER", "TTS_OFFER"]

KEY = "deepgram_api_key"
MODULES = ("livekit.plugins.deepgram",)
BOOST = 1.0
"""Of a keyword, Deepgram's own default."""
BASE_URL = "https://api.deepgram.com"


def _address(settings: Settings, path: str) -> str:
    """Where its server takes what is asked of that path."""
    return (settings.deepgram_base_url or BASE_URL).rstrip("/") + path


def _stt(settings: Settings, choice: Choice, _: None) -> STT[Any]:
    """A recogniser that streams."""
    from livekit.plugins import deepgram

    key = settings.deepgram_api_key.get_secret_value()
    return deepgram.STT(
        model=choice.model,
        language=choice.option or settings.language,
        api_key=key,
        base_url=_address(settings, "/v1/listen"),
    )


def _expect(engine: STT[Any], choices: Sequence[str]) -> None:
    """Hint at the choices as key terms."""
    from livekit.plugins import deepgram

    if isinstance(engine, deepgram.STT) and engine.model.startswith("nova-3"):
        engine.update_options(keyterm=list(choices))


def _listen_for(engine: STT[Any], words: Sequence[str]) -> bool:
    """As key terms; older models than nova-3 have keywords instead."""
    from livekit.plugins import deepgram

    if not isinstance(engine, deepgram.STT):
        return False
    if engine.model.startswith("nova-3"):
        engine.update_options(keyterm=list(words))
    else:
        engine.update_options(keywords=[(word, BOOST) for word in words])
    return True


def _tts(settings: Settings, choice: Choice) -> TTS[Any]:
    """A voice."""
    from livekit.plugins import deepgram

    key = settings.deepgram_api_key.get_secret_value()
    return deepgram.TTS(model=choice.model, api_key=key, base_url=_address(settings, "/v1/speak"))


STT_OFFER = STTOffer(
    key=KEY,
    models=("nova-3", "nova-3-general", "nova-3-medical", "nova-2", "nova-2-phonecall"),
    modules=MODULES,
    make=_stt,
    expect=_expect,
    listen_for=_listen_for,
)
TTS_OFFER = TTSOffer(
    key=KEY,
    models=(
        "aura-2-andromeda-en",
        *("aura-2-thalia-en", "aura-2-apollo-en", "aura-2-draco-en", "aura-2-zeus-en", "aura-2-luna-en"),
        *("aura-2-cordelia-en", "aura-asteria-en"),
    ),
    modules=MODULES,
    make=_tts,
)
