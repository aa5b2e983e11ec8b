"""What callers and whoever carries out their calls have in common: the rooms, and how people are brought in."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from copy import copy
from typing import Self

from mcp_voice.asks import arguments
from mcp_voice.asks.inviting import invite_to_room
from mcp_voice.asks.join_links import JoinPage, NoPage
from mcp_voice.asks.places import Places
from mcp_voice.asks.returning import ReturningRooms
from mcp_voice.asks.targets import check_room, choose_addressees
from mcp_voice.asks.way_in import WayIn
from mcp_voice.callers.caller import Caller
from mcp_voice.link.room_server import RoomServer
from mcp_voice.participants import Participant
from mcp_voice.progress import Report, unreported
from mcp_voice.results import Invitation, Invited, Sent
from mcp_voice.settings import Settings

__all__ = ["VoiceCalls"]

DEFAULT_NAME = "mcp-voice"


class VoiceCalls(ABC):
    """The part of a voice that enters no room."""

    returning: ReturningRooms
    """The rooms that may be about to return, for all callers."""

    def __init__(self, settings: Settings, server: RoomServer, caller: Caller, *, page: JoinPage | None = None) -> None:
        self._settings = settings
        self._server = server
        self._page = page or NoPage()
        self.caller = caller

    def called_by(self, caller: Caller) -> Self:
        """The same voice, with the same rooms and asks, for calls of this caller.

        It is a shallow copy: what ``__init__`` binds to ``self``, as by a lambda, is that of the first caller for ever.
        """
        theirs = copy(self)
        theirs.caller = caller
        return theirs

    @property
    def language(self) -> str:
        """Spoken in the rooms, as a BCP 47 tag."""
        return self._settings.language

    async def people(self, room_name: str) -> list[Participant]:
        """Everybody in one room, ourselves and others' agents too; a room that does not exist is empty."""
        return [each for room in await self._server.rooms(room_name) for each in room.participants]

    async def invite(self, room_name: str, identity: str, name: str = "") -> Invitation:
        """An address and a token with which one person can enter a room; the token is a secret."""
        arguments.new_name(room_name, "room name")
        check_room(room_name, self._settings.may_enter, limit_on=self._settings.limit_on)
        arguments.new_name(identity, "identity")
        return await self._server.invite(room_name, identity=identity, name=name or identity)

    async def invite_to_room(self, room_name: str = "", name: str = "", *, autojoin: bool = False) -> Invited:
        """A link, a secret, by which one person joins a room in a browser; without a room ``MCP_VOICE_ROOM``.

        ``name`` is theirs, as the page suggests it; with ``autojoin`` it joins by itself.
        Raises BadInput, RoomForbidden, and PageError.
        """
        asker, page = self._visible_name(), self._page
        return await invite_to_room(
            page, self._settings, room_name=room_name, name=name, asker=asker, autojoin=autojoin
        )

    async def send(
        self,
        message: str,
        room_name: str,
        participants: Sequence[str],
        topic: str = "",
        *,
        as_chat: bool = False,
        report: Report = unreported,
    ) -> Sent:
        """Send a text as data, or as chat; what was said meanwhile is not in the result."""
        message = arguments.text_to_send(message)
        room = await self._places.room(room_name, report, needs_human=False)
        to, sender = choose_addressees(participants, room), self._visible_name()
        return await self._server.send(room.room_name, message, to=to, topic=topic, as_chat=as_chat, sender=sender)

    @property
    def _places(self) -> Places:
        """Made for each call: the ways in that it tells of have the name of its own caller."""
        return Places(self._settings, self._server, self._way_in, returning=self.returning)

    @abstractmethod
    def _way_in(self, room_name: str) -> WayIn:
        """How somebody gets into that room, who is told there that this caller wants to speak to them."""

    def _wait(self, wait_seconds: float | None) -> float:
        return arguments.wait_seconds(self.caller.waiting(arguments.wanted_seconds(wait_seconds)))

    def _visible_name(self) -> str:
        """The name under which we are seen: the one that is set, else the caller's."""
        return self._settings.name or self.caller.name or DEFAULT_NAME
