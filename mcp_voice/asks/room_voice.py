"""What this process says and hears in rooms, for whoever asked for it: rooms are entered once, and left when quiet."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

import anyio
from anyio.abc import TaskGroup

from mcp_voice.asks import arguments
from mcp_voice.asks.ask import Ask
from mcp_voice.asks.calls import VoiceCalls
from mcp_voice.asks.join_links import JoinPage, SharedPage
from mcp_voice.asks.lifetime import AskMeans, carry
from mcp_voice.asks.listen import HeardTurns, listen, listen_for_somebody
from mcp_voice.asks.recent_rooms import RecentRooms
from mcp_voice.asks.returning import ReturningRooms
from mcp_voice.asks.say import Before, say
from mcp_voice.asks.seat import Seat
from mcp_voice.asks.seats import Seats
from mcp_voice.asks.targets import is_somebody_there
from mcp_voice.asks.way_in import WayIn
from mcp_voice.callers.caller import Caller, script
from mcp_voice.capacity import Capacity
from mcp_voice.link import Engine
from mcp_voice.progress import Report, unreported
from mcp_voice.results import RoomInfo, Said
from mcp_voice.settings import Settings
from mcp_voice.tasks import owned_tasks

__all__ = ["RoomVoice", "room_voice"]


class RoomVoice(VoiceCalls):
    """The rooms of one subject that this process is in, and what is said and heard there."""

    def __init__(
        self,
        settings: Settings,
        engine: Engine,
        tasks: TaskGroup,
        caller: Caller,
        *,
        page: JoinPage | None = None,
        capacity: Capacity | None = None,
    ) -> None:
        super().__init__(settings, engine, caller, page=page)
        self._capacity = capacity or Capacity(most=settings.most_rooms)
        self._engine = engine
        self._tasks = tasks
        self.recent = RecentRooms()
        """As calls that are about to be carried out here have found them."""
        self.seats = Seats(engine, tasks, settings, page=self._page, capacity=self._capacity)
        self.returning = ReturningRooms(engine, self._knows)

    def apart(self, settings: Settings, *, inviter: str) -> RoomVoice:
        """Another one in this process, with rooms and transcripts of its own; neither knows of the other."""
        page = SharedPage(self._page, inviter)
        return RoomVoice(settings, self._engine, self._tasks, self.caller, page=page, capacity=self._capacity)

    def is_at_rest(self) -> bool:
        """Whether it is in no room, and about to enter none."""
        return not self.seats.in_use

    def end(self) -> None:
        """Have whatever is said or listened to return what there is: this process is about to end."""
        self.seats.ending.come()

    async def carry(
        self, ask: Ask, *, named: bool, ask_seconds: float, may_look: Callable[[str], bool], looking: anyio.Lock
    ) -> None:
        """Carry out an ask until it is over: see ``asks.lifetime.carry``."""
        find = partial(self._room, report=unreported, limit=0.0)
        means = AskMeans(self._engine, self._tasks, self._seat, find)
        enter = partial(self.seats.about_to_enter, name=self._visible_name())
        carried = partial(carry, ask, means, self._places, enter, named=named, ask_seconds=ask_seconds)
        await carried(may_look=may_look, looking=looking)

    async def say(
        self,
        message: str,
        room_name: str,
        wait_seconds: float | None,
        *,
        report: Report = unreported,
        before: Before | None = None,
    ) -> Said:
        """Say something; ``before`` is awaited before it begins to sound. Cancelling falls silent.

        ``wait_seconds`` is for how long it may wait for the floor. Raises VoiceError, and says who has it.
        """
        message = arguments.message(message)
        seconds = self._wait(wait_seconds)
        begun = time.monotonic()
        room = await self._room(room_name, report, limit=seconds)
        seat = self.seats.about_to_enter(room.room_name, name=self._visible_name())
        until = begun + max(1.0, seconds)
        comes = not is_somebody_there(room)
        return await say(message, seat, self._engine, until=until, somebody_comes=comes, report=report, before=before)

    async def hear(
        self, room_name: str, participant: str, wait_seconds: float | None, *, report: Report = unreported
    ) -> HeardTurns:
        """What was said and not returned yet, else the next turn; these turns count as returned by it."""
        seconds = self._wait(wait_seconds)
        room = await self._room(room_name, report, limit=seconds)
        target = self._places.target(participant, room)
        seat = self._seat(room.room_name)
        if not seat.transcript.unclaimed:
            self.seats.about_to_enter(room.room_name, name=self._visible_name())
        if is_somebody_there(room):
            return await listen(seat, target=target, wait_seconds=seconds, report=report)
        return await listen_for_somebody(seat, self._engine, target=target, wait_seconds=seconds, report=report)

    async def _room(self, room_name: str, report: Report, *, limit: float) -> RoomInfo:
        return self.recent.take(room_name) or await self._places.room(room_name, report, limit=limit)

    async def _knows(self, room_name: str) -> bool | None:
        return self.seats.knows(room_name)

    def _seat(self, room_name: str) -> Seat:
        return self.seats.seat(room_name, name=self._visible_name())

    def _way_in(self, room_name: str) -> WayIn:
        return self._seat(room_name).way_in


@asynccontextmanager
async def room_voice(
    settings: Settings, engine: Engine, *, page: JoinPage | None = None, capacity: Capacity | None = None
) -> AsyncIterator[RoomVoice]:
    """One around an engine; leaving the block ends all that goes on, and leaves every room.

    ``page`` is the one by which people are brought in; without it none is served. ``capacity`` is what this machine
    can handle; without it only ``MCP_VOICE_MOST_ROOMS`` is a limit.
    """
    async with owned_tasks() as tasks:
        yield RoomVoice(settings, engine, tasks, script(settings), page=page, capacity=capacity)
        tasks.cancel_scope.cancel()
