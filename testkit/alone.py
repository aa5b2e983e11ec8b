"""Tests that need both cores for themselves, such as five rooms at once, beside others that may run two at a time."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["turn"]

if sys.platform == "win32":

    @contextmanager
    def turn(folder: Path, *, alone: bool) -> Iterator[None]:
        """Run at once."""
        yield

else:
    import fcntl

    @contextmanager
    def turn(folder: Path, *, alone: bool) -> Iterator[None]:
        """Wait for this test's turn: ``alone``, nothing else runs meanwhile.

        Two files in ``folder`` are locks shared by all workers. Whoever waits for the second holds the first, so that
        one who wants to be alone is not overtaken for ever.
        """
        with (folder / "queue.lock").open("w") as queue, (folder / "cores.lock").open("w") as cores:
            fcntl.flock(queue, fcntl.LOCK_EX)
            fcntl.flock(cores, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
            fcntl.flock(queue, fcntl.LOCK_UN)
            yield
