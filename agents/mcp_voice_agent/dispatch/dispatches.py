"""The dispatches of ours in a room, and another companion in the place of one that was lost.

The new dispatch is made before the old one is deleted: whatever fails in between, the room keeps one, and the next look
finds it. LiveKit's server deletes a dispatch once. Who deletes the old one has sent the companion; who comes too late
takes their own back. Deleting also ends the old one's job, if it still runs somewhere.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

import aiohttp
import anyio
from livekit import api
from livekit.agents.types import ATTRIBUTE_AGENT_NAME

from mcp_voice.participants import is_human
from mcp_voice.room.kinds import kind_of

__all__ = ["FAULTS", "JOB_PREFIX", "Dispatches", "is_gone", "was_taken"]

log = logging.getLogger(__name__)

CALL_SECONDS = 5.0
"""LiveKitAPI itself waits for ever."""
FAULTS = (api.ServerError, aiohttp.ClientError, TimeoutError, OSError)
"""What a call of LiveKitAPI raises."""
JOB_PREFIX = "agent-AJ_"
"""Identities of the jobs that LiveKit's server sends; other agents join as they like."""


def _order(dispatch: api.AgentDispatch) -> tuple[int, str]:
    """Both are the server's: instants of one clock, and ids for those that are equal."""
    return dispatch.state.created_at, dispatch.id


def is_gone(error: BaseException) -> bool:
    """Whether LiveKit's server says that what was asked about is no more."""
    return isinstance(error, api.ServerError) and error.code == api.ServerErrorCode.NOT_FOUND


def was_taken(dispatch: api.AgentDispatch) -> bool:
    """Whether a worker took it: where none could, LiveKit's server drops it and does not try again."""
    return bool(dispatch.state.jobs)


def _like(old: api.AgentDispatch) -> api.CreateAgentDispatchRequest:
    return api.CreateAgentDispatchRequest(
        agent_name=old.agent_name,
        room=old.room,
        metadata=old.metadata,
        attributes=dict(old.attributes),
        deployment=old.deployment,
        restart_policy=old.restart_policy,
    )


class Dispatches:
    """LiveKit's API for the companions of one name; each call takes at most 5 s and raises one of ``FAULTS``."""

    def __init__(self, server: api.LiveKitAPI, agent_name: str) -> None:
        self._server = server
        self._agent_name = agent_name

    async def rooms(self, *names: str) -> Sequence[api.Room]:
        """The rooms of these names that there are; without names all."""
        with anyio.fail_after(CALL_SECONDS):
            return (await self._server.room.list_rooms(api.ListRoomsRequest(names=names))).rooms

    async def people(self, room: str) -> Sequence[api.ParticipantInfo]:
        """Who is in a room; nobody where there is none."""
        with anyio.fail_after(CALL_SECONDS):
            return (await self._server.room.list_participants(api.ListParticipantsRequest(room=room))).participants

    async def ours(self, room: str) -> list[api.AgentDispatch]:
        """The dispatches of a room that ask for us, oldest first; raises where there is no such room."""
        with anyio.fail_after(CALL_SECONDS):
            listed = await self._server.agent_dispatch.list_dispatch(room)
        return sorted((each for each in listed if each.agent_name == self._agent_name), key=_order)

    async def remove(self, identity: str, *, room: str) -> None:
        """Take a participant out of a room."""
        with anyio.fail_after(CALL_SECONDS):
            await self._server.room.remove_participant(api.RoomParticipantIdentity(room=room, identity=identity))

    async def take_back(self, dispatch: api.AgentDispatch) -> bool:
        """Delete a dispatch, which ends its job; gives False if it is no more."""
        try:
            with anyio.fail_after(CALL_SECONDS):
                await self._server.agent_dispatch.delete_dispatch(dispatch.id, dispatch.room)
        except api.ServerError as error:
            if is_gone(error):
                return False
            raise
        return True

    async def send_again(self, old: api.AgentDispatch, sid: str) -> bool:
        """Have LiveKit dispatch another companion like ``old`` to the room of that id; gives whether we did.

        Not if the room is no more, or has a newer dispatch of ours, or ``old`` has been taken back.
        """
        ours = await self.ours(old.room)
        if not ours or ours[-1].id != old.id:
            return False
        with anyio.fail_after(CALL_SECONDS):
            new = await self._server.agent_dispatch.create_dispatch(_like(old))
        if not await self._takes_the_place_of(old, new) or not await self._is_room(old.room, sid):
            await self._undo(new, sid)
            return False
        for older in ours[:-1]:
            await self._takes_the_place_of(older, new)
        return True

    async def _takes_the_place_of(self, old: api.AgentDispatch, new: api.AgentDispatch) -> bool:
        """Delete the old one; gives False if it is no more, and True also where nobody can tell."""
        try:
            return await self.take_back(old)
        except FAULTS as error:
            log.warning("an old dispatch of room %r may stay beside a new one: %s", new.room, type(error).__name__)
            return True

    async def _is_room(self, room: str, sid: str) -> bool:
        return not sid or all(each.sid == sid for each in await self.rooms(room))

    async def _undo(self, new: api.AgentDispatch, sid: str) -> None:
        """Take our dispatch back, and its room if nobody is there: LiveKit makes one for whoever asks for an agent."""
        log.info("room %r got a companion from another worker, or needs none any more", new.room)
        await self.take_back(new)
        if not await self._is_room(new.room, sid) and not any(map(self.is_human, await self.people(new.room))):
            with anyio.fail_after(CALL_SECONDS):
                await self._server.room.delete_room(api.DeleteRoomRequest(room=new.room))

    def is_companion(self, one: api.ParticipantInfo) -> bool:
        """Whether a participant is one of ours."""
        named = one.attributes.get(ATTRIBUTE_AGENT_NAME, "") == self._agent_name
        return one.kind == api.ParticipantInfo.AGENT and one.identity.startswith(JOB_PREFIX) and named

    @staticmethod
    def is_human(one: api.ParticipantInfo) -> bool:
        """Whether a participant is somebody who wants to be answered."""
        return is_human(kind_of(one.kind, one.attributes))
