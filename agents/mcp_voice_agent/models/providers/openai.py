"""OpenAI, or any server that speaks its protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcp_voice.speech.offers import Choice
from mcp_voice.speech.openai_api import NO_KEY, OPENAI_URL
from mcp_voice_agent.models.offers import OPENAI_CHAT, LLMOffer, temperature
from mcp_voice_agent.settings import AgentSettings

if TYPE_CHECKING:
    from livekit.agents.llm import LLM

__all__ = ["LLM_OFFER"]


def _llm(settings: AgentSettings, choice: Choice) -> LLM[Any]:
    from livekit.plugins import openai

    return openai.LLM(
        model=choice.model,
        base_url=settings.llm_base_url or settings.openai_base_url or OPENAI_URL,
        api_key=settings.openai_api_key.get_secret_value() or NO_KEY,
        **temperature(settings, "openai"),
    )


LLM_OFFER = LLMOffer(
    key="openai_api_key",
    servers=("llm_base_url", "openai_base_url"),
    models=("gpt-4.1-mini",),
    modules=("livekit.plugins.openai", OPENAI_CHAT),
    make=_llm,
)
