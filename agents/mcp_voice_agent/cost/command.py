"""``mcp-voice-agent cost``: from a log to what is printed."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from mcp_voice.errors import BadInput
from mcp_voice_agent.cost.estimate import estimate
from mcp_voice_agent.cost.prices import load_prices
from mcp_voice_agent.cost.report import as_json as to_json
from mcp_voice_agent.cost.report import as_text
from mcp_voice_agent.cost.usage import Usage, read_usage

__all__ = ["told"]


def told(log: Path | None, *, prices: Path | None, month_minutes: float | None, cloud: bool, as_json: bool) -> str:
    """What the sessions of a log cost, for people or as JSON; raises BadInput where there is nothing to tell.

    ``log``: a file with the worker's JSON lines; None or ``-``: stdin.
    """
    known = load_prices(prices)
    usage = _usage(log)
    if not usage.sessions:
        raise BadInput(
            "There is no session in this log.",
            fix="Give the log of `mcp-voice-agent start` (JSON lines); each session ends with a line `session ended`.",
        )
    found = estimate(usage, known, month_minutes=month_minutes, cloud=cloud)
    if as_json:
        return json.dumps(to_json(found, known), indent=2) + "\n"
    return as_text(found, known)


def _usage(log: Path | None) -> Usage:
    if log is None or str(log) == "-":
        return read_usage(sys.stdin)
    try:
        with log.open(encoding="utf-8", errors="replace") as lines:
            return read_usage(lines)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise BadInput(f"The log {str(log)!r} cannot be read: {why}.", fix="Give a file that you may read.") from None
