"""The checks that need LiveKit's packages: importing this module takes seconds, or fails where they are broken."""

from __future__ import annotations

from collections.abc import Sequence

from mcp_voice.doctor.key import KEY
from mcp_voice.doctor.steps import Step
from mcp_voice_agent.doctor.language import language_models
from mcp_voice_agent.doctor.mcp import mcp_servers
from mcp_voice_agent.doctor.realtime import REALTIME
from mcp_voice_agent.doctor.room_service import ROOM_SERVICE
from mcp_voice_agent.doctor.speech import recognisers, voices
from mcp_voice_agent.doctor.turns import TURNS
from mcp_voice_agent.doctor.webhooks import webhooks
from mcp_voice_agent.doctor.worker import WORKER
from mcp_voice_agent.settings import AgentSettings

__all__ = ["live"]


def live(settings: AgentSettings) -> Sequence[Step]:
    """All of them, in their order; each model and each service that the settings name has one of its own."""
    return (
        *KEY,
        *WORKER,
        *language_models(settings),
        *voices(settings),
        *recognisers(settings),
        *REALTIME,
        *TURNS,
        *ROOM_SERVICE,
        *webhooks(settings),
        *mcp_servers(settings),
    )
