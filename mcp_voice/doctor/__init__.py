"""``mcp-voice doctor``: try every part for real, and say what is wrong and what to do about it.

Nothing of LiveKit's packages is imported before the check that says whether they can be.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Mapping
from typing import Any

from pydantic_settings import DotEnvSettingsSource
from rich.console import Console

from mcp_voice.doctor.audit import audit
from mcp_voice.doctor.examination import examine
from mcp_voice.doctor.redact import redaction
from mcp_voice.doctor.report import Report, as_json
from mcp_voice.doctor.steps import Outcome
from mcp_voice.doctor.visit import Given
from mcp_voice.interruptible import run_interruptible
from mcp_voice.settings import Settings

__all__ = ["diagnose"]


def diagnose(*, json: bool) -> bool:
    """Print the report on stdout, news of slow checks on stderr; gives whether nothing failed."""
    out, err = Console(highlight=False), Console(stderr=True, highlight=False)
    # Warnings of LiveKit's own parts would run through the table; MCP_VOICE_LOG_LEVEL lets them.
    logging.basicConfig(stream=sys.stderr, level=logging.CRITICAL, format="%(levelname)s %(name)s: %(message)s")
    given = _given()
    settings, redacted = audit(given), redaction(given)
    report = Report(out, redacted=redacted)

    def tell(news: str) -> None:
        _clear(err)
        err.print(f"… {redacted(news)}", markup=False, style="dim")

    def begin(title: str) -> None:
        if err.is_terminal:
            err.file.write(f"\r\x1b[2K… {title}")
            err.file.flush()

    def show(outcome: Outcome) -> None:
        _clear(err)
        if not json:
            report.add(outcome)

    if not json:
        report.begin(settings)

    async def run() -> list[Outcome]:
        return list(await examine(given, show=show, begin=begin, tell=tell))

    outcomes = run_interruptible(run)
    _clear(err)
    if json:
        out.file.write(f"{as_json(settings, outcomes, redacted=redacted)}\n")
    else:
        report.end(outcomes)
    return not any(outcome.state == "failed" for outcome in outcomes)


def _clear(err: Console) -> None:
    if err.is_terminal:
        err.file.write("\r\x1b[2K")
        err.file.flush()


def _given() -> Given:
    """What ``settings.load`` reads, before it becomes settings: an audit wants to know where each value stands."""
    try:
        lines: Mapping[str, Any] = DotEnvSettingsSource(Settings).env_vars
    except (UnicodeDecodeError, OSError):
        lines = {}
    dotenv = {name.upper(): value for name, value in lines.items() if value}
    return Given({name.upper(): value for name, value in os.environ.items()}, dotenv)
