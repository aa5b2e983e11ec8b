"""What this process and its machine have used so far, as the system counts it."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from mcp_voice.capacity.measurement import Measurement

__all__ = ["Machine", "Used"]

LOOK_SECONDS = 10.0
"""Between two looks at which children there are: that reads every process of the machine."""
QUOTA, USAGE = Path("/sys/fs/cgroup/cpu.max"), Path("/sys/fs/cgroup/cpu.stat")
"""Of a container, where they are there (https://docs.kernel.org/admin-guide/cgroup-v2.html)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """Counters, in seconds since some beginning; ``at`` is when they were read."""

    at: float
    idle: float
    container: float
    """What the container used, which has a limit of its own; 0 where there is none."""
    own: float
    loop: float


class Machine:
    """Reads the counters."""

    def __init__(self) -> None:
        self._process = psutil.Process()
        self._children: list[psutil.Process] = []
        self._looked_at = 0.0
        self._quota = _quota()
        self._ours = _affinity()
        self.cores = min(len(self._ours) or os.cpu_count() or 1, self._quota or float("inf"))

    def used(self, *, loop: float) -> Used:
        """All of it now, in 1 ms; ``loop``: the CPU time of the event loop's thread, which only that can read."""
        now = time.monotonic()
        if now > self._looked_at + LOOK_SECONDS:
            with suppress(psutil.Error):
                self._children = self._process.children(recursive=True)
            self._looked_at = now
        return Used(
            at=now,
            idle=_idle_seconds(self._ours),
            container=_container_seconds() if self._quota else 0.0,
            own=sum(map(_cpu_seconds, (self._process, *self._children))),
            loop=loop,
        )

    def between(self, before: Used, after: Used, *, lag: float, behind: float) -> Measurement:
        """What was used between two readings."""
        seconds = max(after.at - before.at, 1e-3)
        loop = (after.loop - before.loop) / seconds
        idle = min(self.cores, max(0.0, (after.idle - before.idle) / seconds))
        if self._quota:
            idle = min(idle, max(0.0, self._quota - (after.container - before.container) / seconds))
        return Measurement(
            at=after.at,
            seconds=seconds,
            cores=self.cores,
            idle=idle,
            # What a child that has ended used is not counted any more.
            own=max(loop, (after.own - before.own) / seconds),
            loop=loop,
            lag=lag,
            behind=behind,
        )


def _affinity() -> frozenset[int]:
    """The processors that this process may use; empty where the system does not tell."""
    return frozenset(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else frozenset()


def _quota() -> float | None:
    """Processors that a container may use, if that is limited."""
    try:
        most, period = QUOTA.read_text(encoding="ascii").split()
        return None if most == "max" else int(most) / int(period)
    except (OSError, ValueError, ZeroDivisionError):
        return None


def _container_seconds() -> float:
    try:
        return int(USAGE.read_text(encoding="ascii").split()[1]) / 1e6
    except (OSError, ValueError, IndexError):
        return 0.0


def _idle_seconds(ours: frozenset[int]) -> float:
    """Of our processors; of all where they cannot be told apart."""
    every = psutil.cpu_times(percpu=True)
    # Those that are offline are left out there, and all others are numbered otherwise then.
    are_numbered = bool(ours) and len(every) == os.sysconf("SC_NPROCESSORS_CONF")
    counted = [each for number, each in enumerate(every) if number in ours or not are_numbered]
    # Waiting for a disk is idle, where that is told apart.
    return sum(float(each.idle + getattr(each, "iowait", 0.0)) for each in counted)


def _cpu_seconds(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.Error:
        return 0.0
    return float(times.user + times.system)
