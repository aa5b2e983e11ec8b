"""The name by which everybody in the room sees the companion."""

from __future__ import annotations

import logging

import anyio
from livekit import rtc

__all__ = ["show_name"]

log = logging.getLogger(__name__)

LONGEST_SECONDS = 5.0


async def show_name(room: rtc.Room, name: str) -> None:
    """Show the companion by that name from now on, without a rejoin; whatever fails leaves the name that it has."""
    if not name:
        return
    with anyio.move_on_after(LONGEST_SECONDS) as limit:
        try:
            await room.local_participant.set_name(name)
        except Exception as error:  # noqa: BLE001  # a name is no reason to end a conversation
            log.warning("the companion's name cannot be shown (%s)", type(error).__name__)
    if limit.cancelled_caught:
        log.warning("the companion's name cannot be shown: the server did not answer in %g s", LONGEST_SECONDS)
