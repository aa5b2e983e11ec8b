"""The audit log: one line for each call of a tool, of who, where, what and how it ended, never of the content."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

__all__ = ["Audit"]

log = logging.getLogger("mcp_voice.audit")

AuditOutcome = Literal["ok", "read back", "declined", "refused", "rate-limited", "failed"]
"""Done; waiting for a human's yes; the human said no; unusable as it was called; too many; the service's fault."""


@dataclass(slots=True)
class Entry:
    """A line that is being written."""

    outcome: AuditOutcome = "failed"


class Audit:
    """The audit log of one room.

    Args:
        room_name: The room.
        identity: Who the linked human is now.
    """

    def __init__(self, room_name: str, identity: Callable[[], str]) -> None:
        self._room_name = room_name
        self._identity = identity

    @contextmanager
    def call(self, tool: str, key: str = "") -> Iterator[Entry]:
        """Write a line when the block ends, with the outcome that it leaves behind."""
        entry = Entry()
        began = time.monotonic()
        who = self._identity()
        try:
            yield entry
        finally:
            self._write(tool, entry.outcome, who=who, milliseconds=round(1000 * (time.monotonic() - began)), key=key)

    def note(self, tool: str, outcome: AuditOutcome, key: str = "") -> None:
        """Write a line about what no call of a tool brought about."""
        self._write(tool, outcome, who=self._identity(), milliseconds=0, key=key)

    def _write(self, tool: str, outcome: AuditOutcome, *, who: str, milliseconds: int, key: str) -> None:
        fields = {"who": who, "room": self._room_name, "tool": tool, "outcome": outcome, "ms": milliseconds, "key": key}
        # In the line for whoever reads it, and as fields for what sorts it.
        log.info("tool call: who=%r room=%r tool=%s outcome=%s ms=%d key=%s", *fields.values(), extra=fields)
