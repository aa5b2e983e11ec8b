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


def _longest(server: str, tokens: int) -> dict[str, Any]:
    """The argument for the longest answer: OpenAI has a name of its own for it, which other servers may refuse."""
    return {"extra_body": {"max_tokens": tokens}} if server else {"max_completion_tokens": tokens}


def _llm(settings: AgentSettings, choice: Choice) -> LLM[Any]:
    from livekit.plugins import openai

    server = settings.llm_base_url or settings.openai_base_url
    return openai.LLM(
        model=choice.model,
        base_url=server or OPENAI_URL,
        api_key=settings.openai_api_key.get_secret_value() or NO_KEY,
        **_longest(server, settings.agent_max_tokens),
        **temperature(settings, "openai"),
    )


LLM_OFFER = LLMOffer(
    key="openai_api_key",
    servers=("llm_base_url", "openai_base_url"),
    models=("gpt-4.1-mini",),
    modules=("livekit.plugins.openai", OPENAI_CHAT),
    make=_llm,
)
