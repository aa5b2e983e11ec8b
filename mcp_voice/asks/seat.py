"""Our place in one room: an owner task that enters it on demand, and leaves it after a quiet while."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import NoReturn

import anyio
from anyio.abc import TaskGroup

from mcp_voice.asks.ending import Ending
from mcp_voice.asks.join_links import JoinPage
from mcp_voice.asks.queue import Order
from mcp_voice.asks.way_in import WayIn
from mcp_voice.capacity import Capacity
from mcp_voice.errors import (
    SHOWS_MORE,
    LinkLost,
    LiveKitError,
    RemovedFromRoom,
    RoomClosed,
    VoiceError,
    quoted_name,
)
from mcp_voice.link import Engine, RoomLink
from mcp_voice.tasks import Bell, Resident, owned_tasks
from mcp_voice.turns.listener import Listener

__all__ = ["Seat"]

log = logging.getLogger(__name__)

RECYCLE_SECONDS = 3600.0
"""A session keeps every event it ever emitted, so one that has served this long is replaced when nobody uses it."""


class Seat:
    """Our place in one room: what was said there outlives the connection."""

    def __init__(
        self,
        room_name: str,
        name: str,
        listener: Listener,
        *,
        engine: Engine,
        capacity: Capacity,
        tasks: TaskGroup,
        quiet_seconds: float,
        page: JoinPage,
    ) -> None:
        """``name`` is the visible one under which we are there; ``tasks`` owns every stay."""
        self.room_name = room_name
        self.name = name
        self.listener = listener
        self.transcript = listener.transcript
        self.way_in = WayIn(room_name, page, asker=name)
        """For whoever is to come where nobody is."""
        self.turn_to_ask = Order()
        """An ask has it until it is over."""
        self.turn_to_speak = Order()
        """An ask has it until it has been spoken, and what is said until it has been said."""
        self.ending = Ending()
        """What cuts calls short that listen or speak there."""
        self.was_entered = False
        """Whether we have been in the room."""
        self._engine = engine
        self._capacity = capacity
        self._quiet_seconds = quiet_seconds
        self._stay = Resident(tasks, self._be_there)
        self._users = 0
        self._used = Bell()
        self._in_a_hurry = False
        self._ended: LinkLost | None = None
        """Why the last stay ended, unless we left."""
        self._removal: tuple[float, RemovedFromRoom] | None = None
        """When we were last removed (``time.monotonic()``), and what is to be said of it."""

    @property
    def link(self) -> RoomLink | None:
        """By which we are in the room now; nobody finds one that is being taken down."""
        return self._stay.value

    @property
    def in_use(self) -> bool:
        """Whether anybody needs the room now."""
        return self.is_asked or self._stay.occupied

    @property
    def is_asked(self) -> bool:
        """Whether somebody asks, speaks or listens there now."""
        return self._users > 0 or self.turn_to_ask.locked() or self.turn_to_speak.locked()

    @property
    def was_removed(self) -> bool:
        """Whether somebody has ended our last stay, or the room."""
        return self._removal is not None and self.link is None

    def make_way(self) -> bool:
        """Leave the room for another one, if nobody needs it and nobody is saying anything; whether that is so."""
        if self.is_asked or self.listener.turns.all():
            return False
        self._stay.leave()
        return True

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Stay in the room, once it has been entered, while the block lasts."""
        self._users += 1
        try:
            yield
        finally:
            self._users -= 1
            self._used.ring()

    @asynccontextmanager
    async def enter(self, *, called_at: float) -> AsyncIterator[RoomLink]:
        """Be in the room while the block lasts.

        ``called_at`` is when that was asked for (``time.monotonic()``). Raises RemovedFromRoom if we were removed
        since, UnknownRoom if there is no such room, and LiveKitError if it cannot be joined.
        """
        self._check(called_at)
        self._users += 1
        hung_up = True
        try:
            link = await self._stay.get()
            self.was_entered, hung_up = True, False
            yield link
        finally:
            self._users -= 1
            # Whoever hangs up while we join wants us out, not lingering.
            self._in_a_hurry = hung_up and self._users == 0
            self._used.ring()

    async def lost(self, link: RoomLink) -> NoReturn:
        """Wait until we are no longer in the room by this link; raises LinkLost then."""
        await self._stay.gone(link)
        lost = LinkLost(f"The connection to room {quoted_name(self.room_name)} was lost.", fix="Try again.")
        raise (self._ended or lost).afresh()

    def _check(self, called_at: float) -> None:
        """Raise RemovedFromRoom where that has happened since a call: only a new one goes back."""
        if self._removal is not None and self._removal[0] >= called_at:
            raise self._removal[1].afresh()

    def _forget_closing(self) -> None:
        """The room is there again: nobody had decided that those who called before it was closed stay out."""
        if self._removal is not None and isinstance(self._removal[1], RoomClosed):
            self._removal = None

    @asynccontextmanager
    async def _be_there(self) -> AsyncIterator[RoomLink]:
        """One stay, which ends when it is lost, or not needed any more."""
        self._ended = None
        self._capacity.needs(self, time.monotonic())
        try:
            async with self._engine.connect(self.room_name, name=self.name) as link, owned_tasks() as tasks:
                self._forget_closing()
                tasks.start_soon(self._listen, link)
                tasks.start_soon(self._leave_when_unused, time.monotonic())
                yield link
                tasks.cancel_scope.cancel()
        except VoiceError:
            raise
        except Exception as error:
            log.exception("a room failed")
            raise LiveKitError(
                f"The connection to room {quoted_name(self.room_name)} failed ({type(error).__name__}).",
                fix=f"Try again; {SHOWS_MORE}.",
            ) from error
        finally:
            self._in_a_hurry = False

    async def _listen(self, link: RoomLink) -> None:
        try:
            await self.listener.run(link)
        except LinkLost as lost:
            ended = lost.afresh()
            self._ended = ended
            if isinstance(ended, RemovedFromRoom):
                self._removal = time.monotonic(), ended
            self._stay.leave()

    async def _leave_when_unused(self, joined_at: float) -> None:
        while True:
            if self._users:
                await self._used.wait()
                continue
            recycle = time.monotonic() - joined_at > RECYCLE_SECONDS
            with anyio.move_on_after(0.0 if self._in_a_hurry or recycle else self._quiet_seconds) as quiet:
                await self._used.wait()
            if quiet.cancelled_caught and not self._users:
                self._stay.leave()
                return
