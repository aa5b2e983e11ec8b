"""The requests of a store in memory that are over, and for how long each is kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from mcp_voice.store.records import Request

__all__ = ["OverRequests"]

MOST_OVER = 2_000
"""Of one subject; of more, those that ended first are dropped."""
MOST_OVER_IN_ALL = 20_000
"""Of all subjects together: one of them fills no more than a tenth of it."""


class OverRequests:
    """Those that are all kept for the same time, in the order in which they ended."""

    def __init__(self) -> None:
        self._all: dict[str, tuple[str, float]] = {}
        """By id: the subject, and until when it is kept."""
        self._subjects: defaultdict[str, dict[str, None]] = defaultdict(dict)

    def add(self, request: Request, *, until: float) -> Sequence[str]:
        """It has ended, and is kept until then; gives the ids of those that are dropped for it."""
        theirs = self._subjects[request.subject]
        theirs[request.id] = None
        self._all[request.id] = request.subject, until
        dropped = [self._drop(next(iter(theirs)))] if len(theirs) > MOST_OVER else []
        if len(self._all) > MOST_OVER_IN_ALL:
            dropped.append(self._drop(next(iter(self._all))))
        return dropped

    def expired(self, now: float) -> Sequence[str]:
        """Drops those whose time is over, and gives their ids."""
        dropped = []
        while self._all:
            request_id, (_, until) = next(iter(self._all.items()))
            if until > now:
                break
            dropped.append(self._drop(request_id))
        return dropped

    def _drop(self, request_id: str) -> str:
        subject, _ = self._all.pop(request_id)
        del self._subjects[subject][request_id]
        if not self._subjects[subject]:
            del self._subjects[subject]
        return request_id
