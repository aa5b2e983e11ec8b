"""The speech providers: one row each, and in ``providers`` one file each.

To add one, write its file and its row. Strings are in LiveKit's form, ``provider/model:voice`` for text to
speech and ``provider/model:language`` for speech to text, or ``offline``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, Protocol

import anyio

from mcp_voice.errors import BadSettings
from mcp_voice.settings import Settings, variable
from mcp_voice.speech.providers import cartesia, deepgram, offline, openai

if TYPE_CHECKING:
    from livekit.agents.stt import STT
    from livekit.agents.tts import TTS

__all__ = ["PROVIDERS", "Choice", "Direction", "choose", "make_shared", "make_stt", "make_tts", "preload"]

Direction = Literal["stt", "tts"]


@dataclass(frozen=True, slots=True)
class Choice:
    """A provider with what is to be used of it; ``option`` is a language for STT and a voice for TTS."""

    direction: Direction
    provider: str
    model: str
    option: str
    why: str

    @property
    def label(self) -> str:
        """The choice in LiveKit's form."""
        option = f":{self.option}" if self.option else ""
        return f"{self.provider}/{self.model}{option}" if self.model else self.provider

    @property
    def key_variable(self) -> str:
        """The environment variable that holds the provider's key, or nothing."""
        key = PROVIDERS[self.provider].key
        return variable(key) if key else ""


class Shared(Protocol):
    """What recognisers share."""

    async def warm(self) -> None:
        """Load what the first utterance would otherwise wait for; may raise whatever that meets."""

    async def aclose(self) -> None:
        """End it."""


@dataclass(frozen=True, slots=True)
class Provider:
    """One row: the settings field of its key, its models (the first is the default), and how to make its parts."""

    key: str = ""
    plugin: str = ""
    """The module that costs time to import; see ``preload``."""
    stt: Callable[[Settings, Choice, Any], STT[Any]] | None = None
    shared: Callable[[Settings, Choice], Shared] | None = None
    """Makes what all recognisers of a process share; it is the third argument of ``stt``."""
    stt_models: Sequence[str] = ()
    expect: Callable[[STT[Any], Sequence[str]], None] | None = None
    tts: Callable[[Settings, Choice], TTS[Any]] | None = None
    tts_models: Sequence[str] = ()
    voice: str = ""
    any_model: bool = False
    """Whether names beyond the listed ones are let through (to a server of the user's own)."""


PROVIDERS: dict[str, Provider] = {
    "deepgram": Provider(
        key="deepgram_api_key",
        plugin="livekit.plugins.deepgram",
        stt=deepgram.stt,
        stt_models=("nova-3", "nova-3-general", "nova-3-medical", "nova-2", "nova-2-phonecall"),
        expect=deepgram.expect,
        tts=deepgram.tts,
        tts_models=(
            "aura-2-andromeda-en",
            *("aura-2-thalia-en", "aura-2-apollo-en", "aura-2-draco-en", "aura-2-zeus-en", "aura-2-luna-en"),
            *("aura-2-cordelia-en", "aura-asteria-en"),
        ),
    ),
    "cartesia": Provider(
        key="cartesia_api_key",
        plugin="livekit.plugins.cartesia",
        tts=cartesia.tts,
        tts_models=("sonic-3", "sonic-2", "sonic-turbo"),
        voice=cartesia.VOICE,
    ),
    "openai": Provider(
        key="openai_api_key",
        plugin="livekit.plugins.openai",
        stt=openai.stt,
        shared=openai.shared,
        stt_models=("gpt-4o-mini-transcribe", "gpt-4o-transcribe", "whisper-1"),
        expect=openai.expect,
        tts=openai.tts,
        tts_models=("gpt-4o-mini-tts", "tts-1", "tts-1-hd"),
        voice="alloy",
        any_model=True,
    ),
    "offline": Provider(stt=offline.stt, shared=offline.shared, expect=offline.expect, tts=offline.tts),
}
"""In the order of preference when nothing is set: streaming recognition first, the one without a key last."""


def choose(settings: Settings, direction: Direction) -> Choice:
    """The provider that the settings ask for, else the first that has what it needs; raises BadSettings."""
    wanted = (settings.stt if direction == "stt" else settings.tts).strip()
    name_of_setting = variable(direction)
    offering = {name: row for name, row in PROVIDERS.items() if _models(row, direction) is not None}
    if not wanted:
        name = next(name for name, row in offering.items() if _usable(settings, row, name, direction))
        why = f"{name_of_setting} is not set; " + (
            "no provider has a key" if name == "offline" else f"{name} is the first provider that has a key"
        )
        return _choice(direction, name, "", "", why)
    provider, _, rest = wanted.partition("/")
    model, _, option = rest.partition(":")
    if provider not in offering:
        raise BadSettings(
            f"{name_of_setting} names the provider {provider!r}, which there is not. Use one of {', '.join(offering)}, "
            "as in openai/whisper-1 or offline."
        )
    row = offering[provider]
    models = _models(row, direction) or ()
    if model and model not in models and not (row.any_model and _base_url(settings, direction)):
        known = f"Use one of {', '.join(models)}" if models else "It takes no model; leave it out"
        raise BadSettings(f"{name_of_setting} names the model {model!r}, which {provider} does not have. {known}.")
    if not _usable(settings, row, provider, direction):
        raise BadSettings(
            f"{name_of_setting} asks for {provider}, but {variable(row.key)} is not set. Set it, or set "
            f"{name_of_setting} to another provider ({', '.join(offering)})."
        )
    return _choice(direction, provider, model, option, f"{name_of_setting} is set")


async def preload(choice: Choice) -> None:
    """Import a provider's plugin without holding up the event loop for a second.

    A plugin registers itself as the last step of its import, and refuses to outside the main thread. So a thread does
    all but that step, and the import that follows here finds everything done.
    """
    plugin = PROVIDERS[choice.provider].plugin
    if plugin and plugin not in sys.modules:
        with suppress(RuntimeError):
            await anyio.to_thread.run_sync(import_module, plugin, abandon_on_cancel=True)
        import_module(plugin)


def make_shared(settings: Settings, choice: Choice) -> Shared | None:
    """What all recognisers of a process share, if anything; to be closed when the last of them is."""
    shared = PROVIDERS[choice.provider].shared
    return shared(settings, choice) if shared else None


def make_stt(settings: Settings, choice: Choice, shared: Shared | None = None) -> STT[Any]:
    """A recogniser of one's own for each microphone, so that hints and failures stay apart."""
    make = PROVIDERS[choice.provider].stt
    if make is None:
        raise BadSettings(f"{choice.provider} offers no speech to text.")
    return make(settings, choice, shared)


def make_tts(settings: Settings, choice: Choice) -> TTS[Any]:
    """A synthesizer."""
    make = PROVIDERS[choice.provider].tts
    if make is None:
        raise BadSettings(f"{choice.provider} offers no text to speech.")
    return make(settings, choice)


def _models(row: Provider, direction: Direction) -> Sequence[str] | None:
    made = row.stt if direction == "stt" else row.tts
    return None if made is None else (row.stt_models if direction == "stt" else row.tts_models)


def _base_url(settings: Settings, direction: Direction) -> str:
    return (settings.stt_base_url if direction == "stt" else settings.tts_base_url) or settings.openai_base_url


def _usable(settings: Settings, row: Provider, name: str, direction: Direction) -> bool:
    has_key = not row.key or bool(getattr(settings, row.key).get_secret_value())
    return has_key or (name == "openai" and bool(_base_url(settings, direction)))


def _choice(direction: Direction, provider: str, model: str, option: str, why: str) -> Choice:
    row = PROVIDERS[provider]
    models = _models(row, direction) or ("",)
    if direction == "tts":
        option = option or row.voice
    return Choice(direction, provider, model or models[0], option, why)
