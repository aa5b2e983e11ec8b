"""The figures of all rooms on the one Prometheus endpoint that LiveKit's worker offers.

Each room is a process of its own. With prometheus_client's multiprocess mode each writes its figures into files of one
folder, and whoever scrapes the worker gets their sum.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from livekit.agents import JobExecutorType, JobProcess
from prometheus_client import values

__all__ = ["share_room", "share_worker"]

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
"""Set by LiveKit's worker for its processes."""
MOST_SLOTS = 10_000


def share_worker() -> None:
    """Have the worker's own figures in the folder, too, before it has any.

    prometheus_client decides when it is imported, which is before LiveKit sets the variable that it decides by; the
    endpoint would then show none of ``lk_agents_…``.
    """
    values.ValueClass = values.MultiProcessValue()  # type: ignore[no-untyped-call]  # quirk: worker-figures


if sys.platform == "win32":

    def _slot(directory: str) -> str | None:  # noqa: ARG001 - there, rooms are threads of the worker and share its files.
        return None

else:
    import fcntl

    def _slot(directory: str) -> str | None:
        """The first free number, as a name; ours for as long as this process lives, and the kernel takes it back.

        None where there are no locks: this process then has files of its own.
        """
        for number in range(MOST_SLOTS):
            name = f"room{number}"
            lock = os.open(Path(directory, f"{name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(lock)
            except OSError:
                os.close(lock)
                return None
            else:
                return name
        return None


def share_room(process: JobProcess) -> None:
    """Let this room's process go on with the files of one that has ended; to be called before it has any figures.

    Files stay when a process ends, else counters would fall. One pair for each room that ever was would grow without
    end, and each scrape reads them all, so there are as many as rooms at once.
    """
    directory = os.environ.get(VARIABLE)
    if not directory or process.executor_type is JobExecutorType.THREAD:
        return
    name = _slot(directory)
    if name is not None:  # quirk: worker-figures
        values.ValueClass = values.MultiProcessValue(lambda: name)  # type: ignore[no-untyped-call]
