"""LiveKit's ``AgentSession`` as the settings want it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from livekit.agents import AgentSession
from livekit.agents.voice.agent_session import SessionConnectOptions

from mcp_voice_agent.conversation.endpointing import endpointing, interruption
from mcp_voice_agent.models.pipeline import Pipeline
from mcp_voice_agent.models.spoken_text import TRANSFORMS
from mcp_voice_agent.settings import AgentSettings

__all__ = ["agent_session", "modelled"]

NEVER = sys.maxsize
"""After three failed turns LiveKit would close the session, which is as good as before once the provider is back."""


def modelled(loaded: Mapping[str, Any]) -> bool:
    """Whether there is a model that tells how likely a turn is over; arguments as in `agent_session`."""
    return not isinstance(loaded["turn_detection"], str)


def agent_session(loaded: Mapping[str, Any], settings: AgentSettings, parts: Pipeline) -> AgentSession[None]:
    """A session that has not started.

    ``loaded`` is what the process has ready: ``vad``, and ``turn_detection``, a model or the word "vad".
    """
    return AgentSession[None](
        stt=parts.stt,
        llm=parts.llm,
        tts=parts.tts,
        vad=loaded["vad"],
        turn_handling={
            "turn_detection": loaded["turn_detection"],
            "endpointing": endpointing(settings, modelled=modelled(loaded)),
            "interruption": interruption(settings),
            "preemptive_generation": {"enabled": settings.agent_preemptive, "preemptive_tts": True},
        },
        tts_text_transforms=TRANSFORMS,
        user_away_timeout=settings.agent_away_seconds or None,
        aec_warmup_duration=None,
        session_close_transcript_timeout=0.0,
        conn_options=SessionConnectOptions(max_unrecoverable_errors=NEVER),
    )
