"""An ask that named no room and waits for somebody: whoever comes into another room is asked there.

We are in one room only, and learn of the others by asking LiveKit's server now and then. Joining them all would show us
in rooms that are nobody's business of ours.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import NoReturn

import anyio

from mcp_voice.errors import VoiceError
from mcp_voice.participants import meant
from mcp_voice.results import RoomInfo

__all__ = ["Elsewhere", "look_elsewhere"]

log = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
"""Between two looks: 1 ms each with an embedded server, and a round trip and another for each room elsewhere."""


class Elsewhere(Exception):
    """Somebody is in another room, and the ask may as well be put to them."""

    def __init__(self, room_name: str) -> None:
        super().__init__(room_name)
        self.room_name = room_name


async def look_elsewhere(
    room_name: str,
    *,
    wanted: str,
    rooms: Callable[[], Awaitable[Sequence[RoomInfo]]],
    may_enter: Callable[[str], bool],
) -> NoReturn:
    """Raise Elsewhere once the only room with a human in it, or with whom is ``wanted``, is another one.

    There is never a guess among several. A server that does not answer is asked again: what is wrong with it is told by
    the room that we wait in.
    """
    while True:
        await anyio.sleep(LOOK_SECONDS)
        try:
            there = [room for room in await rooms() if room.active and may_enter(room.room_name)]
        except VoiceError as error:
            log.debug("rooms could not be looked up: %s", error.code)
            continue
        found = [room.room_name for room in there if meant(room.participants, wanted)]
        if len(found) == 1 and found[0] != room_name:
            raise Elsewhere(found[0])
