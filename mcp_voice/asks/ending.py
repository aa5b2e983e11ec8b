"""Calls that listen or speak while this process is about to end: each returns what there is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["Ending"]


class Ending:
    """Whether it has come to that, and what is to be cut short then."""

    def __init__(self) -> None:
        self.has_come = False
        self._cuts: set[Callable[[], None]] = set()

    def come(self) -> None:
        """Cut everything short."""
        self.has_come = True
        for cut in list(self._cuts):
            cut()

    @contextmanager
    def cuts(self, cut: Callable[[], None]) -> Iterator[None]:
        """Have this called if it comes while the block lasts, and at once where it has come."""
        self._cuts.add(cut)
        try:
            if self.has_come:
                cut()
            yield
        finally:
            self._cuts.discard(cut)
