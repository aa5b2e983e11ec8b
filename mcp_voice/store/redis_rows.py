"""What our script tells of a request, as a ``State``; nothing of it is believed before it is checked."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from mcp_voice.errors import StoreError
from mcp_voice.store.records import Outcome, Progress, Request, State
from mcp_voice.store.refusals import not_ours
from mcp_voice.store.sealing import Sealing, tag

__all__ = ["Rows", "about"]

log = logging.getLogger(__name__)

TEXTS, NUMBERS = 4, 7
"""What stands before the name of a worker, one a line."""
RECORDS = 3
"""Whose lengths come first: progress, outcome, request; then they, and then what stands one a line."""
EMPTY = b"-"
"""Digest of the outcome of what ended without anybody's words."""


def about(what: str, subject_tag: str, name: str) -> str:
    """What a record is, for ``Sealing``: that of another request, or place, is none of this one's."""
    return f"{what}:{subject_tag}:{name}"


@dataclass(frozen=True, slots=True)
class Rows:
    """Reads them."""

    sealing: Sealing

    def state(self, row: Any, *, subject_tag: str, request: Request | None = None) -> State:
        """One request; ``request`` is the one where it is not told. Raises StoreError."""
        try:
            return self._state(row, subject_tag, request)
        except (TypeError, ValueError, ValidationError, AttributeError, RecursionError):
            raise not_ours() from None

    def states(self, rows: Any, *, subject_tag: str) -> Iterator[State]:
        """Many of one subject; those that cannot be read are left out, and logged."""
        for row in rows if isinstance(rows, list) else ():
            try:
                yield self.state(row, subject_tag=subject_tag)
            except StoreError as error:
                log.warning("a request in the store is passed over (%s)", error.code)

    def _state(self, row: bytes, subject_tag: str, request: Request | None) -> State:
        *sizes, parts = row.split(b"\n", RECORDS)
        progress, outcome, asked, known = _cut(parts, *map(int, sizes))
        request_id, digest, withdrawn, returned, *rest, worker = known.decode().split("\n", NUMBERS + TEXTS)
        opened, version, attempt, lease, calls, attended, now = map(int, rest)
        if asked or request is None:
            text = self.sealing.open(asked, about=about("request", subject_tag, request_id))
            request = Request.model_validate_json(text)
        if request.id != request_id or tag(request.subject) != subject_tag:
            raise ValueError(request_id)
        return State(
            request=request,
            opened_at=opened / 1000,
            version=version,
            attempt=attempt,
            worker=worker,
            lease_until=lease / 1000,
            now=now / 1000,
            progress=self._progress(progress, about("progress", subject_tag, request_id)),
            outcome=self._outcome(outcome, digest, about("outcome", subject_tag, request_id)),
            is_withdrawn=bool(withdrawn),
            is_returned=bool(returned),
            calls=calls,
            attended_until=attended / 1000,
        )

    def _progress(self, kept: bytes | None, whose: str) -> Progress:
        return Progress.model_validate_json(self.sealing.open(kept, about=whose)) if kept else Progress()

    def _outcome(self, kept: bytes | None, digest: str, whose: str) -> Outcome | None:
        if not digest:
            return None
        return (
            Outcome()
            if digest == EMPTY.decode()
            else Outcome.model_validate_json(self.sealing.open(kept or b"", about=whose))
        )


def _cut(parts: bytes, *sizes: int) -> Iterator[bytes]:
    at = 0
    for size in sizes:
        if not 0 <= size <= len(parts) - at:
            raise ValueError(size)
        yield parts[at : at + size]
        at += size
    yield parts[at:]
