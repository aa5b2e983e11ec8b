"""The half of the seam to LiveKit that needs no room: what its server does and knows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from mcp_voice.results import Invitation, RoomInfo, Sent

__all__ = ["RoomServer"]


class RoomServer(Protocol):
    """What can be done without being in a room: all that a process needs which leaves that to workers."""

    def progress(self) -> str:
        """What the engine is about, in a few words, for somebody who waits for it."""

    def starting(self) -> str:
        """What is done until LiveKit's server is there, in a few words; empty once it is."""

    async def rooms(self, only: str = "") -> Sequence[RoomInfo]:
        """The rooms of the server, or only one, with everybody in them."""

    def removed(self, room_name: str, identity: str, *, since: float) -> bool:
        """Whether somebody removed them since then, or deleted the room, while we were in it."""

    async def make_room(self, room_name: str, *, empty_seconds: float) -> None:
        """Make a room that somebody is to join, which LiveKit closes when nobody has for so long.

        Nothing happens where it exists.
        """

    async def invite(self, room_name: str, *, identity: str, name: str) -> Invitation:
        """A token for one human."""

    async def address(self) -> str:
        """Where clients reach the LiveKit server, as ws:// or wss://; raises VoiceError where there is none yet."""

    async def admit(
        self, room_name: str, *, identity: str, name: str, seconds: float = 600.0, may_send: bool = True
    ) -> Invitation:
        """A token for the human of exactly that identity, who has to come in within so many seconds.

        They may speak and listen, and ``may_send`` says whether they may chat. Raises LiveKitError, and
        EmbeddedServerError, where there is no server.
        """

    async def send(
        self, room_name: str, message: str, *, to: Sequence[str], topic: str, as_chat: bool, sender: str
    ) -> Sent:
        """Send a data message or a chat text."""
