"""The usage that a worker has logged: its ``session ended`` lines, added up by provider and model."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, get_args

from mcp_voice_agent.cost.prices import PriceKind

__all__ = ["Usage", "UsedModel", "read_usage"]

EVENT = "session ended"
LONGEST_LINE = 1_000_000
"""Characters; a summary has some thousand."""
MOST_MODELS = 1000
LONGEST_NAME = 200
MOST = 1e15
"""Of any figure; more than that was measured by nobody."""


@dataclass(frozen=True, slots=True)
class UsedModel:
    """A model as the log names it."""

    kind: PriceKind
    provider: str
    name: str


@dataclass(slots=True)
class Usage:
    """Everything that the log tells."""

    sessions: int = 0
    seconds: float = 0.0
    started_minutes: int = 0
    """Each session rounded up to a minute, as LiveKit bills."""
    first: datetime | None = None
    last: datetime | None = None
    """Of all lines with a time."""
    models: dict[UsedModel, Counter[str]] = field(default_factory=dict)
    unread: int = 0
    """Summaries, or parts of them, that could not be read."""

    @property
    def span_seconds(self) -> float:
        """How long the log is."""
        return (self.last - self.first).total_seconds() if self.first and self.last else 0.0


def read_usage(lines: Iterable[str]) -> Usage:
    """Add up all sessions; lines that are no JSON object, as of another program, are passed over."""
    usage = Usage()
    for line in lines:
        entry = _parsed(line)
        if entry is None:
            continue
        _take_time(usage, entry.get("timestamp"))
        if entry.get("event") == EVENT:
            _take_session(usage, entry)
    return usage


def _parsed(line: str) -> Mapping[str, Any] | None:
    start = line.find("{", 0, 200)  # Orchestrators write their own words before it.
    if start < 0 or len(line) > LONGEST_LINE:
        return None
    try:
        entry = json.loads(line[start:])
    except (ValueError, RecursionError):
        return None
    return entry if isinstance(entry, dict) else None


def _take_time(usage: Usage, given: Any) -> None:
    try:
        at = datetime.fromisoformat(given)
    except (TypeError, ValueError):
        return
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    usage.first = min(usage.first or at, at)
    usage.last = max(usage.last or at, at)


def _take_session(usage: Usage, entry: Mapping[str, Any]) -> None:
    seconds = _amount(entry.get("seconds"))
    models = entry.get("usage", [])
    if seconds is None or not isinstance(models, list):
        usage.unread += 1
        return
    usage.sessions += 1
    usage.seconds += seconds
    usage.started_minutes += math.ceil(seconds / 60)
    for each in models:
        usage.unread += not _take_model(usage, each)


def _take_model(usage: Usage, given: Any) -> bool:
    """Whether this part of a summary could be read; what is no model for speech or words costs nothing."""
    if not isinstance(given, dict):
        return False
    kind = str(given.get("type", "")).removesuffix("_usage")
    if kind in {"eot", "interruption"}:
        return True
    named = [given.get("provider", ""), given.get("model", "")]
    are_names = all(isinstance(name, str) and len(name) <= LONGEST_NAME for name in named)
    if kind not in get_args(PriceKind) or not are_names:
        return False
    model = UsedModel(kind, *named)  # type: ignore[arg-type]  # narrowed by the line before
    if model not in usage.models and len(usage.models) >= MOST_MODELS:
        return False
    amounts = {key: _amount(value) for key, value in given.items() if key not in {"type", "provider", "model"}}
    usage.models.setdefault(model, Counter()).update({key: value for key, value in amounts.items() if value})
    return None not in amounts.values()


def _amount(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MOST:
        return None
    return float(value)
