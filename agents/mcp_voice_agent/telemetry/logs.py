"""Structured logs: every line of the worker and its rooms in one form, JSON in production, readable in development.

LiveKit's command line installs a handler, and the rooms' processes send their records to it. Ours is what it writes:
its formatter is replaced, whoever the record is from. What people say is left out.
"""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from livekit.agents import JobContext
from livekit.agents.cli.log import ColoredFormatter, JsonFormatter

from mcp_voice.errors import VoiceError
from mcp_voice.logs.redacting import speaks
from mcp_voice.logs.sdk_logs import of_interest
from mcp_voice.redaction import fault_place, redacted, without_secrets
from mcp_voice.tasks import leaves
from mcp_voice.texts.foreign import printable

if TYPE_CHECKING:
    from structlog.typing import EventDict, Processor

__all__ = ["fault_told", "form_logs", "name_lines"]

PRIVATE_PREFIX = "lk.pii."
"""LiveKit's mark of what was said, asked or transcribed, or what a tool was given."""


def name_lines(job: JobContext, *, participant: str) -> None:
    """Have room, job and participant (an identity) in every line of a job from now on, whichever task it is from."""
    named = {"room": job.room.name, "job": job.job.id, "participant": participant}
    job.log_context_fields = job.log_context_fields | named


def fault_told(error: BaseException) -> str:
    """What a log may tell of an error: our own words, else kinds and places, for others quote what somebody said."""
    return str(error) if isinstance(error, VoiceError) else ", ".join(fault_place(each) for each in leaves(error))


def form_logs(*, speech: bool) -> None:
    """Give the handlers that LiveKit's command line has installed our form; ``speech``: with what people say."""
    for handler in logging.getLogger().handlers:
        formatter = handler.formatter
        if isinstance(formatter, JsonFormatter | ColoredFormatter):
            handler.setFormatter(_formatter(readable=isinstance(formatter, ColoredFormatter), speech=speech))
            handler.addFilter(lambda record: _of_interest(record, speech=speech))


def _of_interest(record: logging.LogRecord, *, speech: bool) -> bool:
    return (speech or record.levelno >= logging.INFO or not speaks(record.name)) and of_interest(record)


def _formatter(*, readable: bool, speech: bool) -> logging.Formatter:
    # 90 modules, which the processes of the rooms do not need: they send their records to the worker's.
    import structlog  # noqa: PLC0415

    renderer: Processor = structlog.processors.JSONRenderer(ensure_ascii=False)
    if readable:
        renderer = structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty())
    before: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        _origin,
        lambda _, __, line: _redacted(line, speech=speech),
    ]
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=before, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer]
    )


def _origin(_: Any, __: str, line: EventDict) -> EventDict:
    """When it happened, in which job, and what was raised: of records from other processes there is only the text."""
    record: logging.LogRecord = line["_record"]
    line["timestamp"] = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
    if "job_id" in line:
        line.setdefault("job", line.pop("job_id"))
    for known in ("exc_info", "message"):  # Of a record from another process, the message is an attribute, too.
        line.pop(known, None)
    if record.exc_info and record.exc_info[0]:
        line["exception"] = "".join(traceback.format_exception(*record.exc_info)).rstrip()
    elif record.exc_text:
        line["exception"] = record.exc_text
    return line


def _redacted(line: EventDict, *, speech: bool) -> EventDict:
    if not speech:
        line = {key: value for key, value in line.items() if not key.startswith(PRIVATE_PREFIX)}
    clean = redacted if not speech else without_secrets
    return {key: _clean(value, clean) for key, value in line.items()}


def _clean(value: Any, clean: Callable[[str], str]) -> Any:
    """The same for what is written down as it is and for what stands in it; the record itself is not written."""
    if isinstance(value, dict):
        return {key: _clean(each, clean) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(each, clean) for each in value]
    return printable(clean(value)) if isinstance(value, str) else value
