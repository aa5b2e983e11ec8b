"""What the room and the operator get of a conversation: data, figures, and lines of the log that say whose they are."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from livekit.agents import AgentSession, JobContext

from mcp_voice_agent.telemetry.logs import name_lines
from mcp_voice_agent.telemetry.measurements import measured
from mcp_voice_agent.telemetry.room_data import room_data

__all__ = ["observed"]


@asynccontextmanager
async def observed(job: JobContext, session: AgentSession[Any], *, participant: str) -> AsyncIterator[None]:
    """Tell of a job's session while the block lasts, in which it starts and closes; ``participant`` is an identity."""
    name_lines(job, participant=participant)
    async with measured(session, instance=job.job.id), room_data(session, job.room):
        yield
