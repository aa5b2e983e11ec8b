"""What our script tells of a request, as a ``State``; nothing of it is believed before it is checked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from mcp_voice.errors import StoreError
from mcp_voice.store.passing_over import PassedOver
from mcp_voice.store.records import Outcome, Progress, Request, State
from mcp_voice.store.refusals import not_ours
from mcp_voice.store.sealing import Sealing
from mcp_voice.store.tags import tag

__all__ = ["Rows", "about"]

TEXTS, NUMBERS = 4, 7
"""What stands before the name of a worker, one a line."""
RECORDS = 3
"""Whose lengths come first: progress, outcome, request; then they, and then what stands one a line."""
EMPTY = b"-"
"""Digest of the outcome of what ended without anybody's words."""
NOTHING_YET = Progress()
REQUESTS_KEPT = 1_000
MOST_KEPT_BYTES = 4_096
"""Of a request that is kept: nearly all are smaller."""


def about(what: str, subject_tag: str, name: str) -> str:
    """What a record is, for ``Sealing``: that of another request, or place, is none of this one's."""
    return f"{what}:{subject_tag}:{name}"


@dataclass(frozen=True, slots=True)
class Rows:
    """Reads them."""

    sealing: Sealing
    passed: PassedOver = field(default_factory=PassedOver)
    _read: dict[tuple[str, str], tuple[bytes, Request]] = field(default_factory=dict)
    """Requests that were read last, each beside what was read: many a call is told of the same one again."""

    def keep(self, request: Request, asked: bytes, *, subject_tag: str) -> None:
        """It need not be read again where it is told as these bytes."""
        if len(asked) <= MOST_KEPT_BYTES:
            self._read[subject_tag, request.id] = asked, request
            if len(self._read) > REQUESTS_KEPT:
                del self._read[next(iter(self._read))]

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
                self.passed.tell("requests", error.code)

    def _state(self, row: bytes, subject_tag: str, request: Request | None) -> State:
        *sizes, parts = row.split(b"\n", RECORDS)
        progress, outcome, asked, known = _cut(parts, *map(int, sizes))
        request_id, digest, withdrawn, returned, *rest, worker = known.decode().split("\n", NUMBERS + TEXTS)
        opened, version, attempt, lease, calls, attended, now = map(int, rest)
        if asked or request is None:
            request = self._request(asked, subject_tag, request_id)
        if request.id != request_id:
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

    def _request(self, asked: bytes, subject_tag: str, request_id: str) -> Request:
        before, known = self._read.get((subject_tag, request_id), (b"", None))
        if known is not None and before == asked:
            return known
        text = self.sealing.open(asked, about=about("request", subject_tag, request_id))
        request = Request.model_validate_json(text)
        if tag(request.subject) != subject_tag:
            raise ValueError(request_id)
        if request.id == request_id:
            self.keep(request, asked, subject_tag=subject_tag)
        return request

    def _progress(self, kept: bytes | None, whose: str) -> Progress:
        return Progress.model_validate_json(self.sealing.open(kept, about=whose)) if kept else NOTHING_YET

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
