"""Voice activity as the companion's settings want it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_voice.speech.activity import voice_activity
from mcp_voice_agent.settings import AgentSettings

if TYPE_CHECKING:
    from livekit.agents.vad import VAD

__all__ = ["own_activity"]


def own_activity(settings: AgentSettings) -> VAD:
    """Load the model, which takes up to a second; raises BadSettings where its plugin is not installed."""
    return voice_activity(
        settings.vad,
        silence_seconds=settings.agent_vad_silence_seconds,
        speech_seconds=settings.agent_vad_speech_seconds,
        threshold=settings.agent_vad_threshold,
    )
