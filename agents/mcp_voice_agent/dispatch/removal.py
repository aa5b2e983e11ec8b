"""A companion that somebody removed from its room stays away: no worker sends another.

What asks for one is the dispatch of the room, and a worker that finds a room with one and without a companion takes it
for one that was lost. So whoever was removed takes their own dispatch back; a new one brings a companion as ever.
"""

from __future__ import annotations

import asyncio
import logging

from livekit import rtc
from livekit.agents import JobContext

from mcp_voice.room.disconnects import is_removal
from mcp_voice_agent.dispatch.dispatches import Dispatches, is_gone
from mcp_voice_agent.dispatch.order import Own, has_successor

__all__ = ["MOST_SECONDS", "Removal", "hear_why", "take_back"]

log = logging.getLogger(__name__)

MOST_SECONDS = 8.0
"""LiveKit kills a job's process 10 s after it was told to end."""
HEARING_SECONDS = 2.0
"""For LiveKit's server to say that somebody is there or not, and then why not."""
AGAIN_SECONDS = 0.5
"""Before another attempt, where LiveKit did not answer."""


async def take_back(job: JobContext) -> None:
    """Take back what asked for the companion of a job, and what had before it: no worker sends another.

    Newer dispatches stay, and its own where that has brought a later companion. Tried for 8 s, and raises nothing.
    """
    own = Own(job.job.dispatch_id, job.job.id)
    dispatches = Dispatches(job.api, job.job.agent_name)
    try:
        async with asyncio.timeout(MOST_SECONDS):
            while not await _is_taken_back(dispatches, own, job.job.room.name):  # noqa: ASYNC110  # LiveKit tells nobody
                await asyncio.sleep(AGAIN_SECONDS)
    except TimeoutError:
        log.warning("the dispatch of a companion that is not wanted any more stays: LiveKit does not answer")


async def _is_taken_back(dispatches: Dispatches, own: Own, room: str) -> bool:
    try:
        ours = await dispatches.ours(room)
        numbers = [number for number, each in enumerate(ours) if each.id == own.dispatch]
        # Our own goes last: without it the others could not be told from newer ones at the next attempt.
        for dispatch in ours[: numbers[0] + 1] if numbers else ():
            if dispatch.id != own.dispatch or not has_successor(own, dispatch):
                await dispatches.take_back(dispatch)
    except Exception as error:  # noqa: BLE001 - an answer that is none raises whatever its parser does
        return is_gone(error)  # the room, with all that asked for us
    return True


async def hear_why(job: JobContext) -> None:
    """Before a job that ends leaves its room: hear why it is not there any more, if so; at most 2 s.

    LiveKit's server ends the job of whoever was removed, by way of the worker, and that order may come first: who then
    leaves is told that they left of their own accord.
    """
    gone = asyncio.Event()
    job.room.on("disconnected", lambda *_: gone.set())
    if job.room.connection_state != rtc.ConnectionState.CONN_CONNECTED:
        return
    try:
        async with asyncio.timeout(HEARING_SECONDS):
            people = await Dispatches(job.api, job.job.agent_name).people(job.job.room.name)
            if not any(each.identity == job.room.local_participant.identity for each in people):
                await gone.wait()
    except Exception as error:  # noqa: BLE001 - an answer that is none raises whatever its parser does
        log.debug("it is not known whether the companion is still in its room: %s", type(error).__name__)


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
        if self._happened:
            log.info("the companion was removed from its room; no other is sent there")
            await take_back(self._job)
