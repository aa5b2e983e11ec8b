"""Waiting in a room until a human who is meant is there; a room that does not exist is made.

We wait there ourselves, so that whoever comes finds who asks, and hears the question without waiting for us to join.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable

import anyio

from mcp_voice.asks.reentry import ROOM_SECONDS, Reentry
from mcp_voice.asks.seat import Seat
from mcp_voice.errors import LiveKitError, RoomClosed, UnknownRoom
from mcp_voice.link import RoomLink
from mcp_voice.link.room_server import RoomServer
from mcp_voice.participants import Participant, came_by, meant
from mcp_voice.tasks import owned_tasks

__all__ = ["STARTING", "quiet_until", "until_started", "wait_for_somebody"]

log = logging.getLogger(__name__)

QUIET_SECONDS = 1.0
"""Whoever has just come in is not spoken at in that very instant: their page has to become still, and so have they."""
STARTING = "server-starting"
ROOM_KEPT_SECONDS = 60.0
"""How much longer than the wait a room that we make may stay empty."""

Newcomer = Callable[[Participant | None], None]
"""Told who is there, or that nobody is, at first and at every change."""


async def until_started(engine: RoomServer) -> None:
    """Wait until LiveKit's server is there, however long it is built; raises VoiceError if it will not be.

    Only then is there a way in for anybody.
    """
    while True:
        try:
            await engine.address()
        except LiveKitError as error:
            if error.code != STARTING:
                raise
            await anyio.sleep(ROOM_SECONDS)
        else:
            return


def quiet_until() -> float:
    """Until when whoever has just come in is not spoken at (``time.monotonic()``)."""
    return time.monotonic() + QUIET_SECONDS


async def wait_for_somebody(
    seat: Seat,
    engine: RoomServer,
    *,
    wanted: str = "",
    longest: float,
    greets: bool,
    opens: bool = True,
    tell: Newcomer,
) -> Participant:
    """Wait, ``longest`` seconds as far as is known, until somebody is there, or who is ``wanted`` (identity or name).

    There is a way in for them meanwhile; with ``opens`` the join page opens in their browser. With ``greets`` they have
    been there for a second. A phone that rings counts: what follows waits for its pick-up, and for the end of what is
    being said. Raises RemovedFromRoom, and LiveKitError where the room cannot be joined.
    """

    def note(found: Participant | None) -> None:
        waiter.saw(somebody=found is not None)
        tell(found)

    async with seat.way_in.awaited(name=wanted, opens=opens) as waiter:
        return await _enter_and_find(seat, engine, wanted, longest=longest, greets=greets, tell=note)


async def _enter_and_find(
    seat: Seat, engine: RoomServer, wanted: str, *, longest: float, greets: bool, tell: Newcomer
) -> Participant:
    reentry = Reentry()
    while True:
        called_at = time.monotonic()
        try:
            await engine.make_room(seat.room_name, empty_seconds=longest + ROOM_KEPT_SECONDS)
            async with seat.enter(called_at=called_at) as link, owned_tasks() as tasks:
                tasks.start_soon(seat.lost, link)
                found = await _found(seat, link, wanted, greets=greets, tell=tell)
                tasks.cancel_scope.cancel()
                return found
        except RoomClosed:
            # LiveKit closes a room in which nobody is but agents: made before us, or left by whoever came.
            log.info("a room was closed while nobody was there; making it again")
            await anyio.sleep(ROOM_SECONDS)
        except (LiveKitError, UnknownRoom) as error:
            await reentry.pause(error)


async def _found(seat: Seat, link: RoomLink, wanted: str, *, greets: bool, tell: Newcomer) -> Participant:
    listener = seat.listener
    await listener.begun(link)
    here: Participant | None = None
    since = -math.inf
    while True:
        change = listener.change
        found = meant(link.participants(), wanted) or came_by(link.participants(), seat.way_in.invited(wanted))
        if since == -math.inf or _other(found, here):
            since = time.monotonic()
            tell(found)
        here = found
        if found is not None and (not greets or found.rings or time.monotonic() >= since + QUIET_SECONDS):
            return found
        with anyio.move_on_at(math.inf if found is None else since + QUIET_SECONDS):
            await change.wait()


def _other(one: Participant | None, other: Participant | None) -> bool:
    """Whether these are two, or one of them is nobody."""
    return (one and one.identity) != (other and other.identity)
