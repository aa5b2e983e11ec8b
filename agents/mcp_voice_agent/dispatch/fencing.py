"""Two companions never stay in one room: the one that was sent first leaves.

A job that could not reach LiveKit's server for a while, and was replaced meanwhile, comes back as if nothing had been:
LiveKit's library joins the room again. So each job looks at the room's dispatches when it has come back and when
another companion comes; their order is that of the server, which made them all. A newer dispatch counts once its
companion has come: until then somebody is better than nobody.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from livekit import rtc
from livekit.agents import JobContext
from livekit.agents.types import ATTRIBUTE_AGENT_NAME

from mcp_voice.tasks import Bell
from mcp_voice_agent.dispatch.dispatches import FAULTS, JOB_PREFIX, Dispatches
from mcp_voice_agent.dispatch.order import Own, places

__all__ = ["Fence"]

log = logging.getLogger(__name__)

AGAIN_SECONDS = 1.0
"""Between two looks, where LiveKit did not answer or somebody is there who should leave."""
MOST_LOOKS = 3
"""Who should leave does so by itself within that many, if its process is well."""


class Fence:
    """Tells when the companion of a job is to leave its room for another one; made before it connects."""

    def __init__(self, job: JobContext) -> None:
        self._job = job
        self._name = job.job.agent_name
        self._changed = Bell()
        job.room.on("reconnected", self._changed.ring)
        job.room.on("participant_connected", self._on_participant)

    def _on_participant(self, one: rtc.RemoteParticipant) -> None:
        if self._is_fellow(one):
            self._changed.ring()

    def _is_fellow(self, one: rtc.RemoteParticipant) -> bool:
        named = one.attributes.get(ATTRIBUTE_AGENT_NAME, "") == self._name
        agent = one.kind == rtc.ParticipantKind.PARTICIPANT_KIND_AGENT
        return agent and named and one.identity.startswith(JOB_PREFIX)

    def _fellows(self) -> list[str]:
        return [each.identity for each in self._job.room.remote_participants.values() if self._is_fellow(each)]

    async def replaced(self) -> None:
        """Wait until another companion has taken the place of this one; to be begun when it is connected.

        A job that no dispatch sent, as by ``connect --room``, is never replaced.
        """
        while True:
            changed = self._changed.next
            # While LiveKit's library comes back, leaving ends its process: livekit 1.1.21 panics.
            connected = self._job.room.connection_state == rtc.ConnectionState.CONN_CONNECTED
            if connected and self._job.job.dispatch_id and await self._is_replaced():
                return
            await changed.wait()

    async def _is_replaced(self) -> bool:
        """Look until it is clear; who should leave and does not is taken out."""
        dispatches = Dispatches(self._job.api, self._name)
        own = Own(self._job.job.dispatch_id, self._job.job.id)
        looks = 0
        while fellows := self._fellows():
            try:
                known = places(own, await dispatches.ours(self._job.job.room.name))
                looks += 1
                if known.later(fellows):
                    return True
                earlier = known.earlier(fellows)
                if not earlier:
                    return False
                if looks >= MOST_LOOKS:
                    await self._remove(earlier, dispatches)
            except FAULTS as error:
                log.debug("no look at the room's dispatches this time: %s", type(error).__name__)
            except Exception as error:  # noqa: BLE001 - an answer that is none raises whatever its parser does
                log.warning("LiveKit's answer about a room's dispatches cannot be read: %s", type(error).__name__)
            await asyncio.sleep(AGAIN_SECONDS)
        return False

    async def _remove(self, fellows: Sequence[str], dispatches: Dispatches) -> None:
        for fellow in fellows:
            log.warning("a companion that was replaced has not left; it is taken out of the room")
            await dispatches.remove(fellow, room=self._job.job.room.name)
