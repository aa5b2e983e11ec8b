"""A companion that somebody removed from its room stays away: no worker sends another.

What asks for one is the dispatch of the room, and a worker that finds a room with one and without a companion takes it
for one that was lost. So whoever was removed takes their own dispatch back; a new one brings a companion as ever.
"""

from __future__ import annotations

import asyncio
import logging

import aiohttp
from livekit import api
from livekit.agents import JobContext

from mcp_voice.room.disconnects import is_removal

__all__ = ["Removal"]

log = logging.getLogger(__name__)

CALL_SECONDS = 5.0
"""LiveKitAPI itself waits for ever."""


class Removal:
    """Notices that the companion of a job was removed; made before it connects."""

    def __init__(self, job: JobContext) -> None:
        self._job = job
        self._happened = False
        job.room.on("disconnected", self._on_disconnected)

    def _on_disconnected(self, reason: int) -> None:
        self._happened = self._happened or is_removal(reason)

    async def respect(self) -> None:
        """Take the dispatch back if that has happened; bounded."""
        if not self._happened:
            return
        dispatch, room = self._job.job.dispatch_id, self._job.job.room.name
        log.info("the companion was removed from its room; no other is sent there")
        try:
            async with asyncio.timeout(CALL_SECONDS):
                await self._job.api.agent_dispatch.delete_dispatch(dispatch, room)
        except (api.ServerError, aiohttp.ClientError, TimeoutError, OSError) as error:
            log.warning("the dispatch of a removed companion stays: %s", type(error).__name__)
