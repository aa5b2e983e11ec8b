"""The rooms we are in: one owner task each, entered on demand, left after a quiet while."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import anyio
from anyio.abc import TaskGroup

from mcp_voice.errors import LinkLost, LiveKitError, VoiceError
from mcp_voice.link import Engine, RoomLink
from mcp_voice.replies import Listening
from mcp_voice.transcript import Transcript
from mcp_voice.turns import Patience

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
    listening: Listening
    transcript: Transcript
    turn_to_speak: anyio.Lock = field(default_factory=anyio.Lock)
    """First come, first served: anyio's lock is fair."""
    link: RoomLink | None = None
    joined_at: float = 0.0
    _users: int = 0
    _occupied: bool = False
    _changed: anyio.Event = field(default_factory=anyio.Event)
    _error: VoiceError | None = None
    _in_a_hurry: bool = False

    @property
    def in_use(self) -> bool:
        """Whether anybody needs the room now."""
        return self._users > 0 or self._occupied or self.turn_to_speak.locked()

    def _notify(self) -> None:
        self._changed.set()
        self._changed = anyio.Event()


class Links:
    """All seats of a process."""

    def __init__(
        self, engine: Engine, tasks: TaskGroup, *, patience: Patience, language: str, quiet_seconds: float
    ) -> None:
        self._engine = engine
        self._tasks = tasks
        self._patience = patience
        self._language = language
        self._quiet_seconds = quiet_seconds
        self._seats: dict[str, Seat] = {}

    def seat(self, room_name: str, *, name: str) -> Seat:
        """The seat in a room under a visible name, made if there is none; the oldest unused ones go when there are too many."""
        if room_name not in self._seats:
            for name in [name for name, seat in self._seats.items() if not seat.in_use][: -SEATS_KEPT or None]:
                if len(self._seats) >= SEATS_KEPT:
                    del self._seats[name]
            transcript = Transcript()
            listening = Listening(self._patience, self._language, transcript)
            self._seats[room_name] = Seat(room_name, name, listening, transcript)
        return self._seats[room_name]

    def known(self, room_name: str) -> Seat | None:
        """The seat in a room where we are or were."""
        return self._seats.get(room_name)

    def entered(self) -> list[str]:
        """The rooms we are in now."""
        return [name for name, seat in self._seats.items() if seat.link is not None]

    @asynccontextmanager
    async def enter(self, seat: Seat) -> AsyncIterator[RoomLink]:
        """Be in the room while the block lasts; joins if need be. Raises LiveKitError when that fails."""
        seat._users += 1
        hung_up = True
        try:
            link = await self._arrive(seat)
            hung_up = False
            yield link
        finally:
            seat._users -= 1
            # Whoever hangs up while we join wants us out, not lingering.
            seat._in_a_hurry = hung_up and seat._users == 0
            seat._notify()

    async def _arrive(self, seat: Seat) -> RoomLink:
        while seat.link is None:
            if not seat._occupied:
                seat._occupied = True
                seat._error = None
                self._tasks.start_soon(self._occupy, seat)
            await seat._changed.wait()
            if seat._error is not None:
                raise seat._error
        return seat.link

    async def _occupy(self, seat: Seat) -> None:
        """The owner task of one stay in one room."""
        try:
            async with self._engine.connect(seat.room_name, name=seat.name) as link:
                seat.link = link
                seat.joined_at = time.monotonic()
                seat._notify()
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(self._listen, seat, link, tasks.cancel_scope)
                    await self._until_unused(seat)
                    tasks.cancel_scope.cancel()
                # Nobody may find the link while it is being taken down.
                seat.link = None
        except VoiceError as error:
            seat._error = error
        except Exception as error:
            log.exception("a room failed")
            seat._error = LiveKitError(
                f"Being in room {seat.room_name!r} failed ({type(error).__name__}). Try again; `mcp-voice doctor` "
                "finds out more."
            )
        finally:
            seat.link = None
            seat._occupied = False
            seat._in_a_hurry = False
            seat._notify()

    async def _listen(self, seat: Seat, link: RoomLink, scope: anyio.CancelScope) -> None:
        try:
            await seat.listening.run(link)
        except LinkLost:
            seat.link = None
            scope.cancel()

    async def _until_unused(self, seat: Seat) -> None:
        while True:
            if seat._users:
                await seat._changed.wait()
                continue
            recycle = time.monotonic() - seat.joined_at > RECYCLE_SECONDS
            quiet = 0.0 if seat._in_a_hurry or recycle else self._quiet_seconds
            with anyio.move_on_after(quiet) as waiting:
                await seat._changed.wait()
            if waiting.cancelled_caught and not seat._users:
                return
