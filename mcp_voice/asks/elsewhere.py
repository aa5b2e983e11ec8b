"""An ask that waits for somebody, while others are in other rooms: it tells so, or goes there if it named no room.

We are in one room only, and learn of the others by asking LiveKit's server now and then. Joining them all would show us
in rooms that are nobody's business of ours.
"""

from __future__ import annotations

import logging
import time
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
LONGEST_SHARE = 20
"""Looking takes a twentieth of the time at most, however many rooms a server has."""


class Elsewhere(Exception):
    """Somebody is in another room, and the ask may as well be put to them."""

    def __init__(self, room_name: str) -> None:
        super().__init__(room_name)
        self.room_name = room_name


async def look_elsewhere(
    room_name: str,
    tell: Callable[[Sequence[str]], None],
    *,
    wanted: str,
    goes: bool,
    rooms: Callable[[], Awaitable[Sequence[RoomInfo]]],
    may_enter: Callable[[str], bool],
) -> NoReturn:
    """Tell in which other rooms humans are, or who is ``wanted``; where it ``goes``, raise Elsewhere for the only one.

    There is never a guess among several. A server that does not answer is asked again: what is wrong with it is told by
    the room that we wait in.
    """
    while True:
        begun = time.monotonic()
        try:
            there = [room for room in await rooms() if room.active and may_enter(room.room_name)]
        except VoiceError as error:
            log.debug("rooms could not be looked up: %s", error.code)
        else:
            found = [room.room_name for room in there if meant(room.participants, wanted)]
            if goes and len(found) == 1 and found[0] != room_name:
                raise Elsewhere(found[0])
            tell([each for each in found if each != room_name])
        await anyio.sleep(max(LOOK_SECONDS, LONGEST_SHARE * (time.monotonic() - begun)))
