"""Who was removed from which room, as far as we heard it: nobody of them is to be let in again by us."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

__all__ = ["Removals"]

MOST_REMEMBERED = 1_000


@dataclass(slots=True, eq=False)
class Removals:
    """Removals by LiveKit's API, of somebody or of all with their room, while we were there."""

    clock: Callable[[], float] = time.monotonic
    _removed: dict[tuple[str, str], float] = field(default_factory=dict)
    """When, by room and identity; an empty identity is everybody's."""

    def note(self, room_name: str, identity: str = "") -> None:
        """Somebody was removed, or without an identity the room with everybody."""
        self._removed.pop((room_name, identity), None)
        self._removed[room_name, identity] = self.clock()
        while len(self._removed) > MOST_REMEMBERED:
            del self._removed[next(iter(self._removed))]

    def since(self, room_name: str, identity: str, instant: float) -> bool:
        """Whether they were removed after that instant (``time.monotonic()`` seconds)."""
        found = (self._removed.get((room_name, each)) for each in (identity, ""))
        return any(at is not None and at >= instant for at in found)
