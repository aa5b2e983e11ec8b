"""The lines of the table that are about MCP over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmarks.figures import median, quantile
from benchmarks.row import Row

__all__ = ["http_rows"]

MOST_MS = 15.0
"""What HTTP may add to a call."""


def http_rows(measured: dict[str, Any]) -> Iterator[Row]:
    """Each tool over HTTP, beside stdio in the same run."""
    for tool, taken in measured["calls_ms"].items():
        http, stdio = median(taken["http"]), median(taken["stdio"])
        added = None if http is None or stdio is None else http - stdio
        yield Row(
            f"a call of `{tool}` over HTTP: median (p95); beside it over stdio",
            f"{_ms(http)} ({_ms(quantile(taken['http'], 0.95))})",
            f"{_ms(stdio)} ({_ms(quantile(taken['stdio'], 0.95))})",
            target=f"≤ {MOST_MS:.0f} ms more",
            met=added is not None and added <= MOST_MS,
        )


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f} ms"
