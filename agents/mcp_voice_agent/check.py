"""Whether the settings can work at all, as far as that can be told without calling anybody."""

from __future__ import annotations

from mcp_voice.speech.activity import check_voice_activity
from mcp_voice_agent.mcp_servers import servers
from mcp_voice_agent.models.llm import chosen_models
from mcp_voice_agent.models.noise import check_noise_cancellation
from mcp_voice_agent.models.pipeline import choices
from mcp_voice_agent.settings import AgentSettings
from mcp_voice_agent.webhooks import declarations

__all__ = ["check"]


def check(settings: AgentSettings) -> None:
    """Raise BadSettings, with one sentence that says what to set, where no conversation could be held."""
    choices(settings, "stt")
    choices(settings, "tts")
    chosen_models(settings)
    check_voice_activity(settings.vad)
    check_noise_cancellation(settings)
    declarations(settings)
    servers(settings)
