"""What becomes of an ask from its opening to its end, whoever keeps it.

One that is kept elsewhere is carried out here: whom it is for is looked up anew, and it may have been heard before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import anyio
from anyio.abc import TaskGroup

from mcp_voice.asks.ask import Ask
from mcp_voice.asks.deadlines import own
from mcp_voice.asks.nobody_there import Waits
from mcp_voice.asks.places import Places, anywhere
from mcp_voice.asks.run import converse
from mcp_voice.asks.seat import Seat
from mcp_voice.errors import EverybodyLeft, NobodyThere, UnknownParticipant, UnknownRoom, VoiceError
from mcp_voice.link import Engine
from mcp_voice.participants import Target

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

    async def put(
        self, ask: Ask, waits: Waits | None, *, move: Callable[[Ask, Target], None], ask_seconds: float
    ) -> None:
        """Ask, and hear the answer; what became of it is kept in the ask, and nothing is raised.

        ``move`` has it put to others than it was opened for.
        """
        was_heard = ask.delivery.has_begun

        def seat() -> Seat:
            found = self.seat(ask.room_name)
            ask.view.way_in = found.way_in
            return found

        def go(room_name: str) -> None:
            move(ask, replace(ask.target, room_name=room_name))

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
    may_look: Callable[[str], bool] = anywhere,
    looking: anyio.Lock | None = None,
) -> None:
    """Carry out an ask whose target is as the call gave it; cancelling ends it.

    ``about_to_enter`` raises VoiceError where no other room can be entered now.

    ``named`` and ``may_look`` are as in ``Places.waits``. Those that have one ``looking`` are asked in the order in
    which they came.
    """
    wanted, was_heard = ask.target.participant, ask.delivery.has_begun
    try:
        async with looking or anyio.Lock():
            # A server that is being started is told of in what there is of the ask.
            room = await places.room(ask.room_name, limit=0.0)
            if not was_heard:
                about_to_enter(room.room_name)
        ask.view.audience = partial(iter, room.participants)
        ask.target = places.target(wanted, room)
    except VoiceError as error:
        if was_heard and isinstance(error, GONE):
            ask.left()
        else:
            ask.failed(error)
        return
    waits = None if was_heard else places.waits(room, wanted, named=named, may_look=may_look)
    await asking.put(ask, waits, move=_move, ask_seconds=ask_seconds)


def _move(ask: Ask, target: Target) -> None:
    ask.target = target
