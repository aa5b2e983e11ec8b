"""Rooms as calls have just found them: whoever carries a call out need not look again."""

from __future__ import annotations

import time

from mcp_voice.results import RoomInfo

__all__ = ["RecentRooms"]

RECENT_SECONDS = 1.0
MOST_RECENT = 200


class RecentRooms:
    """Each is taken once: a call that comes later looks for itself."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[RoomInfo, float]] = {}

    def note(self, room: RoomInfo) -> None:
        """A call has found it so."""
        self._found.pop(room.room_name, None)
        self._found[room.room_name] = room, time.monotonic()
        while len(self._found) > MOST_RECENT:
            del self._found[next(iter(self._found))]

    def take(self, room_name: str) -> RoomInfo | None:
        """As it was found within the last second, if it was."""
        room, at = self._found.pop(room_name, (None, 0.0))
        return room if time.monotonic() < at + RECENT_SECONDS else None
