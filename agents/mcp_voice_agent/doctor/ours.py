"""The companion's own settings in a run of doctor."""

from __future__ import annotations

from mcp_voice.doctor.visit import Visit
from mcp_voice_agent.settings import AgentSettings

__all__ = ["ours"]


def ours(visit: Visit) -> AgentSettings:
    """The settings; they were read as the companion's."""
    settings = visit.settings
    if not isinstance(settings, AgentSettings):
        raise TypeError("the settings are not the companion's")
    return settings
