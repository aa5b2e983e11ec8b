"""What stands for other machines goes first on this one: the people, and the LiveKit server."""

from __future__ import annotations

import os
from contextlib import suppress

import psutil

__all__ = ["go_first"]

FIRST = -10


def go_first(pid: int | None = None) -> None:
    """Give a process (None: this one) the processors before what is measured; nothing where we may not (only root may).

    On Linux a priority is a thread's, and those to come inherit it.
    """
    if hasattr(os, "setpriority"):
        with suppress(psutil.Error, OSError):
            for thread in psutil.Process(pid).threads():
                os.setpriority(os.PRIO_PROCESS, thread.id, FIRST)
