"""The rooms we are in, and those we were in: a seat each."""

from __future__ import annotations

import time

from anyio.abc import TaskGroup

from mcp_voice.asks.ending import Ending
from mcp_voice.asks.join_links import JoinPage
from mcp_voice.asks.seat import Seat
from mcp_voice.capacity import Capacity
from mcp_voice.link import Engine
from mcp_voice.settings import Settings
from mcp_voice.texts.foreign import is_named
from mcp_voice.turns.listener import Listener
from mcp_voice.turns.transcript import Transcript
from mcp_voice.turns.turn import Patience

__all__ = ["Seats"]

SEATS_KEPT = 200


class Seats:
    """All seats of a process."""

    def __init__(
        self,
        engine: Engine,
        tasks: TaskGroup,
        settings: Settings,
        *,
        page: JoinPage,
        capacity: Capacity,
    ) -> None:
        self._engine = engine
        self._capacity = capacity
        self._page = page
        self._tasks = tasks
        self._settings = settings
        self._patience = Patience().scaled(settings.patience)
        self._seats: dict[str, Seat] = {}
        self.ending = Ending()
        """The same for all of them."""

    def seat(self, room_name: str, *, name: str) -> Seat:
        """The seat in a room under a visible name, made if there is none."""
        if room_name not in self._seats:
            self._forget_surplus()
            listener = Listener(self._patience, self._settings.language, Transcript(self._settings.log_speech))
            seat = Seat(
                room_name,
                name,
                listener,
                engine=self._engine,
                capacity=self._capacity,
                tasks=self._tasks,
                quiet_seconds=self._settings.quiet_seconds,
                page=self._page,
            )
            seat.ending = self.ending
            self._seats[room_name] = seat
        # The one used last stands last.
        self._seats[room_name] = self._seats.pop(room_name)
        return self._seats[room_name]

    def about_to_enter(self, room_name: str, *, name: str) -> Seat:
        """The same of a room that is needed now; raises Busy where this machine can take no room more."""
        now = time.monotonic()
        if not self._is_counted(self._seats.get(room_name), now):
            self._capacity.refuse_if_busy(now)
        seat = self.seat(room_name, name=name)
        self._capacity.needs(seat, now)
        return seat

    def refuse_if_full(self, room_name: str) -> None:
        """Raise Busy where that is sure before the room is looked up."""
        now = time.monotonic()
        if not self._is_counted(self.known(room_name), now):
            self._capacity.refuse_if_full(now)

    def _is_counted(self, seat: Seat | None, now: float) -> bool:
        return seat is not None and (seat.in_use or self._capacity.counts(seat, now))

    def known(self, room_name: str) -> Seat | None:
        """The seat in a room where we are or were, also by its name as a result shows it."""
        shown = (seat for name, seat in self._seats.items() if is_named(name, room_name))
        return self._seats.get(room_name) or next(shown, None)

    def knows(self, room_name: str) -> bool | None:
        """Whether we have a seat there that is in use; False where we were removed, or saw the room close."""
        seat = self.known(room_name)
        if seat is None:
            return None
        return False if seat.was_removed else (seat.in_use or None)

    @property
    def in_use(self) -> bool:
        """Whether we are in a room, or are about to be."""
        return any(seat.in_use or seat.link is not None for seat in self._seats.values())

    @property
    def unreturned(self) -> bool:
        """Whether anything was said in any room that no result has returned."""
        return any(seat.transcript.unclaimed for seat in self._seats.values())

    def entered(self) -> list[str]:
        """The rooms we are in now."""
        return [name for name, seat in self._seats.items() if seat.link is not None]

    def _forget_surplus(self) -> None:
        """When there are too many, rooms that nobody uses go: those used longest ago, and what nobody has read last."""
        surplus = len(self._seats) - SEATS_KEPT + 1
        unused = [name for name, seat in self._seats.items() if not seat.in_use]
        unused.sort(key=lambda name: bool(self._seats[name].transcript.unclaimed))
        for name in unused[: max(0, surplus)]:
            del self._seats[name]
