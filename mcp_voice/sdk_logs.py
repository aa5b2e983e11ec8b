"""What LiveKit's library (livekit 1.1.21) writes to the root logger about what strangers do, in their words."""

from __future__ import annotations

import logging

from mcp_voice.redaction import fault_place

__all__ = ["of_interest"]

IDLE = (  # quirk: talkative-logs
    # What the SDK says of itself whenever we leave a room: that it has dropped a handle already.
    "Attempted to drop unknown FFI handle",
    # A line for each stream that anybody opens with a topic of their own, which it quotes.
    "ignoring text stream with topic",
    "ignoring byte stream with topic",
    # Said of a companion that writes to people without sound, by switching its sound off.
    "TranscriptSynchronizer audio output was detached",
)
QUOTES_EVENT = "error running user callback for %s: %s"


def of_interest(record: logging.LogRecord) -> bool:
    """Whether a record is worth a line; an event that it quotes whole, with what was written in it, is left out."""
    if record.msg == QUOTES_EVENT:
        error = record.exc_info[1] if record.exc_info else None
        kind = record.args[0] if isinstance(record.args, tuple) and record.args else "an event"
        record.msg, record.exc_info, record.exc_text = "LiveKit's library failed at %s: %s", None, None
        record.args = (kind, fault_place(error) if error else "unknown")
        return True
    return not str(record.msg).startswith(IDLE) and IDLE[0] not in record.getMessage()
