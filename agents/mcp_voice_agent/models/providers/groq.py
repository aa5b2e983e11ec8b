"""Groq, the quickest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcp_voice.speech.offers import Choice
from mcp_voice_agent.models.offers import OPENAI_CHAT, LLMOffer, temperature
from mcp_voice_agent.settings import AgentSettings

if TYPE_CHECKING:
    from livekit.agents.llm import LLM

__all__ = ["LLM_OFFER"]


def _llm(settings: AgentSettings, choice: Choice) -> LLM[Any]:
    from livekit.plugins import groq

    key = settings.groq_api_key.get_secret_value()
    return groq.LLM(
        model=choice.model,
        api_key=key,
        max_completion_tokens=settings.agent_max_tokens,
        **temperature(settings, "groq"),
    )


LLM_OFFER = LLMOffer(
    key="groq_api_key",
    models=("llama-3.1-8b-instant",),
    modules=("livekit.plugins.groq", OPENAI_CHAT),
    make=_llm,
)
