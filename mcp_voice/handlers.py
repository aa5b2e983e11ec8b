"""Event handlers that are taken off again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from livekit import rtc

__all__ = ["handling"]


@contextmanager
def handling(emitter: rtc.EventEmitter[Any], **handlers: Callable[..., None]) -> Iterator[None]:
    """Call each handler at the event of its name (a room's, a session's) while the block lasts."""
    for event, handler in handlers.items():
        emitter.on(event, handler)
    try:
        yield
    finally:
        for event, handler in handlers.items():
            emitter.off(event, handler)
