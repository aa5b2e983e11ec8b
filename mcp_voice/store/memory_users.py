"""Who uses the store of one process: nobody with another key, and whatever workers say that they are there."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mcp_voice.store.users import Fleet, OtherUse

__all__ = ["MemoryUsers"]


class MemoryUsers:
    """Satisfies ``StoreUsers``."""

    def __init__(self, *, lease_seconds: float, clock: Callable[[], float]) -> None:
        self._lease_seconds = lease_seconds
        self._clock = clock
        self._working: dict[str, tuple[bool, float]] = {}
        """By worker, whether it has room, and until when it is there."""

    async def sign(self) -> None:
        """See ``StoreUsers``; there is one process, and no key."""

    async def others(self) -> Sequence[OtherUse]:
        """See ``StoreUsers``."""
        return ()

    async def work(self, worker: str, *, has_room: bool) -> None:
        """See ``StoreUsers``."""
        self._working[worker] = has_room, self._clock() + self._lease_seconds

    async def rest(self, worker: str) -> None:
        """See ``StoreUsers``."""
        self._working.pop(worker, None)

    async def fleet(self) -> Fleet:
        """See ``StoreUsers``."""
        now = self._clock()
        self._working = {name: each for name, each in self._working.items() if each[1] > now}
        return Fleet(len(self._working), sum(has_room for has_room, _ in self._working.values()))
