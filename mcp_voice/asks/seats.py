"""The rooms we are in: one owner task each, entered on demand, left after a quiet while."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import NoReturn

import anyio
from anyio.abc import TaskGroup

from mcp_voice.asks.queue import Order
from mcp_voice.errors import LinkLost, LiveKitError, RemovedFromRoom, VoiceError, quoted_name
from mcp_voice.foreign import is_named
from mcp_voice.link import Engine, RoomLink
from mcp_voice.tasks import owned_tasks
from mcp_voice.turns.listener import Listening
from mcp_voice.turns.transcript import Transcript
from mcp_voice.turns.turn import Patience

__all__ = ["Links", "Seat"]

log = logging.getLogger(__name__)

SEATS_KEPT = 200
RECYCLE_SECONDS = 3600.0
"""A session keeps every event it ever emitted, so one that has served this long is replaced when nobody uses it."""


@dataclass(eq=False)
class Seat:
    """Our place in one room: what was said there outlives the connection."""

    room_name: str
    name: str
    """The visible name under which we are there."""
    listening: Listening
    transcript: Transcript
    turn_to_ask: Order = field(default_factory=Order)
    """An ask has it until it is over."""
    turn_to_speak: Order = field(default_factory=Order)
    """An ask has it until it has been spoken, and what is said until it has been said."""
    link: RoomLink | None = None
    _users: int = 0
    _occupied: bool = False
    _in_a_hurry: bool = False
    _joined_at: float = 0.0
    _error: VoiceError | None = None
    _ended: LinkLost | None = None
    """Why the last stay ended, unless we left."""
    _removal: tuple[float, RemovedFromRoom] | None = None
    """When we were last removed (``time.monotonic()``), and what is to be said of it."""
    _changed: anyio.Event = field(default_factory=anyio.Event)

    @property
    def in_use(self) -> bool:
        """Whether anybody needs the room now."""
        return self._users > 0 or self._occupied or self.turn_to_ask.locked() or self.turn_to_speak.locked()

    @asynccontextmanager
    async def enter(
        self, engine: Engine, tasks: TaskGroup, *, quiet_seconds: float, called_at: float
    ) -> AsyncIterator[RoomLink]:
        """Be in the room while the block lasts; the stay itself is owned by a task in ``tasks``."""
        self._check(called_at)
        self._users += 1
        hung_up = True
        try:
            link = await self._arrive(engine, tasks, quiet_seconds)
            hung_up = False
            yield link
        finally:
            self._users -= 1
            # Whoever hangs up while we join wants us out, not lingering.
            self._in_a_hurry = hung_up and self._users == 0
            self._notify()

    async def lost(self, link: RoomLink) -> NoReturn:
        """Wait until we are no longer in the room by this link; raises LinkLost then."""
        while self.link is link:
            await self._changed.wait()
        raise self._ended or LinkLost(f"The connection to room {quoted_name(self.room_name)} was lost. Try again.")

    def _check(self, called_at: float) -> None:
        """Raise RemovedFromRoom where that has happened since a call: only a new one goes back."""
        if self._removal is not None and self._removal[0] >= called_at:
            raise self._removal[1]

    async def _arrive(self, engine: Engine, tasks: TaskGroup, quiet_seconds: float) -> RoomLink:
        while self.link is None:
            if not self._occupied:
                self._occupied = True
                self._error = self._ended = None
                tasks.start_soon(self._stay, engine, quiet_seconds)
            await self._changed.wait()
            if self._error is not None:
                raise self._error
        return self.link

    async def _stay(self, engine: Engine, quiet_seconds: float) -> None:
        """The owner task of one stay."""
        try:
            async with engine.connect(self.room_name, name=self.name) as link:
                self.link = link
                self._joined_at = time.monotonic()
                self._notify()
                async with owned_tasks() as tasks:
                    tasks.start_soon(self._listen, link, tasks.cancel_scope)
                    await self._until_unused(quiet_seconds)
                    tasks.cancel_scope.cancel()
                # Nobody may find the link while it is being taken down.
                self.link = None
        except VoiceError as error:
            self._error = error
        except Exception as error:
            log.exception("a room failed")
            self._error = LiveKitError(
                f"Being in room {quoted_name(self.room_name)} failed ({type(error).__name__}). Try again; "
                "`mcp-voice doctor` finds out more."
            )
        finally:
            self.link = None
            self._occupied = False
            self._in_a_hurry = False
            self._notify()

    async def _listen(self, link: RoomLink, scope: anyio.CancelScope) -> None:
        try:
            await self.listening.run(link)
        except LinkLost as lost:
            self._ended = lost
            if isinstance(lost, RemovedFromRoom):
                self._removal = time.monotonic(), lost
            self.link = None
            self._notify()
            scope.cancel()

    async def _until_unused(self, quiet_seconds: float) -> None:
        while True:
            if self._users:
                await self._changed.wait()
                continue
            recycle = time.monotonic() - self._joined_at > RECYCLE_SECONDS
            with anyio.move_on_after(0.0 if self._in_a_hurry or recycle else quiet_seconds) as quiet:
                await self._changed.wait()
            if quiet.cancelled_caught and not self._users:
                return

    def _notify(self) -> None:
        self._changed.set()
        self._changed = anyio.Event()


class Links:
    """All seats of a process."""

    def __init__(
        self,
        engine: Engine,
        tasks: TaskGroup,
        *,
        patience: Patience,
        language: str,
        quiet_seconds: float,
        log_speech: bool = False,
    ) -> None:
        self._engine = engine
        self._tasks = tasks
        self._patience = patience
        self._language = language
        self._quiet_seconds = quiet_seconds
        self._log_speech = log_speech
        self._seats: dict[str, Seat] = {}

    def seat(self, room_name: str, *, name: str) -> Seat:
        """The seat in a room under a visible name, made if there is none."""
        if room_name not in self._seats:
            self._forget_surplus()
            transcript = Transcript(self._log_speech)
            listening = Listening(self._patience, self._language, transcript)
            self._seats[room_name] = Seat(room_name, name, listening, transcript)
        return self._seats[room_name]

    def known(self, room_name: str) -> Seat | None:
        """The seat in a room where we are or were, also by its name as a result shows it."""
        shown = (seat for name, seat in self._seats.items() if is_named(name, room_name))
        return self._seats.get(room_name) or next(shown, None)

    def entered(self) -> list[str]:
        """The rooms we are in now."""
        return [name for name, seat in self._seats.items() if seat.link is not None]

    @asynccontextmanager
    async def enter(self, seat: Seat, *, called_at: float) -> AsyncIterator[RoomLink]:
        """Be in the room while the block lasts; joins if need be.

        ``called_at`` is when that was asked for (``time.monotonic()``). Raises RemovedFromRoom if we were removed
        since, UnknownRoom if there is no such room, and LiveKitError if it cannot be joined.
        """
        entering = seat.enter(self._engine, self._tasks, quiet_seconds=self._quiet_seconds, called_at=called_at)
        async with entering as link:
            yield link

    def _forget_surplus(self) -> None:
        """The oldest rooms that nobody uses go when there are too many."""
        surplus = len(self._seats) - SEATS_KEPT + 1
        unused = [name for name, seat in self._seats.items() if not seat.in_use]
        for name in unused[: max(0, surplus)]:
            del self._seats[name]
