"""Which rooms wait for a companion, and which of them get another; pure, and told the time.

All instants are those of our own monotonic clock: how old something is counts from when we first saw it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["AGAIN_SECONDS", "Seen", "WatchedRooms"]

WAITING_SECONDS = 5.0
"""Who waits longer is counted. LiveKit's server gives a dispatch up sooner, if no worker takes it."""
COMING_SECONDS = 60.0
"""How long a companion may take to come before another is sent: a machine that is too busy is not helped by two."""
AGAIN_SECONDS = 20.0
"""One that dies whenever it comes is not sent more often."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What one look at a room tells."""

    dispatch: str = ""
    """The id of the newest dispatch of ours; empty: the room does not ask for us."""
    taken: bool = False
    """Whether a worker took that dispatch."""
    restarts: bool = True
    """Whether the dispatch allows another companion for one that was lost."""
    companion: bool = False
    human: bool = False


@dataclass(slots=True)
class _Room:
    seen: Seen
    since: float
    """When we first saw that dispatch."""
    again: bool = False
    """Whether it took the place of another one."""
    attended: bool = False
    """Whether its companion has been there: who is not there any more is not on the way."""
    alone_since: float | None = None
    looks_alone: int = 0


class WatchedRooms:
    """What we have seen of all rooms, by their LiveKit ids (``sid``)."""

    def __init__(self) -> None:
        self._rooms: dict[str, _Room] = {}

    def keep(self, sids: Iterable[str]) -> None:
        """Forget all other rooms."""
        kept = set(sids)
        self._rooms = {sid: room for sid, room in self._rooms.items() if sid in kept}

    def note(self, sid: str, seen: Seen, now: float) -> None:
        """Take in a look at a room."""
        room = self._rooms.get(sid)
        if room is None or room.seen.dispatch != seen.dispatch:
            before = room
            room = _Room(seen, now, again=before is not None and bool(before.seen.dispatch))
            room.alone_since = None if before is None else before.alone_since
            self._rooms[sid] = room
        room.seen = seen
        room.attended = room.attended or seen.companion
        if seen.dispatch and seen.human and not seen.companion:
            room.looks_alone += 1
            room.alone_since = now if room.alone_since is None else room.alone_since
        else:
            room.looks_alone, room.alone_since = 0, None

    def attended(self, sid: str) -> bool:
        """Whether a companion was there at the last look."""
        return sid in self._rooms and self._rooms[sid].seen.companion

    def asks_for_us(self, sid: str) -> bool:
        """Whether the room had a dispatch of ours at the last look, or has not been looked at."""
        return sid not in self._rooms or bool(self._rooms[sid].seen.dispatch)

    def waiting(self, now: float) -> int:
        """In how many rooms a human has been without a companion for longer than 5 s."""
        return sum(
            room.alone_since is not None and now - room.alone_since >= WAITING_SECONDS for room in self._rooms.values()
        )

    def due(self, now: float) -> dict[str, str]:
        """The dispatches, by room, that another is to take the place of."""
        return {sid: room.seen.dispatch for sid, room in self._rooms.items() if _is_due(room, now)}


def _is_due(room: _Room, now: float) -> bool:
    if room.looks_alone < 2:  # noqa: PLR2004 - once may be between two of the server's answers
        return False
    age = now - room.since
    if not room.seen.taken:
        return age >= WAITING_SECONDS
    patience = COMING_SECONDS if not room.attended else AGAIN_SECONDS if room.again else 0.0
    return room.seen.restarts and age >= patience
