"""LiveKit's dispatches of agents to rooms, by its server API; the media library is not loaded."""

from __future__ import annotations

from dataclasses import dataclass

from livekit import api

from mcp_voice.room.server_api import ServerApi

__all__ = ["Dispatch", "DispatchApi"]

ENDED = (api.JobStatus.JS_SUCCESS, api.JobStatus.JS_FAILED)


@dataclass(frozen=True, slots=True)
class Dispatch:
    """One that was asked for, and what has become of it."""

    id: str
    metadata: str
    created_at: int = 0
    """By the clock of LiveKit's server; to order them by."""
    is_taken: bool = False
    """Whether a worker has taken it: where none could, LiveKit's server drops it and does not try again."""
    is_over: bool = False
    """Whether its job has ended, as far as LiveKit's server was told: one whose process was killed has not."""
    identities: tuple[str, ...] = ()
    """Participants as which its jobs entered the room."""


class DispatchApi:
    """The dispatches of one agent name; raises LiveKitError."""

    def __init__(self, server: ServerApi, agent_name: str) -> None:
        self._server = server
        self._agent_name = agent_name

    async def room_id(self, room_name: str) -> str:
        """LiveKit's id of a room, or nothing where there is no such room."""
        return await self._server.room_id(room_name)

    async def listed(self, room_name: str) -> list[Dispatch]:
        """Those of a room, oldest first; of a room that there is not, LiveKit's server says so after seconds."""
        listed = await self._server.unless_gone(self._server.livekit.agent_dispatch.list_dispatch(room_name))
        found = [_dispatch(each) for each in listed or () if each.agent_name == self._agent_name]
        return sorted(found, key=lambda each: (each.created_at, each.id))

    async def create(self, room_name: str, metadata: str) -> None:
        """Have an agent sent there; LiveKit's server makes the room where there is none."""
        request = api.CreateAgentDispatchRequest(agent_name=self._agent_name, room=room_name, metadata=metadata)
        await self._server.unless_gone(self._server.livekit.agent_dispatch.create_dispatch(request))

    async def delete(self, room_name: str, dispatch_id: str) -> None:
        """Take a dispatch back, which ends its job; nothing happens where it is no more."""
        await self._server.unless_gone(self._server.livekit.agent_dispatch.delete_dispatch(dispatch_id, room_name))

    async def remove(self, room_name: str, identity: str) -> None:
        """Take a participant out of a room; nothing happens where they are not there."""
        gone = api.RoomParticipantIdentity(room=room_name, identity=identity)
        await self._server.unless_gone(self._server.livekit.room.remove_participant(gone))

    async def is_deserted(self, room_name: str) -> bool:
        """Whether nobody is there but agents."""
        return not any(each.is_human for each in await self._server.participants(room_name))

    async def close_made(self, room_name: str, room_id: str) -> None:
        """Close a room that we have made by asking for an agent, if that is still it and nobody has come in."""
        await self._server.close_made(room_name, room_id)


def _dispatch(told: api.AgentDispatch) -> Dispatch:
    jobs = list(told.state.jobs)
    return Dispatch(
        id=told.id,
        metadata=told.metadata,
        created_at=told.state.created_at,
        is_taken=bool(jobs),
        is_over=bool(jobs) and all(job.state.status in ENDED for job in jobs),
        identities=tuple(job.state.participant_identity for job in jobs if job.state.participant_identity),
    )
