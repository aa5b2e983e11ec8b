"""An ask for which nobody is there: it waits in its room until somebody is, or goes where somebody is."""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from typing import Any, NoReturn

from mcp_voice.asks.arrival import quiet_until, until_started, wait_for_somebody
from mcp_voice.asks.ask import Ask
from mcp_voice.asks.seat import Seat
from mcp_voice.link.room_server import RoomServer
from mcp_voice.participants import Participant, meant
from mcp_voice.tasks import owned_tasks

__all__ = ["Waits", "is_nobody_there", "wait_in_room"]

FRESH_SECONDS = 1.0
"""For how long it is believed who was found in a room: a question may wait for its turn much longer."""


@dataclass(frozen=True, slots=True)
class Waits:
    """That an ask stays open while nobody is there."""

    wanted: str
    """Identity or name of the only one who is asked, as it was given; empty: anybody."""
    somebody: bool
    """Whether they were there when it was opened."""
    look: Callable[[str, Callable[[Sequence[str]], None]], Coroutine[Any, Any, NoReturn]]
    """Tells of others in other rooms than this one, or raises Elsewhere."""


async def is_nobody_there(ask: Ask, engine: RoomServer, waits: Waits) -> bool:
    """Whether nobody is there who could answer: as it was found when the ask was opened, if that was just now."""
    if time.monotonic() < ask.opened_at + FRESH_SECONDS:
        return not waits.somebody
    await until_started(engine)
    rooms = await engine.rooms(ask.room_name)
    found = meant(rooms[0].participants, waits.wanted) if rooms else None
    if found is not None and waits.wanted:
        ask.target = replace(ask.target, participant=found.identity)
    return found is None


async def wait_in_room(ask: Ask, seat: Seat, engine: RoomServer, waits: Waits, *, ask_seconds: float) -> None:
    """Wait until whom it is for is there; raises Elsewhere."""
    way_in, wanted, there = seat.way_in, waits.wanted, False

    def show() -> None:
        ask.update("alone" if way_in.is_known and not there else "joining")
        ask.notify()

    def tell(found: Participant | None) -> None:
        nonlocal there
        there = found is not None
        ask.view.audience = seat.listener.presence.here
        show()

    def tell_others(rooms: Sequence[str]) -> None:
        ask.view.elsewhere = rooms

    async def show_changes() -> None:
        while True:
            await way_in.change.wait()
            show()

    await until_started(engine)
    async with owned_tasks() as tasks:
        tasks.start_soon(show_changes)
        tasks.start_soon(waits.look, ask.room_name, tell_others)
        found = await wait_for_somebody(seat, engine, wanted=wanted, longest=ask_seconds, greets=False, tell=tell)
        tasks.cancel_scope.cancel()
    ask.view.quiet_until = 0.0 if found.rings else quiet_until()
    if wanted:
        ask.target = replace(ask.target, participant=found.identity)
