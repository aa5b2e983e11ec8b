"""Reading a room's events one after the other, whatever they are made of."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

import anyio

from mcp_voice.bounds.limits import LAST_WORDS_SECONDS
from mcp_voice.errors import LinkLost, RemovedFromRoom
from mcp_voice.link import Event, RoomLink
from mcp_voice.redaction import fault_place

__all__ = ["read"]

log = logging.getLogger(__name__)

BROKEN = "Listening in the room was interrupted by a fault inside mcp-voice."


async def read(
    link: RoomLink,
    *,
    begin: Callable[[RoomLink], None],
    take: Callable[[Event], None],
    due_at: Callable[[], float],
    tick: Callable[[float], None],
    being_read: Callable[[float], bool],
) -> NoReturn:
    """Call ``begin``, then hand every event to ``take``, and call ``tick`` after them and at ``due_at``.

    Instants are ``time.monotonic()`` seconds.

    An event that ``take`` cannot deal with is logged without its content and dropped. Raises LinkLost when ``take``
    does, and when anything else ends the reading: the room can be entered again. Where it cannot (RemovedFromRoom),
    ``being_read`` says whether what was heard until then is still being read; it is waited for, for some seconds.
    """
    try:
        begin(link)
        while True:
            with anyio.move_on_at(due_at()):
                _hand_over(await link.events.receive(), take)
            # What has been heard already counts before a silence that seems to be over.
            for _ in range(link.events.statistics().current_buffer_used):
                _hand_over(link.events.receive_nowait(), take)
            tick(time.monotonic())
    except RemovedFromRoom:
        with anyio.move_on_after(LAST_WORDS_SECONDS), suppress(anyio.EndOfStream, anyio.ClosedResourceError):
            while being_read(time.monotonic()):
                _hand_over(await link.events.receive(), take)
        raise
    except LinkLost:
        raise
    except Exception as error:  # noqa: BLE001  # whatever it was, those who wait must be told
        # No traceback: the text of an exception quotes what it could not deal with.
        log.error("listening in a room failed: %s", fault_place(error))  # noqa: TRY400
        raise LinkLost(BROKEN, fix="Try again; the log says where.", code="internal") from None


def _hand_over(event: Event, take: Callable[[Event], None]) -> None:
    try:
        take(event)
    except LinkLost:
        raise
    except Exception as error:  # noqa: BLE001  # an event is made of what strangers sent
        log.error("an event of kind %s was dropped: %s", type(event).__name__, fault_place(error))  # noqa: TRY400
