"""What the serving side needs of LiveKit's dispatch, and how a job that it starts is called."""

from __future__ import annotations

from typing import Protocol

from mcp_voice.room.dispatch_api import Dispatch

__all__ = ["Dispatching", "worker_name"]


class Dispatching(Protocol):
    """As ``DispatchApi``; raises LiveKitError."""

    async def room_id(self, room_name: str) -> str:
        """LiveKit's id of a room, or nothing where there is no such room."""

    async def listed(self, room_name: str) -> list[Dispatch]:
        """Those of a room, oldest first."""

    async def create(self, room_name: str, metadata: str) -> None:
        """Have an agent sent there; LiveKit's server makes the room where there is none."""

    async def delete(self, room_name: str, dispatch_id: str) -> None:
        """Take a dispatch back, which ends its job."""

    async def remove(self, room_name: str, identity: str) -> None:
        """Take a participant out of a room."""

    async def is_deserted(self, room_name: str) -> bool:
        """Whether nobody is there but agents."""

    async def close_made(self, room_name: str, room_id: str) -> None:
        """Close a room that we have made by asking for an agent, if nobody has come in."""


def worker_name(dispatch_id: str, job_id: str) -> str:
    """Under which a job holds its place: whoever finds a claim that ran out knows whose dispatch is dead."""
    return f"{dispatch_id}/{job_id}"
