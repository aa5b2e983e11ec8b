"""Joining rooms that exist only: LiveKit makes a room for whoever joins, unless its settings forbid it.

So its API is asked first. A room that is closed in the instant between is made all the same, which shows by its id.

Whoever looked for the room has asked already, but maybe long ago: an ask waits for its turn, and comes back after an
outage. Asking once more takes 0.8 ms on the loopback (median of 100 calls), and a round trip elsewhere.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

import anyio
from livekit import rtc

from mcp_voice.errors import LiveKitError, UnknownRoom, quoted_name
from mcp_voice.room.access import Access
from mcp_voice.room.connection import connect

__all__ = ["RoomService", "join_existing", "undo_making"]

log = logging.getLogger(__name__)

ID_SECONDS = 2.0
"""A server of several nodes may tell a room's id a moment after it has let us in."""


class RoomService(Protocol):
    """What is asked of LiveKit's API."""

    async def room_id(self, room_name: str) -> str:
        """LiveKit's id of a room (``RM_…``), or nothing where there is no such room."""

    async def close_made(self, room_name: str, room_id: str) -> None:
        """Close a room that we have made by joining, if that is still it and nobody else has come in."""


@dataclass(frozen=True, slots=True)
class Entered:
    """How long joining took (milliseconds), and LiveKit's id of the room that we are in."""

    connect_ms: int
    room_id: str


@asynccontextmanager
async def join_existing(
    service: RoomService,
    access: Access,
    connection: rtc.Room,
    jwt: str,
    *,
    room_name: str,
    auto_subscribe: bool = True,
    longest_stream: int | None = None,
) -> AsyncIterator[Entered]:
    """As ``connect``; raises UnknownRoom where there is no such room, and leaves none behind."""
    expected = await service.room_id(room_name)
    if not expected:
        raise no_room(room_name)
    joining = connect(access, connection, jwt, auto_subscribe=auto_subscribe, longest_stream=longest_stream)
    async with joining as connect_ms:
        made = await joined_id(connection)
        if made not in ("", expected) and not connection.remote_participants:
            log.warning("a room was closed while we joined it; leaving")
            await undo_making(service, room_name, made)
            raise no_room(room_name)
        yield Entered(connect_ms, made or expected)


async def undo_making(service: RoomService, room_name: str, room_id: str) -> None:
    """Close a room that only our joining has made; where that fails, LiveKit closes it once it has been empty."""
    try:
        await service.close_made(room_name, room_id)
    except LiveKitError as error:
        log.warning("a room that joining made could not be closed (%s)", error)


async def joined_id(connection: rtc.Room) -> str:
    """LiveKit's id of the room that we are in, or nothing where it is not told in time."""
    with anyio.move_on_after(ID_SECONDS):
        return await connection.sid
    return ""


def no_room(room_name: str) -> UnknownRoom:
    """The error for a room that is no more."""
    return UnknownRoom(
        f"There is no room {quoted_name(room_name)} any more, and mcp-voice does not create rooms.",
        fix="Call list_rooms to see which rooms exist, or have somebody join it again.",
        code="room-gone",
    )
