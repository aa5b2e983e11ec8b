"""``mcp-voice doctor``: check every part, and say what is wrong and what to do about it.

Nothing of LiveKit's packages is imported before the check that says whether they can be.
"""

from __future__ import annotations

import logging
import sys
from contextlib import nullcontext

from rich.console import Console

from mcp_voice.doctor.audit import audit, secrets
from mcp_voice.doctor.examination import examine
from mcp_voice.doctor.program import Program
from mcp_voice.doctor.report import DoctorReport, as_json
from mcp_voice.doctor.server import MCP_VOICE
from mcp_voice.doctor.steps import CheckOutcome
from mcp_voice.doctor.visit import Given
from mcp_voice.logs.redacting import RedactingFormatter
from mcp_voice.logs.setup import without_short_key_warnings
from mcp_voice.process.signals import run_interruptible
from mcp_voice.redaction import without_values
from mcp_voice.settings import env_file, from_folder, harmless_fields, names

__all__ = ["diagnose"]

UNWRAPPED = 100_000
"""Columns where there is no terminal: rich would take 80."""


def diagnose(program: Program = MCP_VOICE, *, json: bool) -> bool:
    """Print the report on stdout, news of slow checks on stderr; gives whether nothing failed."""
    out, err = _stdout(), Console(stderr=True, highlight=False)
    # Warnings of LiveKit's own parts would run through the table; MCP_VOICE_LOG_LEVEL lets them.
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(RedactingFormatter("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.CRITICAL, handlers=[handler])
    without_short_key_warnings()
    given = _given(program)
    settings = audit(given, program.settings, used_by=program.used_by)
    redacted = without_values(secrets(given, program.settings))
    report = DoctorReport(out, settings, program=program, redacted=redacted)

    on_screen = out.is_terminal and not json

    def begin(text: str) -> None:
        if on_screen:
            report.now(text)
        elif err.is_terminal:
            err.file.write(f"\r\x1b[2K… {redacted(text)}")
            err.file.flush()

    def tell(news: str) -> None:
        if on_screen:
            report.now(news)
        else:
            _clear(err)
            err.print(f"… {redacted(news)}", markup=False, style="dim", soft_wrap=True)

    outcomes: list[CheckOutcome] = []

    def show(outcome: CheckOutcome) -> None:
        outcomes.append(outcome)
        report.add(outcome)

    async def run() -> None:
        await examine(program, given, show=show, begin=begin, tell=tell)

    with report.shown() if on_screen else nullcontext():
        run_interruptible(run)
    _clear(err)
    if json:
        out.file.write(f"{as_json(settings, outcomes, program=program, redacted=redacted)}\n")
    else:
        report.end(outcomes)
    return not any(outcome.state == "failed" for outcome in outcomes)


def _stdout() -> Console:
    """As wide as the terminal; where there is none, each finding is one line, so that it can be searched for."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=UNWRAPPED)


def _clear(err: Console) -> None:
    if err.is_terminal:
        err.file.write("\r\x1b[2K")
        err.file.flush()


def _given(program: Program = MCP_VOICE) -> Given:
    """What ``settings.load`` reads, before it becomes settings: an audit wants to know where each value stands."""
    kind = program.settings
    ignored = {name for field in set(kind.model_fields) - set(harmless_fields(kind)) for name in names(field, kind)}
    try:
        named = env_file.named()
        if named is not None:
            file = ".env" if program.folder is not None else str(named)
            return Given(env_file.environment(), env_file.set_values(named), file)
        found = from_folder(program.folder) if program.folder is not None else {}
    except (ValueError, OSError):
        found = {}
    read = {name: value for name, value in found.items() if value and name not in ignored}
    return Given(env_file.environment(), read)
