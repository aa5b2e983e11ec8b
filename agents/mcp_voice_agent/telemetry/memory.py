"""How much of the memory that it may use a worker's container has in use, or else the machine."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import anyio
import anyio.to_thread
import psutil
from opentelemetry.metrics import Meter
from prometheus_client import Gauge

__all__ = ["MEMORY", "memory_share", "watch_memory"]

MEMORY = "worker_memory_ratio"
MEANING = "Memory in use, as a share of the worker container's limit, or else of the machine's memory, from 0 to 1."
EVERY_SECONDS = 10.0
CGROUP = Path("/sys/fs/cgroup")
FILES_OF_2 = ("memory.max", "memory.current", "memory.stat", "inactive_file")
FILES_OF_1 = (
    "memory/memory.limit_in_bytes",
    "memory/memory.usage_in_bytes",
    "memory/memory.stat",
    "total_inactive_file",
)
"""Limit, use, and where it says how much of that are files that nobody needs: as Kubernetes counts a working set."""

# One process of a worker writes it; in others there is no series.
_MEMORY = Gauge(MEMORY, MEANING, ["scope"], multiprocess_mode="max")


def memory_share(root: Path = CGROUP) -> tuple[float, str]:
    """The share that is in use (0 to 1), and whose: ``container``, or ``machine`` where no container limits it."""
    machine = psutil.virtual_memory()
    for limit, used, stat, inactive in (FILES_OF_2, FILES_OF_1):
        with suppress(OSError, ValueError):
            most = int((root / limit).read_text())
            rest = int((root / used).read_text()) - _field(root / stat, inactive)
            # Without a limit, version 1 says a number larger than any memory.
            if 0 < most < machine.total:
                return min(1.0, max(0, rest) / most), "container"
    return 1 - machine.available / machine.total, "machine"


def _field(file: Path, name: str) -> int:
    """A number of such a file; raises OSError or ValueError."""
    lines = (line.split() for line in file.read_text().splitlines())
    return next((int(value) for key, value in lines if key == name), 0)


async def watch_memory(meter: Meter) -> None:
    """Tell of it every 10 s, until cancelled."""
    gauge = meter.create_gauge(MEMORY, description=MEANING)
    while True:
        with suppress(OSError):
            share, scope = await anyio.to_thread.run_sync(memory_share)
            gauge.set(share, {"scope": scope})
            _MEMORY.labels(scope).set(share)
        await anyio.sleep(EVERY_SECONDS)
