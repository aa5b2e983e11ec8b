"""What a program uses of the machine, with the programs that it started."""

from __future__ import annotations

from contextlib import suppress

import psutil

__all__ = ["family_bytes", "family_seconds"]


def family_seconds(process: psutil.Process) -> float:
    """CPU seconds of a process and all below it, those included that have ended and were waited for."""
    total = 0.0
    for each in (process, *process.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            times = each.cpu_times()
            # A system that does not tell of ended children has none of these.
            total += times.user + times.system
            total += getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0)
    return total


def family_bytes(process: psutil.Process) -> int:
    """Memory that a process and all below it have for themselves alone (USS): what would be free without each."""
    total = 0
    for each in (process, *process.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            total += each.memory_full_info().uss
    return total
