"""Why no worker comes, in words: none is there, all are full, or LiveKit sends none."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable

from mcp_voice.errors import StoreError
from mcp_voice.store.users import Fleet, StoreUsers
from mcp_voice.texts.counting import counted

__all__ = ["FleetView", "fleet_in_words", "why_none"]

log = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
"""Between two looks, however many places wait."""


class FleetView:
    """The workers as this process saw them last."""

    def __init__(self, users: StoreUsers, clock: Callable[[], float]) -> None:
        self._users = users
        self._clock = clock
        self._seen: Fleet | None = None
        self._looked_at = -math.inf

    async def look(self) -> None:
        """See how many there are, unless that was seen just now."""
        now = self._clock()
        if now < self._looked_at + LOOK_SECONDS:
            return
        self._looked_at = now
        try:
            self._seen = await self._users.fleet()
        except StoreError as error:
            self._seen = None
            log.info("the store cannot be asked for workers (%s)", error.code)

    @property
    def why_none(self) -> str:
        """Why none is free."""
        return why_none(self._seen)


def fleet_in_words(fleet: Fleet) -> str:
    """How many workers there are."""
    if not fleet.workers:
        return "no worker is running"
    return f"{counted(fleet.workers, 'worker')}, {fleet.with_room or 'none'} with capacity"


def why_none(fleet: Fleet | None) -> str:
    """Why none is free, as a part of a sentence; None: nobody could say how many there are."""
    if fleet is None:
        return "no worker is free"
    if not fleet.workers:
        return "no worker is running (start `mcp-voice worker`)"
    if not fleet.with_room:
        which = "the only worker is" if fleet.workers == 1 else f"all {fleet.workers} workers are"
        return f"{which} full (start another one)"
    verb = "has" if fleet.with_room == 1 else "have"
    return (
        f"no worker has come, though {fleet.with_room} of {fleet.workers} {verb} capacity (check that servers and "
        "workers have the same LIVEKIT_URL)"
    )
