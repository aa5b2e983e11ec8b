"""The pipe between us and a speech engine's process: one byte of kind, four of length, then the payload."""

from __future__ import annotations

import json
import struct
from typing import Any, BinaryIO

__all__ = [
    "AUDIO",
    "CANCEL",
    "DONE",
    "FAILED",
    "FINISH",
    "HEADER",
    "INTERIM",
    "OPEN",
    "as_json",
    "read_frame",
    "write_frame",
]

HEADER = struct.Struct("<cI")

OPEN = b"o"
"""To the engine: begin a piece of work; JSON."""
CANCEL = b"c"
"""To the engine: stop the piece of work under way."""
FINISH = b"f"
"""To the recogniser: all audio of the utterance has been sent."""
AUDIO = b"a"
"""Either way: int16 PCM mono, little-endian."""
INTERIM = b"i"
"""From the recogniser: the words so far; JSON."""
DONE = b"d"
"""From the engine: the piece of work has ended; JSON where it has a result, nothing where it was cancelled."""
FAILED = b"x"
"""From the engine: why it cannot work; UTF-8 text for a person."""


def read_frame(pipe: BinaryIO) -> tuple[bytes, bytes] | None:
    """The next frame's kind and payload, or None at the end; blocks."""
    head = pipe.read(HEADER.size)
    if len(head) < HEADER.size:
        return None
    kind, length = HEADER.unpack(head)
    payload = pipe.read(length)
    return (kind, payload) if len(payload) == length else None


def write_frame(pipe: BinaryIO, kind: bytes, payload: bytes = b"") -> None:
    """Send one frame at once; blocks while the reader is behind."""
    pipe.write(HEADER.pack(kind, len(payload)) + payload)
    pipe.flush()


def as_json(payload: dict[str, Any]) -> bytes:
    """A payload; half a surrogate pair, which no engine can encode, is a question mark in it."""
    return json.dumps(payload, ensure_ascii=False).encode(errors="replace")
