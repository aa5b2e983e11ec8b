"""A worker's presence in the store, by which servers and doctor know whether there is one, and whether it has room."""

from __future__ import annotations

import logging
import uuid
from contextlib import suppress
from typing import Protocol

import anyio

from mcp_voice.errors import StoreError
from mcp_voice.store.seam import RENEW_SECONDS
from mcp_voice.store.users import StoreUsers

__all__ = ["keep_present"]

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.5
"""Between two looks whether something has changed, which is told at once."""
REST_SECONDS = 1.0
"""For taking it back at the end; it runs out by itself."""


class Registered(Protocol):
    """As ``HealthyServer``."""

    @property
    def trouble(self) -> str:
        """Why LiveKit sends it no room whatever its load; empty: it may."""

    @property
    def takes_rooms(self) -> bool:
        """Whether LiveKit's server would send a room here now."""


async def keep_present(users: StoreUsers, server: Registered) -> None:
    """Say that this worker is there, while LiveKit knows it, until cancelled."""
    name, told, told_at = f"worker-{uuid.uuid4().hex[:12]}", "", 0.0
    try:
        while True:
            now, state = anyio.current_time(), _state(server)
            if state != told or now - told_at >= RENEW_SECONDS:
                try:
                    await _tell(users, name, state)
                    told, told_at = state, now
                except StoreError as error:
                    log.info("this worker cannot report to the store that it runs (%s); it tries again", error.code)
            await anyio.sleep(LOOK_SECONDS)
    finally:
        with anyio.move_on_after(REST_SECONDS, shield=True), suppress(StoreError):
            await users.rest(name)


def _state(server: Registered) -> str:
    if server.trouble:
        return "away"
    return "with room" if server.takes_rooms else "full"


async def _tell(users: StoreUsers, name: str, state: str) -> None:
    if state == "away":
        await users.rest(name)
    else:
        await users.work(name, has_room=state == "with room")
