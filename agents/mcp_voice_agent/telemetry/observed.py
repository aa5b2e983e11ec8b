"""What the room and the operator get of a conversation: data, figures, and lines of the log that say whose they are."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from livekit.agents import AgentSession, JobContext

from mcp_voice_agent.models.pipeline import Pipeline
from mcp_voice_agent.settings import AgentSettings
from mcp_voice_agent.telemetry.instruments import Instruments, Mode
from mcp_voice_agent.telemetry.logs import name_lines
from mcp_voice_agent.telemetry.measurements import measured
from mcp_voice_agent.telemetry.media import MediaInstruments, watching_media
from mcp_voice_agent.telemetry.otlp import exported
from mcp_voice_agent.telemetry.room_data import room_data

__all__ = ["counted", "observed", "tell_begun"]

log = logging.getLogger(__name__)


@asynccontextmanager
async def counted(job: JobContext, mode: Mode) -> AsyncIterator[Instruments]:
    """Count a conversation that begins, and whether it ends by an error; gives what its figures are written with."""
    async with exported(job.job.id) as meter:
        instruments = Instruments(meter)
        instruments.began(mode)
        try:
            async with watching_media(job.room, MediaInstruments(meter)):
                yield instruments
        except Exception:
            instruments.broke_off(mode)
            raise


@asynccontextmanager
async def observed(
    job: JobContext,
    session: AgentSession[Any],
    instruments: Instruments,
    *,
    parts: Pipeline,
    mode: Mode,
    participant: str,
) -> AsyncIterator[None]:
    """Tell of a job's session while the block lasts, in which it starts and closes; ``participant`` is an identity."""
    name_lines(job, participant=participant)
    async with measured(session, instruments, parts=parts, mode=mode), room_data(session, job.room):
        yield


def tell_begun(
    settings: AgentSettings, parts: Pipeline, *, configuration: Mapping[str, Any], realtime: str, voice: str
) -> None:
    """Log what a conversation is held with: names only, nothing that anybody says or was told.

    ``realtime`` and ``voice`` are those of the realtime model, empty where there is none.
    """
    used: dict[str, Any] = {each.part: [choice.label for choice in each.chosen] for each in parts.lineups}
    if realtime:
        used |= {"realtime": realtime, "realtime_voice": voice}
    mode = "realtime" if realtime else "pipeline"
    log.info("conversation begun", extra={"mode": mode, "language": settings.language, **used, **configuration})
