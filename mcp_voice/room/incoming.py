"""The way into a room's stream of events: through the door at once, or a little later where that is the last state."""

from __future__ import annotations

import math
import time
from contextlib import suppress

import anyio
from anyio.streams.memory import MemoryObjectSendStream

from mcp_voice.link import Event
from mcp_voice.room.admission import Admission
from mcp_voice.tasks import Bell

__all__ = ["Incoming"]


class Incoming:
    """Lets events in; ``run`` is the task that lets in what had to wait."""

    def __init__(self, events: MemoryObjectSendStream[Event]) -> None:
        self._events = events
        self._admission = Admission()
        self._looked_at = Bell()

    def put(self, event: Event) -> None:
        """Let it in, keep it for later, or drop it."""
        admitted = self._admission.admit(event, time.monotonic())
        if admitted is not None:
            self._send(admitted)
        self._looked_at.ring()

    async def run(self) -> None:
        """Let in what was kept as soon as it may come, until cancelled."""
        while True:
            looked_at, due = self._looked_at.next, self._admission.due_at(time.monotonic())
            with anyio.move_on_at(math.inf if due is None else due):
                await looked_at.wait()
            for event in self._admission.due(time.monotonic()):
                self._send(event)

    def _send(self, event: Event) -> None:
        with suppress(anyio.ClosedResourceError, anyio.BrokenResourceError):
            self._events.send_nowait(event)
