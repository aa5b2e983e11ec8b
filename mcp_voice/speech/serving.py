"""How a recogniser's process serves: what each frame from our side asks of it."""

from __future__ import annotations

import json
from typing import Any, BinaryIO, Protocol

from mcp_voice.speech.frames import AUDIO, CANCEL, DONE, FINISH, OPEN, read_frame, write_frame

__all__ = ["serve"]


class ServedRecogniser(Protocol):
    """Hears one utterance at a time, as it comes; what it tells goes to ``sink``."""

    sink: BinaryIO

    def open(self, order: dict[str, Any]) -> None:
        """Begin an utterance."""

    def audio(self, pcm: bytes) -> None:
        """Take audio."""

    def cancel(self) -> None:
        """Forget the utterance."""

    def finish(self, order: dict[str, Any]) -> None:
        """End the utterance and tell the result."""


def serve(recogniser: ServedRecogniser, source: BinaryIO) -> None:
    """Serve until the source ends; blocks."""
    while frame := read_frame(source):
        kind, payload = frame
        if kind == AUDIO:
            recogniser.audio(payload)
        elif kind == OPEN:
            recogniser.open(json.loads(payload))
        elif kind == FINISH:
            recogniser.finish(json.loads(payload))
        elif kind == CANCEL:
            recogniser.cancel()
            write_frame(recogniser.sink, DONE)
