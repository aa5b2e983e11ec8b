"""Logs and tracebacks without what must not reach them: see ``mcp_voice.redaction``."""

from __future__ import annotations

import logging
import os
import sys
import threading
import traceback
from types import TracebackType

from mcp_voice.redaction import redacted
from mcp_voice.texts.foreign import printable

__all__ = ["SPEECH_LOGGERS", "RedactingFormatter", "redact_tracebacks", "speaks"]

SPEECH_LOGGERS = ("livekit", "livekit.agents", "livekit.plugins", "openai", "anthropic", "httpx2", "httpcore2", "mcp")
"""At DEBUG these write down what was said, asked or transcribed."""


def speaks(logger: str) -> bool:
    """Whether a logger, or one that it is a child of, writes down what was said at DEBUG."""
    return any(logger == name or logger.startswith(f"{name}.") for name in SPEECH_LOGGERS)


class RedactingFormatter(logging.Formatter):
    """Leaves out of a record, at any level, what must not reach a log or would steer the terminal that shows it."""

    def format(self, record: logging.LogRecord) -> str:
        """One record, with what was raised."""
        return printable(redacted(super().format(record)))


def redact_tracebacks() -> None:
    """Have what nobody catches written to stderr without secrets, wherever it is raised; for a program's start."""

    def write(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
        sys.stderr.write(printable(redacted("".join(traceback.format_exception(kind, error, trace)))))

    def in_thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_type is not SystemExit:
            write(args.exc_type, args.exc_value, args.exc_traceback)

    def in_a_finaliser(args: sys.UnraisableHookArgs) -> None:
        write(args.exc_type, args.exc_value, args.exc_traceback)

    # LiveKit's command line is Typer's, which would print a traceback of its own form.
    os.environ.setdefault("TYPER_STANDARD_TRACEBACK", "1")
    sys.excepthook = write
    threading.excepthook = in_thread
    sys.unraisablehook = in_a_finaliser
