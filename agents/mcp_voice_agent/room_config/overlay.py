"""The settings of one room: those of the worker, with the room's own configuration laid over them."""

from __future__ import annotations

import logging
from typing import Any

from mcp_voice.errors import BadSettings
from mcp_voice.settings import listed
from mcp_voice.speech.catalogue import SPEECH_TO_TEXT, TEXT_TO_SPEECH, choose
from mcp_voice.speech.offers import Choice
from mcp_voice_agent.models.llm import LANGUAGE_MODELS, named_models
from mcp_voice_agent.models.voices import REALTIME, is_listed, own_voice
from mcp_voice_agent.room_config.service import RoomConfig
from mcp_voice_agent.room_config.wording import worded
from mcp_voice_agent.settings import AgentSettings

__all__ = ["overlaid"]

log = logging.getLogger(__name__)


def overlaid(settings: AgentSettings, config: RoomConfig) -> AgentSettings:
    """Lay a room's configuration over the settings; what cannot be used is logged, and the settings stay.

    A model and a voice that only the provider itself can judge come first in the list, and the settings' own follow as
    fallbacks: a provider that refuses them costs the room a moment, not its companion. ``tools``, and the voice of a
    realtime model, are not settings; whoever makes the session reads them from the configuration.
    """
    changes: dict[str, Any] = {}
    if config.system_prompt or config.name or config.response_length:
        changes["agent_instructions"] = worded(
            config.system_prompt or settings.agent_instructions, name=config.name, length=config.response_length
        )
    if config.greeting is not None:
        changes["agent_greeting"] = config.greeting
    if config.temperature is not None:
        changes["agent_temperature"] = config.temperature
    if config.language:
        changes |= {"language": config.language, "agent_stt": _recognisers(settings, config.language)}
    if config.keyterms:
        changes["agent_keyterms"] = ",".join([*config.keyterms, *listed(settings.agent_keyterms)])
    if config.mode:
        changes["agent_mode"] = config.mode
    if REALTIME in config.model:
        # As in gpt-realtime-mini: these converse by speech only, and nothing else can.
        changes["agent_realtime_model"] = config.model.removeprefix("openai/")
    elif config.model:
        changes["agent_llm"] = _models(settings, config.model)
    if config.voice:
        changes["agent_tts"] = _synthesizers(settings, config.voice)
    return settings.model_copy(update=changes)


def _recognisers(settings: AgentSettings, language: str) -> str:
    """The recognisers with another language, where they name one of their own."""
    return ",".join(_recogniser(entry, language) for entry in listed(settings.agent_stt or settings.stt))


def _recogniser(entry: str, language: str) -> str:
    model, colon, _ = entry.partition(":")
    offer = SPEECH_TO_TEXT.offers.get(model.partition("/")[0])
    # In the path of a model on this machine a colon means nothing.
    return f"{model}:{language}" if colon and not (offer and offer.any_path) else entry


def _models(settings: AgentSettings, model: str) -> str:
    """The room's language model, then those of the settings."""
    own = named_models(settings)
    provider, slash, _ = model.partition("/")
    # A bare name may have slashes, too, as in meta-llama/Llama-3.1-8B on a server of the user's own.
    if not (slash and provider in LANGUAGE_MODELS.offers):
        if not own:
            log.warning("the room's model %r has no provider that can be used; the settings' model is used", model)
            return settings.agent_llm
        provider = own[0].partition("/")[0]
        model = f"{provider}/{model}"
    if not LANGUAGE_MODELS.can_use(settings, provider):
        key = LANGUAGE_MODELS.key_variable(provider)
        log.warning("the room's model %r cannot be used: %s is not set; the settings' model is used", model, key)
        return settings.agent_llm
    return ",".join(dict.fromkeys([model, *own]))


def _synthesizers(settings: AgentSettings, voice: str) -> str:
    """Every synthesizer with the room's voice, then those of the settings where the voice may not exist."""
    entries = listed(settings.agent_tts) or [settings.tts]
    try:
        own = [choose(settings.model_copy(update={"tts": each}), "tts") for each in entries]
    except BadSettings:
        # The settings' own fault; whoever makes the synthesizers says so.
        return settings.agent_tts
    if "/" in voice and voice.partition("/")[0] in TEXT_TO_SPEECH.offers:
        return _named(settings, voice, own)
    voiced = [_voiced(settings, choice, voice) for choice in own]
    certain = all(_is_certain(settings, choice, voice) for choice in own)
    return ",".join(dict.fromkeys(voiced if certain else [*voiced, *(choice.label for choice in own)]))


def _named(settings: AgentSettings, voice: str, own: list[Choice]) -> str:
    """The synthesizer that a voice names, as openai/tts-1:coral does, then those of the settings."""
    try:
        first = [choose(settings.model_copy(update={"tts": voice}), "tts").label]
    except BadSettings as error:
        log.warning("the room's voice %r cannot be used: %s; the settings' voice is used", voice, error.what)
        first = []
    return ",".join(dict.fromkeys([*first, *(choice.label for choice in own)]))


def _voiced(settings: AgentSettings, choice: Choice, voice: str) -> str:
    """A synthesizer with another voice, or as it is when the provider's models do not have it."""
    offer = TEXT_TO_SPEECH.offers[choice.provider]
    if not offer.models:
        return choice.label
    own = own_voice(choice.provider, voice)
    # Where voices are no option of a model, each is a model.
    wanted = f"{choice.provider}/{choice.model}:{own}" if offer.option else f"{choice.provider}/{own}"
    try:
        return choose(settings.model_copy(update={"tts": wanted}), "tts").label
    except BadSettings:
        log.warning("%s does not have the room's voice %r; the settings' voice is used", choice.provider, voice)
        return choice.label


def _is_certain(settings: AgentSettings, choice: Choice, voice: str) -> bool:
    """Whether the provider is known to have the voice: a server of the user's own may have others than OpenAI."""
    local = choice.provider == "openai" and bool(settings.tts_base_url or settings.openai_base_url)
    return choice.provider == "offline" or (is_listed(choice.provider, voice) and not local)
