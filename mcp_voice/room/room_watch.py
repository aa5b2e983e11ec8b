"""Keeps LiveKit's library from making a room again that was closed while our connection was broken.

The library resumes a broken connection, and joins anew where the server knows nothing of us any more, which makes the
room. It does so within 0.1 s of the server's answer and cannot be told otherwise (livekit 1.1.21). So the API is asked
for the room as long as the connection is broken, and once more when it is back.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

import anyio
from livekit import rtc

from mcp_voice.errors import LiveKitError
from mcp_voice.room.joining import RoomService, undo_making
from mcp_voice.room.livekit_events import handling
from mcp_voice.tasks import Bell

__all__ = ["room_gone"]

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.25


async def room_gone(
    service: RoomService, connection: rtc.Room, *, room_name: str, room_id: str, undoing: Callable[[], object]
) -> None:
    """Return when the room that we joined (``room_id``) is no more, and nobody else has made it again.

    ``undoing`` is called before a room is closed that only LiveKit's library has made again.
    """
    broken = Bell()

    with handling(connection, reconnecting=broken.ring):
        outage = broken.next
        while True:
            await outage.wait()
            outage = broken.next
            missed = False
            while _is_broken(connection):
                missing = await _there(service, room_name) == ""
                if missing and missed:
                    return
                missed = missing
                await anyio.sleep(LOOK_SECONDS)
            made = await _there(service, room_name)
            if made in (None, room_id):
                continue
            if not connection.remote_participants:
                log.warning("a room was closed during an outage; leaving")
                if made:
                    undoing()
                    await undo_making(service, room_name, made)
                return
            room_id = made or room_id


def _is_broken(connection: rtc.Room) -> bool:
    return connection.connection_state == rtc.ConnectionState.CONN_RECONNECTING


async def _there(service: RoomService, room_name: str) -> str | None:
    """LiveKit's id of the room, nothing where there is none, and None where that cannot be told."""
    try:
        return await service.room_id(room_name)
    except LiveKitError:
        return None
