"""The speech providers. To add one, write its file in ``providers`` and its row here."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from mcp_voice.errors import BadSettings
from mcp_voice.settings import Settings
from mcp_voice.speech.offers import Catalogue, Choice, Shared
from mcp_voice.speech.plugins import load_plugin
from mcp_voice.speech.providers import cartesia, deepgram, local, offline, openai

if TYPE_CHECKING:
    from livekit.agents.stt import STT
    from livekit.agents.tts import TTS

__all__ = [
    "SPEECH_TO_TEXT",
    "TEXT_TO_SPEECH",
    "Direction",
    "choose",
    "listen_for",
    "make_shared",
    "make_stt",
    "make_tts",
    "modules",
    "preload",
]

Direction = Literal["stt", "tts"]

SPEECH_TO_TEXT = Catalogue(
    "stt",
    MappingProxyType(
        {
            "deepgram": deepgram.STT_OFFER,
            "openai": openai.STT_OFFER,
            "offline": offline.STT_OFFER,
            "local": local.STT_OFFER,
        }
    ),
    variable="MCP_VOICE_STT",
    examples="openai/whisper-1 or offline",
)
"""Streaming recognition first, the one without a key last; what is after that has to be named."""
TEXT_TO_SPEECH = Catalogue(
    "tts",
    MappingProxyType(
        {
            "deepgram": deepgram.TTS_OFFER,
            "cartesia": cartesia.TTS_OFFER,
            "openai": openai.TTS_OFFER,
            "offline": offline.TTS_OFFER,
            "local": local.TTS_OFFER,
        }
    ),
    variable="MCP_VOICE_TTS",
    examples="openai/tts-1:alloy or offline",
)


def choose(settings: Settings, direction: Direction) -> Choice:
    """The provider that the settings ask for, else the first that has what it needs; raises BadSettings."""
    catalogue, wanted = (SPEECH_TO_TEXT, settings.stt) if direction == "stt" else (TEXT_TO_SPEECH, settings.tts)
    found = catalogue.named(settings, wanted) if wanted.strip() else catalogue.best(settings)
    if found is None:
        raise BadSettings(f"There is no provider for {direction}.")
    return found


def modules(choice: Choice) -> tuple[str, ...]:
    """What a choice imports when it is made, at some cost."""
    return tuple((SPEECH_TO_TEXT if choice.direction == "stt" else TEXT_TO_SPEECH).offers[choice.provider].modules)


async def preload(choice: Choice) -> None:
    """Import a provider's plugin without holding up the event loop for a second."""
    for module in modules(choice):
        await load_plugin(module)


def make_shared(settings: Settings, choice: Choice) -> Shared | None:
    """What all recognisers of a process share, if anything; to be closed when the last of them is."""
    shared = SPEECH_TO_TEXT.offers[choice.provider].shared
    return shared(settings, choice) if shared else None


def make_stt(settings: Settings, choice: Choice, shared: Shared | None = None) -> STT[Any]:
    """A recogniser of one's own for each microphone, so that hints and failures stay apart."""
    return SPEECH_TO_TEXT.offers[choice.provider].make(settings, choice, shared)


def listen_for(engine: STT[Any], choice: Choice, words: Sequence[str]) -> bool:
    """Tell a recogniser which names and words may be said at any time; whether it can be told."""
    tell = SPEECH_TO_TEXT.offers[choice.provider].listen_for
    return tell is not None and tell(engine, words)


def make_tts(settings: Settings, choice: Choice) -> TTS[Any]:
    """A synthesizer."""
    return TEXT_TO_SPEECH.offers[choice.provider].make(settings, choice)
