"""What a speaking process is told to do, read beside its work, so that it sees at once what is no longer wanted."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import BinaryIO

from mcp_voice.speech.frames import CANCEL, OPEN, read_frame

__all__ = ["Orders"]


class Orders:
    """The texts that come by a pipe, one after the other."""

    def __init__(self, source: BinaryIO, *, on_stop: Callable[[], None] = lambda: None) -> None:
        """``on_stop`` is called, in the thread that reads, when the text under way is no longer wanted."""
        self._source = source
        self._on_stop = on_stop
        self._texts: SimpleQueue[str | None] = SimpleQueue()
        self._stop = threading.Event()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        while frame := read_frame(self._source):
            kind, payload = frame
            if kind == OPEN:
                self._stop.clear()
                self._texts.put(json.loads(payload)["text"])
            elif kind == CANCEL:
                self._end_text()
        self._end_text()
        self._texts.put(None)

    def _end_text(self) -> None:
        self._stop.set()
        self._on_stop()

    def next(self) -> str | None:
        """The next text, or None at the end."""
        return self._texts.get()

    @property
    def stopped(self) -> bool:
        """Whether the text under way is no longer wanted."""
        return self._stop.is_set()
