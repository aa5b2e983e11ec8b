"""Anthropic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcp_voice.speech.offers import Choice
from mcp_voice_agent.models.offers import LLMOffer, temperature
from mcp_voice_agent.settings import AgentSettings

if TYPE_CHECKING:
    from livekit.agents.llm import LLM

__all__ = ["LLM_OFFER"]


def _llm(settings: AgentSettings, choice: Choice) -> LLM[Any]:
    from livekit.plugins import anthropic

    key = settings.anthropic_api_key.get_secret_value()
    return anthropic.LLM(
        model=choice.model, api_key=key, max_tokens=settings.agent_max_tokens, **temperature(settings, "anthropic")
    )


LLM_OFFER = LLMOffer(
    key="anthropic_api_key",
    models=("claude-haiku-4-5",),
    modules=("livekit.plugins.anthropic",),
    make=_llm,
)
