"""The lines of the table that are about asks through worker and store."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmarks.figures import median
from benchmarks.row import Row, below, seconds, share, spread

__all__ = ["worker_rows"]

COLD_MS, WARM_MS, REPLY_MS = 600.0, 100.0, 50.0
"""What a worker may take longer than a server that speaks and hears itself."""


def worker_rows(measured: dict[str, Any]) -> Iterator[Row]:
    """Each beside the same without worker and store, in the same run."""
    for name, what, more in (
        ("cold_first_sound_ms", "call → first sound, cold room", COLD_MS),
        ("warm_first_sound_ms", "… warm room", WARM_MS),
        ("complete_reply_ms", "end of speech → result", REPLY_MS),
    ):
        direct, through = (measured[kind][name] for kind in ("direct", "worker"))
        yield Row(
            f"through worker and store: {what} (direct: {seconds(median(direct))})",
            spread(through),
            target=f"≤ direct + {more / 1000:.2f} s",
            met=below(median(through), (median(direct) or 0.0) + more),
        )
    right = [each for kind in ("complete_right", "choice_right") for each in measured["worker"][kind]]
    yield Row(
        "… right replies; memory of a job",
        f"{share(right)}; {median(measured['job_mb']):.0f} MB",
        "",
        "all",
        all(right),
    )
