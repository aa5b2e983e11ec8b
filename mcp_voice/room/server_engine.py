"""What needs no room: the engine of a process that leaves rooms and sound to workers, and the base of the other.

LiveKit's server API alone is loaded: no media library, no agents, no speech.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

from mcp_voice.errors import BadInput
from mcp_voice.redaction import without_login
from mcp_voice.results import Invitation, RoomInfo, Sent
from mcp_voice.room.access import GUEST_TOKEN_LIFETIME, token
from mcp_voice.room.dispatch_api import DispatchApi
from mcp_voice.room.ourselves import Ourselves
from mcp_voice.room.server import LiveKitServer
from mcp_voice.settings import Settings
from mcp_voice.tasks import owned_tasks

__all__ = ["ServerEngine", "server_engine"]


class ServerEngine:
    """Satisfies ``room_server.RoomServer``."""

    def __init__(self, server: LiveKitServer) -> None:
        self._server = server
        self._ourselves = Ourselves()

    async def dispatches(self, agent_name: str) -> DispatchApi:
        """LiveKit's dispatches of agents of that name."""
        return DispatchApi(await self._server.server_api(), agent_name)

    def progress(self) -> str:
        """What is being waited for."""
        return self._server.progress

    def starting(self) -> str:
        """What is done until LiveKit's server is there."""
        return self._server.starting

    async def rooms(self, only: str = "") -> Sequence[RoomInfo]:
        """The rooms of the server, or only one."""
        return await (await self._server.server_api()).rooms(only)

    async def make_room(self, room_name: str, *, empty_seconds: float) -> None:
        """Make a room unless it exists."""
        await (await self._server.server_api()).make_room(room_name, empty_seconds=empty_seconds)

    async def invite(self, room_name: str, *, identity: str, name: str) -> Invitation:
        """A token for one human, who has to come in within ten minutes; the identity is made their own."""
        seconds = GUEST_TOKEN_LIFETIME.total_seconds()
        return await self.admit(
            room_name, identity=f"{identity}-{secrets.token_hex(3)}", name=name, seconds=seconds, may_send=True
        )

    async def address(self) -> str:
        """Where clients reach the LiveKit server."""
        return without_login((await self._server.access()).url)

    async def admit(
        self, room_name: str, *, identity: str, name: str, seconds: float = 600.0, may_send: bool = True
    ) -> Invitation:
        """A token for exactly that identity; see ``room_server.RoomServer``."""
        access = await self._server.access()
        jwt = token(
            access,
            room_name=room_name,
            identity=identity,
            name=name,
            kind="standard",
            lifetime=timedelta(seconds=seconds),
            may_send=may_send,
        )
        return Invitation(
            url=without_login(access.url),
            room_name=room_name,
            identity=identity,
            token=jwt,
            valid_seconds=round(seconds),
        )

    def removed(self, room_name: str, identity: str, *, since: float) -> bool:  # noqa: ARG002
        """Nothing is heard of that without being in a room."""
        return False

    async def send(
        self, room_name: str, message: str, *, to: Sequence[str], topic: str, as_chat: bool, sender: str
    ) -> Sent:
        """Send a data packet; a chat text, which needs a participant, raises BadInput."""
        if as_chat:
            raise BadInput("Only a participant in the room can send a chat message. Nothing was sent.")
        known = await self._server.server_api()
        return await known.send_data(room_name, message, to=to, topic=topic, sender=sender, ourselves=self._ourselves)


@asynccontextmanager
async def server_engine(settings: Settings) -> AsyncIterator[ServerEngine]:
    """The engine of a process that is in no room, for as long as the block lasts."""
    async with owned_tasks() as tasks:
        try:
            yield ServerEngine(LiveKitServer(settings, tasks))
        finally:
            tasks.cancel_scope.cancel()
