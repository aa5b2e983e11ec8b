"""Which room and whom a call means, as LiveKit's server has them now, and what becomes of it where nobody is there."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial

import anyio

from mcp_voice.asks.arrival import STARTING
from mcp_voice.asks.elsewhere import look_elsewhere
from mcp_voice.asks.nobody_there import Waits
from mcp_voice.asks.returning import ReturningRooms
from mcp_voice.asks.targets import choose_room, choose_target, is_somebody_there, next_call, room_to_wait_in
from mcp_voice.asks.way_in import WayIn
from mcp_voice.errors import LiveKitError, NobodyThere
from mcp_voice.link.room_server import RoomServer
from mcp_voice.participants import Target, came_by, meant
from mcp_voice.progress import Report, reporting, unreported
from mcp_voice.results import RoomInfo
from mcp_voice.settings import Settings
from mcp_voice.texts.foreign import is_named

__all__ = ["Places"]

LEAST_SECONDS = 5.0
"""How long even a call that does not want to wait gives LiveKit's server to answer: one that is built starts in 1 s."""


class Places:
    """Looks up what is meant; never a guess."""

    def __init__(
        self,
        settings: Settings,
        engine: RoomServer,
        way_in: Callable[[str], WayIn],
        *,
        returning: ReturningRooms,
    ) -> None:
        """``way_in`` gives that of a room, and ``returning`` remembers which rooms there were."""
        self._returning = returning
        self._settings = settings
        self._engine = engine
        self._way_in = way_in

    @property
    def wait(self) -> bool:
        """Whether somebody is waited for where nobody is.

        On one's own server it is more likely that the room, or the server, is the wrong one.
        """
        nobody = self._settings.nobody
        return nobody == "wait" or (nobody is None and not self._settings.livekit_url)

    async def room(
        self, room_name: str, report: Report = unreported, *, needs_human: bool = True, limit: float = math.inf
    ) -> RoomInfo:
        """The room that is meant; with ``needs_human`` somebody is in it, or is waited for.

        A server that is still being started after ``limit`` seconds counts as one without rooms where somebody is
        waited for: so is the server.
        """
        may_enter = self._settings.may_enter
        async with reporting(report, self._engine.progress):
            rooms = await self._rooms(room_name, limit if needs_human and self.wait else math.inf)
            if room_name and not (needs_human and self.wait) and may_enter(room_name):
                rooms = await self._returning.awaited(room_name, rooms, needs_human=needs_human)
        if needs_human and self.wait:
            return room_to_wait_in(
                room_name, rooms, may_enter, usual=self._settings.room, limit_on=self._settings.limit_on
            )
        try:
            return choose_room(room_name, rooms, may_enter, needs_human=needs_human, limit_on=self._settings.limit_on)
        except NobodyThere as error:
            raise await self._with_link(error, room_name or self._settings.room, rooms) from None

    async def _rooms(self, room_name: str, limit: float) -> Sequence[RoomInfo]:
        """A named room is looked up alone; the others matter only when it is not there."""
        try:
            with anyio.move_on_after(max(LEAST_SECONDS, limit)):
                return await self._engine.rooms(room_name) or await self._engine.rooms()
        except LiveKitError as error:
            if error.code != STARTING or limit == math.inf:
                raise
        if self._engine.starting():
            return []
        return await self._engine.rooms(room_name) or await self._engine.rooms()

    def target(self, participant: str, room: RoomInfo) -> Target:
        """Who is meant there, or may be still to come."""
        if participant and meant(room.participants, participant) is None:
            invited = self._way_in(room.room_name).invited(participant)
            if came := came_by(room.participants, invited):
                return Target(came.identity, room.room_name)
        return choose_target(participant, room, may_come=self.wait)

    def waits(self, room: RoomInfo, participant: str, *, named: bool, may_look: Callable[[str], bool]) -> Waits | None:
        """What becomes of an ask for which nobody is there, or not any more; None: it ends.

        ``named`` is whether the room was named; else whoever comes into another one is asked there. ``may_look`` tells
        into which others one may look, of those that the settings allow.
        """
        if not self.wait:
            return None
        look = partial(
            look_elsewhere,
            wanted=participant,
            goes=not named,
            rooms=self._engine.rooms,
            may_enter=lambda name: self._settings.may_enter(name) and may_look(name),
        )
        return Waits(participant, is_somebody_there(room), look)

    async def next_call(self, rooms: Sequence[RoomInfo]) -> str:
        """What to call next, for whoever has looked at the rooms, with the link where nobody is in any."""
        usual = self._settings.room
        nobody = not any(room.active or room.ringing for room in rooms)
        if nobody and self.wait and self._settings.may_enter(usual):
            return next_call(rooms, way_in=await self._way_in(usual).told())
        return next_call(rooms, way_in="")

    async def _with_link(self, error: NobodyThere, room_name: str, rooms: Sequence[RoomInfo]) -> NobodyThere:
        """The same with a link into a room that exists; others are not ours to make."""
        found = [room.room_name for room in rooms if is_named(room.room_name, room_name)]
        if len(found) != 1 or not self._settings.may_enter(found[0]):
            return error
        return await self._way_in(found[0]).told_by(error)
