"""Requests as scripts tell them: what was read once is not read again, unless it is told otherwise."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from mcp_voice.errors import StoreError
from mcp_voice.store import redis_rows
from mcp_voice.store.records import Request
from mcp_voice.store.redis_rows import Rows, about
from mcp_voice.store.sealing import Plain
from mcp_voice.store.tags import tag
from testkit.stores import an_ask

WHOSE = tag("ops")


@dataclass
class Counted(Plain):
    """Counts what is opened."""

    opened: list[str] = field(default_factory=list)

    def open(self, kept: bytes, *, about: str) -> str:
        """See ``Sealing``."""
        self.opened.append(about)
        return super().open(kept, about=about)


def told(request: Request, asked: bytes | None = None) -> bytes:
    """A row of it."""
    kept = Plain().seal(request.model_dump_json(), about="") if asked is None else asked
    known = [request.id, "", "", "", "1700000000000", "1", "0", "0", "0", "0", "1700000000000", ""]
    return b"\n".join([b"0", b"0", b"%d" % len(kept), kept + "\n".join(known).encode()])


def test_a_request_that_is_told_again_is_read_once() -> None:
    """And another one by itself."""
    rows, one, other = Rows(sealing := Counted()), an_ask("A?"), an_ask("B?")
    for request in (one, one, other, one, other):
        assert rows.state(told(request), subject_tag=WHOSE).request == request
    assert sealing.opened == [about("request", WHOSE, each.id) for each in (one, other)]


def test_a_request_that_is_told_otherwise_is_read_anew() -> None:
    """What stands in the store is believed, not what stood there."""
    rows, request = Rows(Counted()), an_ask("A?")
    changed = request.model_copy(update={"text": "B?"})
    assert rows.state(told(request), subject_tag=WHOSE).request.text == "A?"
    assert rows.state(told(changed), subject_tag=WHOSE).request.text == "B?"
    with pytest.raises(StoreError):
        rows.state(told(request, b"none of ours"), subject_tag=WHOSE)


def test_a_request_of_one_subject_is_no_other_s() -> None:
    """Though its bytes are the same."""
    rows, request = Rows(Counted()), an_ask()
    assert rows.state(told(request), subject_tag=WHOSE).request == request
    with pytest.raises(StoreError):
        rows.state(told(request), subject_tag=tag("sales"))


def test_only_so_many_are_kept_and_none_that_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one that was read first is forgotten first."""
    monkeypatch.setattr(redis_rows, "REQUESTS_KEPT", 2)
    rows, asked = Rows(sealing := Counted()), [an_ask(f"{number}?") for number in range(3)]
    for request in (*asked, asked[2], asked[1], asked[0]):
        rows.state(told(request), subject_tag=WHOSE)
    assert len(sealing.opened) == 4
    large = an_ask("x" * redis_rows.MOST_KEPT_BYTES)
    for _ in range(2):
        rows.state(told(large), subject_tag=WHOSE)
    assert len(sealing.opened) == 6


def test_what_whoever_asks_has_sent_is_read_by_them_no_more() -> None:
    """A new request is told without it, and later with the bytes that were sent."""
    rows, request = Rows(sealing := Counted()), an_ask()
    sent = Plain().seal(request.model_dump_json(), about="")
    state = rows.state(told(request, b""), subject_tag=WHOSE, request=request)
    assert state.request is request
    rows.keep(request, sent, subject_tag=WHOSE)
    assert rows.state(told(request, sent), subject_tag=WHOSE).request is request
    assert sealing.opened == []
