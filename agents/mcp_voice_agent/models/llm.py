"""The language models. To add a provider, write its file in ``providers`` and its row here."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from livekit.agents import llm

from mcp_voice.errors import BadSettings
from mcp_voice.settings import listed
from mcp_voice.speech.offers import Catalogue, Choice
from mcp_voice.speech.provider_http import THOUGHT, guard, plugin_http
from mcp_voice_agent.models.providers import anthropic, groq, openai
from mcp_voice_agent.settings import AgentSettings

__all__ = ["LANGUAGE_MODELS", "chosen_models", "make_llms", "named_models"]

LANGUAGE_MODELS = Catalogue(
    "llm",
    MappingProxyType({"groq": groq.LLM_OFFER, "openai": openai.LLM_OFFER, "anthropic": anthropic.LLM_OFFER}),
    variable="MCP_VOICE_AGENT_LLM",
    examples="openai/gpt-4.1-mini",
    settings=AgentSettings,
    # A model's name may hold a colon, as in llama3.1:8b.
    has_option=False,
)
"""The quickest first."""


def named_models(settings: AgentSettings) -> list[str]:
    """What the settings name, in the order of fallback, as ``provider/model`` or ``provider``."""
    return listed(settings.agent_llm) or LANGUAGE_MODELS.usable(settings)


def chosen_models(settings: AgentSettings) -> list[Choice]:
    """The same as choices; raises BadSettings where no language model can be made of the settings."""
    named = named_models(settings)
    if not named:
        raise BadSettings(
            "The companion has no language model.",
            fix="Set MCP_VOICE_AGENT_LLM with the provider's key, as in groq/llama-3.1-8b-instant and GROQ_API_KEY, or "
            "MCP_VOICE_LLM_BASE_URL to an OpenAI-compatible server.",
            code="no-language-model",
        )
    return [LANGUAGE_MODELS.named(settings, each) for each in named]


def make_llms(settings: AgentSettings) -> list[llm.LLM[Any]]:
    """The language models that the settings name, in the order of fallback; raises BadSettings."""
    made: list[llm.LLM[Any]] = []
    for choice in chosen_models(settings):
        engine = LANGUAGE_MODELS.offers[choice.provider].make(settings, choice)
        guard(plugin_http(engine), THOUGHT)
        made.append(engine)
    return made
