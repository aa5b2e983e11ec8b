"""Programs that leave their rooms properly when they are told to stop."""

from __future__ import annotations

import signal
from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio

from mcp_voice.process.termination import Terminated

__all__ = ["run_interruptible"]

T = TypeVar("T")


def run_interruptible(main: Callable[[], Awaitable[T]]) -> T:
    """Run to the end; SIGINT and SIGTERM cancel ``main``, and once it has closed everything, raise KeyboardInterrupt.

    For SIGTERM that is ``Terminated``. Only on the main thread.
    """
    terminated: list[bool] = []

    def terminate(*_: object) -> None:
        terminated.append(True)
        signal.raise_signal(signal.SIGINT)

    # A script's background jobs are started with SIGINT ignored. Who is in a room had better go when the script does.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, terminate)
    try:
        return anyio.run(main)
    except KeyboardInterrupt as end:
        if terminated and not isinstance(end, Terminated):
            raise Terminated from None
        raise
