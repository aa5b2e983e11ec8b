"""What LiveKit's library (livekit 1.1.21) and the MCP SDK (mcp 2.3.0) log of what others do, in their words."""

from __future__ import annotations

import logging

from mcp_voice.redaction import fault_place
from mcp_voice.texts.foreign import shown_name

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
LEFT = ("failed to negotiate the publisher", "wrong state: closed")
"""What is in an error of the SDK's where a room is left while something is being published in it: nothing is wrong."""
QUOTES_EVENT = "error running user callback for %s: %s"
QUOTES_CALLER = {  # quirk: quoted-callers
    # A resource's address holds a room's name, and may be anything that a host sends; so may the others.
    "Resource %r failed: %r": "a resource could not be read",
    "Resource %r raised an unexpected exception": "a resource could not be read",
    "Tool %r failed: %r": "tool %r failed",
    "Tool %r rejected arguments: %r": "tool %r was called with arguments that it does not take",
    "Tool %r raised an unexpected exception": "tool %r failed",
    "Completion for argument %r raised an unexpected exception": "a completion failed",
}
"""Of the MCP SDK: what it says of a call that fails, and what of that is written."""


def of_interest(record: logging.LogRecord) -> bool:
    """Whether a record is worth a line; what others wrote, which it quotes whole, is left out."""
    arguments = record.args if isinstance(record.args, tuple) else ()
    if record.msg == QUOTES_EVENT:
        kind = arguments[0] if arguments else "an event"
        _reword(record, "LiveKit's library failed at %s: %s", kind, _place(record) or "unknown")
        return True
    if record.name.startswith("mcp.") and record.msg in QUOTES_CALLER:
        text = QUOTES_CALLER[record.msg]
        told = [shown_name(str(arguments[0]))] if "%r" in text and arguments else []
        place = _place(record)
        _reword(record, f"{text}: %s" if place else text, *told, *filter(None, [place]))
        return True
    message = record.getMessage()
    is_idle = str(record.msg).startswith(IDLE) or IDLE[0] in message
    return not is_idle and not all(part in message for part in LEFT)


def _reword(record: logging.LogRecord, message: str, *arguments: object) -> None:
    record.msg, record.args, record.exc_info, record.exc_text = message, arguments, None, None


def _place(record: logging.LogRecord) -> str:
    """What was raised first and where; empty: nothing was."""
    error = record.exc_info[1] if record.exc_info else None
    while error is not None and error.__cause__ is not None:
        error = error.__cause__
    return fault_place(error) if error is not None else ""
