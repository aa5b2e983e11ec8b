"""What a provider of language models offers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mcp_voice.speech.offers import Choice, Offer
from mcp_voice_agent.models.voices import llm_temperature
from mcp_voice_agent.settings import AgentSettings

if TYPE_CHECKING:
    from livekit.agents.llm import LLM

__all__ = ["OPENAI_CHAT", "LLMOffer", "temperature"]

OPENAI_CHAT = "openai.resources.chat.completions.completions"
"""OpenAI's client imports this with the first call, which takes 40 ms and more of the first answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LLMOffer(Offer):
    """How a provider's language model is made. Any model may be named: there is a new one every week."""

    make: Callable[[AgentSettings, Choice], LLM[Any]]
    any_model: bool = True


def temperature(settings: AgentSettings, provider: str) -> dict[str, Any]:
    """The argument that a plugin takes for it; none where the settings leave it to the provider."""
    percent = settings.agent_temperature
    return {} if percent is None else {"temperature": llm_temperature(percent, provider)}
