"""The language models: one row each. Strings are in LiveKit's form, ``provider/model``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from livekit.agents import llm

from agents.settings import AgentSettings
from mcp_voice.errors import BadSettings

__all__ = ["make_llm"]

# Each plugin is imported where it is used: it costs 0.3 to 1 s, and a process uses one or two of them.

NO_KEY = "not-needed"
OPENAI_URL = "https://api.openai.com/v1"


@dataclass(frozen=True, slots=True)
class Row:
    """The settings field of a provider's key, its default model, and how to make one."""

    key: str
    model: str
    make: Callable[[AgentSettings, str], llm.LLM[Any]]


def _openai(settings: AgentSettings, model: str) -> llm.LLM[Any]:
    from livekit.plugins import openai

    return openai.LLM(
        model=model,
        base_url=settings.llm_base_url or settings.openai_base_url or OPENAI_URL,
        api_key=settings.openai_api_key.get_secret_value() or NO_KEY,
    )


def _groq(settings: AgentSettings, model: str) -> llm.LLM[Any]:
    from livekit.plugins import groq

    return groq.LLM(model=model, api_key=settings.groq_api_key.get_secret_value())


def _anthropic(settings: AgentSettings, model: str) -> llm.LLM[Any]:
    from livekit.plugins import anthropic

    return anthropic.LLM(model=model, api_key=settings.anthropic_api_key.get_secret_value())


ROWS = {
    "groq": Row("groq_api_key", "llama-3.1-8b-instant", _groq),
    "openai": Row("openai_api_key", "gpt-4.1-mini", _openai),
    "anthropic": Row("anthropic_api_key", "claude-haiku-4-5", _anthropic),
}
"""In the order of preference when nothing is set: the quickest first."""


def _usable(settings: AgentSettings, provider: str) -> bool:
    local = provider == "openai" and bool(settings.llm_base_url or settings.openai_base_url)
    return local or bool(getattr(settings, ROWS[provider].key).get_secret_value())


def _named(settings: AgentSettings) -> list[str]:
    named = [each.strip() for each in settings.agent_llm.split(",") if each.strip()]
    return named or [provider for provider in ROWS if _usable(settings, provider)]


def make_llm(settings: AgentSettings) -> llm.LLM[Any]:
    """The language model that the settings name, with its fallbacks; raises BadSettings."""
    made = [_make(settings, each) for each in _named(settings)]
    if not made:
        raise BadSettings(
            "The companion has no language model. Set MCP_VOICE_AGENT_LLM with the provider's key, as in "
            "groq/llama-3.1-8b-instant and GROQ_API_KEY, or MCP_VOICE_LLM_BASE_URL to an OpenAI-compatible server."
        )
    return made[0] if len(made) == 1 else llm.FallbackAdapter(made)


def _make(settings: AgentSettings, wanted: str) -> llm.LLM[Any]:
    provider, _, model = wanted.partition("/")
    if provider not in ROWS:
        raise BadSettings(
            f"MCP_VOICE_AGENT_LLM names the provider {provider!r}, which there is not. Use one of {', '.join(ROWS)}, "
            "as in openai/gpt-4.1-mini."
        )
    if not _usable(settings, provider):
        raise BadSettings(f"MCP_VOICE_AGENT_LLM asks for {provider}, but {ROWS[provider].key.upper()} is not set.")
    return ROWS[provider].make(settings, model or ROWS[provider].model)
