"""Making a link by which one person joins a room."""

from __future__ import annotations

from mcp_voice.asks import arguments
from mcp_voice.asks.join_links import JoinLink, JoinPage
from mcp_voice.asks.targets import check_room
from mcp_voice.errors import quoted_name
from mcp_voice.process.loopback import is_on_loopback
from mcp_voice.results import Invited
from mcp_voice.settings import Settings
from mcp_voice.texts.counting import counted

__all__ = ["invite_to_room", "room_for", "valid"]

MINUTE = 60
HERE = "They can open it on this machine only."
ANYWHERE = "They can open it wherever that address is reachable."


async def invite_to_room(
    page: JoinPage,
    settings: Settings,
    *,
    room_name: str = "",
    name: str = "",
    asker: str = "",
    autojoin: bool = False,
) -> Invited:
    """A link for one person into the room named, else into ``MCP_VOICE_ROOM``; ``asker`` is who wants to speak to them.

    ``name`` is the person's, as the page suggests it. With ``autojoin`` the page joins by itself. Raises
    BadInput, RoomForbidden, and PageError.
    """
    room = room_for(room_name, settings)
    if name:
        arguments.new_name(name, "name")
    link = await page.link(room, name=name, asker=asker, autojoin=autojoin)
    return Invited(
        room_name=room,
        link=link.url,
        code=link.code,
        valid_seconds=link.valid_seconds,
        next=_next(link),
    )


def room_for(room_name: str, settings: Settings) -> str:
    """The room that is meant, which may not be there yet; raises BadInput and RoomForbidden."""
    room = room_name or settings.room
    arguments.new_name(room, "room name")
    check_room(room, settings.may_enter, limit_on=settings.limit_on)
    return room


def _next(link: JoinLink) -> str:
    where = HERE if is_on_loopback(link.url) else ANYWHERE
    return (
        f"Give the link to the person. {where} It lets one person in, within {valid(link.valid_seconds)}; make "
        f"another one for anybody else. Then call ask_in_room with room_name {quoted_name(link.room_name)}."
    )


def valid(seconds: int) -> str:
    """How long that is, in words."""
    return counted(seconds // MINUTE, "minute") if seconds >= MINUTE else counted(seconds, "second")
