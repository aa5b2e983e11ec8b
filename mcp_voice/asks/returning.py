"""Rooms that LiveKit's server does not know for a moment, since it was started again and nobody has joined yet."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence

import anyio

from mcp_voice.link.room_server import RoomServer
from mcp_voice.results import RoomInfo
from mcp_voice.texts.foreign import is_named

__all__ = ["ReturningRooms"]

RETURN_SECONDS = 10.0
"""How long such a room is waited for: LiveKit's clients are back 2 to 8 s after the server."""
LOOK_SECONDS = 0.5
SEEN_SECONDS = 60.0
"""A room that was seen within this may be about to return."""
MOST_SEEN = 500


class ReturningRooms:
    """Waits for those that were there a moment ago."""

    def __init__(self, server: RoomServer, knows: Callable[[str], Awaitable[bool | None]]) -> None:
        """``knows`` tells whether we have a room; False: it was taken from us; None: that is not known."""
        self._server = server
        self._knows = knows
        self._seen: dict[str, float] = {}
        """By name, when a room was found last (``time.monotonic()``)."""

    async def awaited(self, room_name: str, rooms: Sequence[RoomInfo], *, needs_human: bool) -> Sequence[RoomInfo]:
        """The rooms that were found, or those that there are once this one is back; the same where it is not in time.

        With ``needs_human`` it is back once somebody human is.
        """
        if _is_there(room_name, rooms, needs_human=False):
            self._note(room_name)
            return rooms
        if not await self._was_there(room_name):
            return rooms
        with anyio.move_on_after(RETURN_SECONDS):
            while not _is_there(room_name, rooms, needs_human=needs_human):
                await anyio.sleep(LOOK_SECONDS)
                rooms = await self._server.rooms(room_name) or rooms
        return rooms

    async def _was_there(self, room_name: str) -> bool:
        known = await self._knows(room_name)
        if known is None:
            return time.monotonic() < self._seen.get(room_name, float("-inf")) + SEEN_SECONDS
        return known

    def _note(self, room_name: str) -> None:
        self._seen.pop(room_name, None)
        self._seen[room_name] = time.monotonic()
        while len(self._seen) > MOST_SEEN:
            del self._seen[next(iter(self._seen))]


def _is_there(room_name: str, rooms: Sequence[RoomInfo], *, needs_human: bool) -> bool:
    found = [each for each in rooms if is_named(each.room_name, room_name)]
    return any(each.active or each.ringing or not needs_human for each in found)
