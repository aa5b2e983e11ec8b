"""The estimate on a terminal, as a table for a document, and as JSON."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table

from mcp_voice.texts.counting import counted
from mcp_voice.texts.foreign import printable
from mcp_voice_agent.cost.estimate import CostLine, Estimate
from mcp_voice_agent.cost.prices import Prices

__all__ = ["as_json", "as_text", "rows"]

NO_PRICE = "no price"
COLUMNS = ("part", "model", "used", "cost", "a minute", "a month")
UNITS = {"audio_duration": "s of sound", "characters_count": "characters", "minutes": "minutes"}
TOKENS = ("input_tokens", "output_tokens")


def rows(found: Estimate) -> Iterator[tuple[str, ...]]:
    """A row for each model, then the sum; columns as in ``COLUMNS``."""
    for line in found.lines:
        model = line.model if line.part == "livekit" else f"{line.provider}/{line.model}"
        yield (line.part, printable(model), _used(line), *_costs(line.cost, found))
    yield ("all", counted(found.sessions, "session"), f"{found.minutes:,.1f} minutes", *_costs(found.cost, found))


def _costs(cost: float | None, found: Estimate) -> tuple[str, str, str]:
    if cost is None:
        return NO_PRICE, "", ""
    minute = cost / found.minutes if found.minutes else None
    month = None if minute is None or found.month_minutes is None else minute * found.month_minutes
    return f"{cost:,.4f}", _told(minute, 5), _told(month, 2)


def _told(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:,.{digits}f}"


def _used(line: CostLine) -> str:
    wanted = {"llm": TOKENS, "stt": ("audio_duration",), "tts": ("characters_count",)}.get(line.part, ("minutes",))
    known = [key for key in wanted if line.used.get(key)] or [key for key in (*UNITS, *TOKENS) if line.used.get(key)]
    return ", ".join(f"{line.used[key]:,.0f} {UNITS.get(key, key.replace('_', ' '))}" for key in known)


def as_text(found: Estimate, prices: Prices, *, width: int | None = None) -> str:
    """For people: the table, then what it stands on and what it lacks."""
    table = Table(box=None, header_style="bold")
    for title in COLUMNS:
        table.add_column(title, overflow="fold", justify="left" if title in COLUMNS[:2] else "right")
    for row in rows(found):
        table.add_row(*row)
    out = io.StringIO()
    console = Console(file=out, width=width or 110, markup=False, highlight=False)
    console.print(table)
    for note in _notes(found, prices):
        console.print(note)
    return out.getvalue()


def _notes(found: Estimate, prices: Prices) -> Iterator[str]:
    yield ""
    if found.per_session is not None:
        yield f"A session costs {found.per_session:.4f} {prices.currency} on average."
    if found.month_minutes is None:
        yield "The log is shorter than a day, so no monthly figure is given: use --minutes-per-month."
    else:
        yield f"A month is assumed to have {found.month_minutes:,.0f} minutes of conversation."
    yield f"List prices in {prices.currency} of {prices.as_of.isoformat()}; check them against each provider's page."
    if found.unpriced:
        names = ", ".join(printable(f"{line.provider}/{line.model}") for line in found.unpriced)
        yield f"Without a price, so the sums are too low: {names}. Give their prices with --prices FILE."
    if found.unread:
        yield f"{found.unread} summaries, or parts of them, could not be read."


def as_json(found: Estimate, prices: Prices) -> dict[str, Any]:
    """For programs; a cost is null where a part has no price, and a month where nothing is known of it."""
    return {
        "as_of": prices.as_of.isoformat(),
        "currency": prices.currency,
        "sessions": found.sessions,
        "minutes": found.minutes,
        "cost": found.cost,
        "per_session": found.per_session,
        "per_minute": found.per_minute,
        "month_minutes": found.month_minutes,
        "per_month": found.per_month,
        "lines": [asdict(line) for line in found.lines],
        "unpriced": [f"{line.provider}/{line.model}" for line in found.unpriced],
        "unread": found.unread,
    }
