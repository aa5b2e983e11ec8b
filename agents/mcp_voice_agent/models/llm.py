"""The language models: one row each. Strings are in LiveKit's form, ``provider/model``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from livekit.agents import NOT_GIVEN, llm

from mcp_voice.errors import BadSettings
from mcp_voice.settings import listed, variable
from mcp_voice.speech.openai_api import NO_KEY, OPENAI_URL
from mcp_voice.speech.provider_http import THOUGHT, guard
from mcp_voice_agent.models.voices import llm_temperature
from mcp_voice_agent.settings import AgentSettings

__all__ = ["ROWS", "check_models", "make_llms", "named_models", "usable"]

# Each plugin is imported where it is used: it costs 0.3 to 1 s, and a process uses one or two of them.


@dataclass(frozen=True, slots=True)
class Row:
    """The settings field of a provider's key, its default model, how to make one, and what that and a call import."""

    key: str
    model: str
    make: Callable[[AgentSettings, str], llm.LLM[Any]]
    modules: tuple[str, ...]


def _temperature(settings: AgentSettings, provider: str) -> Any:
    """What the plugins take: a figure, or their own word for none."""
    percent = settings.agent_temperature
    return NOT_GIVEN if percent is None else llm_temperature(percent, provider)


def _openai(settings: AgentSettings, model: str) -> llm.LLM[Any]:
    from livekit.plugins import openai

    return openai.LLM(
        model=model,
        base_url=settings.llm_base_url or settings.openai_base_url or OPENAI_URL,
        api_key=settings.openai_api_key.get_secret_value() or NO_KEY,
        temperature=_temperature(settings, "openai"),
    )


def _groq(settings: AgentSettings, model: str) -> llm.LLM[Any]:
    from livekit.plugins import groq

    key = settings.groq_api_key.get_secret_value()
    return groq.LLM(model=model, api_key=key, temperature=_temperature(settings, "groq"))


def _anthropic(settings: AgentSettings, model: str) -> llm.LLM[Any]:
    from livekit.plugins import anthropic

    key = settings.anthropic_api_key.get_secret_value()
    return anthropic.LLM(model=model, api_key=key, temperature=_temperature(settings, "anthropic"))


OPENAI_CHAT = "openai.resources.chat.completions.completions"
"""The client imports this with the first call, which takes 40 ms and more of the first answer."""
ROWS = {
    "groq": Row("groq_api_key", "llama-3.1-8b-instant", _groq, ("livekit.plugins.groq", OPENAI_CHAT)),
    "openai": Row("openai_api_key", "gpt-4.1-mini", _openai, ("livekit.plugins.openai", OPENAI_CHAT)),
    "anthropic": Row("anthropic_api_key", "claude-haiku-4-5", _anthropic, ("livekit.plugins.anthropic",)),
}
"""In the order of preference when nothing is set: the quickest first."""


def usable(settings: AgentSettings, provider: str) -> bool:
    """Whether a provider has the key or the address that it needs."""
    local = provider == "openai" and bool(settings.llm_base_url or settings.openai_base_url)
    return local or bool(getattr(settings, ROWS[provider].key).get_secret_value())


def named_models(settings: AgentSettings) -> list[str]:
    """What the settings name, in the order of fallback, as ``provider/model`` or ``provider``."""
    named = listed(settings.agent_llm)
    return named or [provider for provider in ROWS if usable(settings, provider)]


def check_models(settings: AgentSettings) -> None:
    """Raise BadSettings where no language model can be made of the settings."""
    named = named_models(settings)
    if not named:
        raise BadSettings(
            "The companion has no language model. Set MCP_VOICE_AGENT_LLM with the provider's key, as in "
            "groq/llama-3.1-8b-instant and GROQ_API_KEY, or MCP_VOICE_LLM_BASE_URL to an OpenAI-compatible server."
        )
    for each in named:
        provider = each.partition("/")[0]
        if provider not in ROWS:
            raise BadSettings(
                f"MCP_VOICE_AGENT_LLM names the provider {provider!r}, which there is not. Use one of "
                f"{', '.join(ROWS)}, as in openai/gpt-4.1-mini."
            )
        if not usable(settings, provider):
            key = variable(ROWS[provider].key, AgentSettings)
            raise BadSettings(f"MCP_VOICE_AGENT_LLM asks for {provider}, but {key} is not set.")


def make_llms(settings: AgentSettings) -> list[llm.LLM[Any]]:
    """The language models that the settings name, in the order of fallback; raises BadSettings."""
    check_models(settings)
    made: list[llm.LLM[Any]] = []
    for each in named_models(settings):
        provider, _, model = each.partition("/")
        engine: Any = ROWS[provider].make(settings, model or ROWS[provider].model)
        guard(engine._client._client, THOUGHT)  # noqa: SLF001  # the plugin's own, which it closes
        made.append(engine)
    return made
