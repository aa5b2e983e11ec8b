"""What needs neither key nor network: pocketsphinx and espeak-ng."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mcp_voice.settings import Settings
from mcp_voice.speech.offers import Choice, STTOffer, TTSOffer

if TYPE_CHECKING:
    from livekit.agents.stt import STT
    from livekit.agents.tts import TTS

    from mcp_voice.speech.pool import Pool

__all__ = ["STT_OFFER", "TTS_OFFER"]


def _shared(_: Settings, __: Choice) -> Pool:
    """The processes that all recognisers share."""
    from mcp_voice.speech.offline_stt import recogniser_pool

    return recogniser_pool()


def _stt(settings: Settings, _: Choice, pool: Pool) -> STT[Any]:
    """A recogniser that is asked for whole segments."""
    from mcp_voice.speech.offline_stt import OfflineSTT

    return OfflineSTT(language=settings.language, pool=pool)


def _expect(engine: STT[Any], choices: Sequence[str]) -> None:
    """Listen for the choices above all."""
    from mcp_voice.speech.offline_stt import OfflineSTT

    if isinstance(engine, OfflineSTT):
        engine.set_choices(choices)


def _tts(_: Settings, __: Choice) -> TTS[Any]:
    """A voice."""
    from mcp_voice.speech.offline_tts import OfflineTTS

    return OfflineTTS()


STT_OFFER = STTOffer(make=_stt, expect=_expect, shared=_shared)
TTS_OFFER = TTSOffer(make=_tts)
