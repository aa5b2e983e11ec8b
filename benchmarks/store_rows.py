"""The lines of the table that are about the store."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmarks.figures import median, quantile
from benchmarks.row import Row, below, share

__all__ = ["ask_rows", "store_rows", "wait_rows"]

LATE_MS = 50.0
KILOBYTE = 1024


def store_rows(measured: dict[str, Any]) -> Iterator[Row]:
    """How long an answer is on its way, and what an ask costs."""
    answers = measured["answer_ms"]
    late = quantile(answers, 0.99)
    load = f"{measured['open']} asks open, {measured['rate']} a second"
    yield Row(
        f"the store, {load}: answer → `wait_for_reply` returns, p50, p99, longest",
        f"{_ms(median(answers))}, {_ms(late)}, {_ms(quantile(answers, 1.0))}; {measured['lost']} lost",
        target=f"p99 ≤ {LATE_MS:.0f} ms",
        met=below(late, LATE_MS) and not measured["lost"],
    )
    yield Row(
        "… an ask: commands; CPU of Redis; bytes on the network, in the append-only file; memory while it is open",
        f"{measured['commands_an_ask']:.1f}; {1000 * measured['redis_cpu_seconds_an_ask']:.2f} ms; "
        f"{_kb(measured['network_bytes_an_ask'])}, {_kb(measured['log_bytes_an_ask'])}; "
        f"{_kb(measured['bytes_an_open_ask'])}",
    )


def wait_rows(measured: dict[str, Any]) -> Iterator[Row]:
    """What it costs to wait."""
    yield Row(
        f"… {measured['waits']} calls of a process that wait for replies which never come: its CPU; that of Redis",
        f"{measured['core_share']:.1%} of a core; {measured['redis_core_share']:.1%}",
    )


def ask_rows(measured: dict[str, Any]) -> Iterator[Row]:
    """What a store adds to an ask where there are no workers."""
    names = ("cold_first_sound_ms", "warm_first_sound_ms", "complete_reply_ms")
    direct, stored = ([median(measured[kind][name]) for name in names] for kind in ("direct", "store"))
    added = [None if a is None or b is None else b - a for a, b in zip(direct, stored, strict=True)]
    right = [each for kind in ("complete_right", "choice_right") for each in measured["store"][kind]]
    yield Row(
        "with a store, without workers: added to the first sound, cold and warm room; to end of speech → result; right",
        ", ".join("-" if each is None else f"{each:+.0f} ms" for each in added) + f"; {share(right)}",
        target="all right",
        met=all(right),
    )


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f} ms"


def _kb(size: float) -> str:
    return f"{size / KILOBYTE:.1f} kB"
