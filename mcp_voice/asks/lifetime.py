"""What becomes of an ask, from its beginning, or from where another process left it, to its end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial

import anyio
from anyio.abc import TaskGroup

from mcp_voice.asks.ask import Ask
from mcp_voice.asks.deadlines import own
from mcp_voice.asks.nobody_there import Waits
from mcp_voice.asks.places import Places
from mcp_voice.asks.run import converse
from mcp_voice.asks.seat import Seat
from mcp_voice.errors import EverybodyLeft, NobodyThere, UnknownParticipant, UnknownRoom, VoiceError
from mcp_voice.link import Engine
from mcp_voice.results import RoomInfo

__all__ = ["AskMeans", "carry"]

GONE = (NobodyThere, UnknownParticipant, UnknownRoom)
"""What it is that whoever has heard the question is there no more."""


@dataclass(frozen=True, slots=True)
class AskMeans:
    """What it takes to ask."""

    engine: Engine
    tasks: TaskGroup
    """In which the work is done."""
    seat: Callable[[str], Seat]
    """Gives that of a room."""
    find: Callable[[str], Awaitable[RoomInfo]]
    """Looks a room up; a server that is being started, as one without rooms, is told of in what there is of the ask."""

    async def put(self, ask: Ask, waits: Waits | None, *, ask_seconds: float) -> None:
        """Ask, and hear the answer; what became of it is kept in the ask, and nothing is raised."""
        was_heard = ask.delivery.has_begun

        def seat() -> Seat:
            found = self.seat(ask.room_name)
            ask.view.way_in = found.way_in
            return found

        def go(room_name: str) -> None:
            ask.target = replace(ask.target, room_name=room_name)

        async def work(seat: Seat) -> None:
            try:
                await converse(ask, seat, self.engine, ask_seconds=ask_seconds, waits=waits)
            except GONE:
                if was_heard:
                    raise EverybodyLeft from None
                raise

        await own(ask, self.tasks, work, seat=seat, move=go, ask_seconds=ask_seconds)


async def carry(
    ask: Ask,
    asking: AskMeans,
    places: Places,
    about_to_enter: Callable[[str], object],
    *,
    named: bool,
    ask_seconds: float,
    may_look: Callable[[str], bool],
    looking: anyio.Lock,
) -> None:
    """Carry out an ask whose target is as the call gave it; cancelling ends it.

    ``about_to_enter`` raises VoiceError where no other room can be entered now.

    ``named`` and ``may_look`` are as in ``Places.waits``. Those that have one ``looking`` are asked in the order in
    which they came.
    """
    ask.view.server_awaited = asking.engine.starting
    wanted, was_heard = ask.target.participant, ask.delivery.has_begun
    try:
        async with looking:
            room = await asking.find(ask.room_name)
            if not was_heard:
                about_to_enter(room.room_name)
        ask.view.audience, ask.view.is_known = partial(iter, room.participants), True
        ask.target = places.target(wanted, room)
        ask.notify()
    except VoiceError as error:
        if was_heard and isinstance(error, GONE):
            ask.left()
        else:
            ask.failed(error)
        return
    waits = None if was_heard else places.waits(room, wanted, named=named, may_look=may_look)
    await asking.put(ask, waits, ask_seconds=ask_seconds)
