"""Cartesia, which speaks only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcp_voice.settings import Settings
from mcp_voice.speech.offers import Choice, TTSOffer

if TYPE_CHECKING:
    from livekit.agents.tts import TTS

__all__ = ["TTS_OFFER", "VOICE"]

VOICE = "694f9389-aac1-45b6-b726-9d9369183238"


def _tts(settings: Settings, choice: Choice) -> TTS[Any]:
    """A voice."""
    from livekit.plugins import cartesia

    return cartesia.TTS(
        model=choice.model,
        voice=choice.option,
        language=settings.language.split("-")[0],
        api_key=settings.cartesia_api_key.get_secret_value(),
    )


TTS_OFFER = TTSOffer(
    key="cartesia_api_key",
    models=("sonic-3", "sonic-2", "sonic-turbo"),
    option=VOICE,
    modules=("livekit.plugins.cartesia",),
    make=_tts,
)
