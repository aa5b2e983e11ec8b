"""Event handlers that are taken off again, and whose faults stay their own."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from livekit import rtc

from mcp_voice.redaction import fault_place

__all__ = ["guarded", "handling"]

log = logging.getLogger(__name__)


def guarded(handler: Callable[..., None]) -> Callable[..., None]:
    """The handler, whose exceptions are logged without their text.

    The SDK would log the whole event with them, and with it what somebody wrote.
    """

    @wraps(handler)  # the SDK looks at the signature to find out how much the handler wants to be told
    def call(*arguments: object) -> None:
        try:
            handler(*arguments)
        except Exception as error:  # noqa: BLE001  # an event is made of what strangers sent
            log.error("an event of a room was dropped: %s", fault_place(error))  # noqa: TRY400  # a traceback quotes it

    return call


@contextmanager
def handling(emitter: rtc.EventEmitter[Any], **handlers: Callable[..., None]) -> Iterator[None]:
    """Call each handler at the event of its name (a room's, a session's) while the block lasts."""
    attached = {event: guarded(handler) for event, handler in handlers.items()}
    for event, handler in attached.items():
        emitter.on(event, handler)
    try:
        yield
    finally:
        for event, handler in attached.items():
            emitter.off(event, handler)
