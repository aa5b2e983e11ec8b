"""What needs neither key nor network: Moonshine, or pocketsphinx, and espeak-ng."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mcp_voice.models import MOONSHINE_TINY_EN, Background
from mcp_voice.settings import Settings
from mcp_voice.speech.offers import Choice, STTOffer, TTSOffer

if TYPE_CHECKING:
    from livekit.agents.stt import STT
    from livekit.agents.tts import TTS

    from mcp_voice.speech.offline.engines import OfflineEngines

__all__ = ["STT_OFFER", "TTS_OFFER"]

log = logging.getLogger(__name__)


def _shared(settings: Settings, _: Choice) -> OfflineEngines:
    """The processes that all recognisers share."""
    from mcp_voice.speech.offline.engines import OfflineEngines
    from mcp_voice.speech.offline_stt import other_language

    if why := other_language(settings.language):
        log.warning("%s: set MCP_VOICE_LANGUAGE to en, or MCP_VOICE_STT to a provider that understands it", why)
    return OfflineEngines(Background(MOONSHINE_TINY_EN, settings))


def _stt(settings: Settings, choice: Choice, ears: OfflineEngines | None) -> STT[Any]:
    """A recogniser for one microphone."""
    from mcp_voice.speech.offline_stt import OfflineSTT

    return OfflineSTT(ears or _shared(settings, choice), language=settings.language, owns_ears=ears is None)


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
