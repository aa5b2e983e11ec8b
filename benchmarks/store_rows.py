"""The lines of the table that are about the store."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmarks.figures import median, quantile
from benchmarks.row import Row, below

__all__ = ["store_rows"]

LATE_MS = 50.0
KILOBYTE = 1024


def store_rows(measured: dict[str, Any]) -> Iterator[Row]:
    """How long an answer is on its way, and what an ask costs."""
    answers = measured["answer_ms"]
    late = quantile(answers, 0.99)
    load = f"{measured['open']} asks open, {measured['rate']} a second"
    yield Row(
        f"the store, {load}: answer → `wait_for_reply` returns, p50, p99",
        f"{_ms(median(answers))}, {_ms(late)}; {measured['lost']} lost",
        target=f"p99 ≤ {LATE_MS:.0f} ms",
        met=below(late, LATE_MS) and not measured["lost"],
    )
    yield Row(
        "… an ask: commands; CPU of Redis; bytes on the network, in the append-only file; memory while it is open",
        f"{measured['commands_an_ask']:.1f}; {1000 * measured['redis_cpu_seconds_an_ask']:.2f} ms; "
        f"{_kb(measured['network_bytes_an_ask'])}, {_kb(measured['log_bytes_an_ask'])}; "
        f"{_kb(measured['bytes_an_open_ask'])}",
    )


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f} ms"


def _kb(size: float) -> str:
    return f"{size / KILOBYTE:.1f} kB"
