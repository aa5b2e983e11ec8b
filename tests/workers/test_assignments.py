"""The metadata of a dispatch: whose place it is, checked; and the name under which a worker takes it."""

from __future__ import annotations

import hashlib
import json
from types import SimpleNamespace
from typing import Any

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as some

from mcp_voice.callers.subjects import LONGEST_SUBJECT, Subject, Subjects
from mcp_voice.errors import StoreError
from mcp_voice.requests.holding import reader
from mcp_voice.store.memory import MemoryStore
from mcp_voice.store.records import Place, Request
from mcp_voice.workers import job
from mcp_voice.workers.metadata import Assignment
from testkit.documents import blocks, read

TAG = "0123456789abcdef" * 2


class Offered:
    """A job, as LiveKit's worker offers it."""

    def __init__(self, metadata: str, *, room_name: str = "kitchen") -> None:
        self.job = SimpleNamespace(metadata=metadata)
        self.room = SimpleNamespace(name=room_name)
        self.name: str | None = None
        self.is_rejected = False

    async def accept(self, *, identity: str, name: str) -> None:
        """It is taken."""
        assert identity.startswith("mcp-voice")
        self.name = name

    async def reject(self) -> None:
        """It is not."""
        self.is_rejected = True


async def taken(metadata: str, store: Any) -> Offered:
    """What became of a job with this metadata."""
    offered = Offered(metadata)
    await job.answer(offered, store=store)  # type: ignore[arg-type]  # no more of it is asked for
    return offered


def question(*, subject: str = "ops", asker: str = "Claude Code") -> Request:
    """Something that is asked."""
    return Request(
        id="q1", kind="ask", subject=subject, room_name="kitchen", text="Which?", asker=asker, open_seconds=900
    )


def test_an_assignment_is_read_as_it_was_written() -> None:
    """The worker finds the place that the serving side means."""
    assignment = Assignment.to(Place("ops", "kitchen"))
    assert Assignment.read(assignment.written()) == assignment


def test_the_metadata_of_a_dispatch_names_nobody() -> None:
    """A ``sub`` is often a mail address, and LiveKit's server logs metadata."""
    assert "alice" not in Assignment.to(Place("oauth:alice@example.com", "kitchen")).written()


def test_the_metadata_is_exactly_what_the_documents_show() -> None:
    """The same for each room and ask of a subject; with whatever else, whoever reads LiveKit's log would know more."""
    (shown,) = [each for each in blocks(read("docs/team.md"), "json") if "subject_tag" in each]
    assert (
        Assignment.to(Place("ops", "kitchen")).written()
        == Assignment.to(Place("ops", "hall")).written()
        == shown.strip()
    )
    assert json.loads(shown)["subject_tag"] == hashlib.sha256(b"ops").hexdigest()[:32]


@pytest.mark.parametrize(
    "metadata",
    [
        "",
        "config-7",
        "null",
        "[]",
        "{}",
        json.dumps({"mcp_voice_asker": 1, "subject_tag": TAG}),
        json.dumps({"mcp_voice_asker": "2", "subject_tag": TAG}),
        json.dumps({"mcp_voice_asker": "1", "subject_tag": 7}),
        json.dumps({"mcp_voice_asker": "1"}),
        json.dumps({"mcp_voice_asker": "1", "subject_tag": TAG[:-1]}),
        json.dumps({"mcp_voice_asker": "1", "subject_tag": f"{TAG}\n"}),
        json.dumps({"mcp_voice_asker": "1", "subject_tag": "}:" * 16}),
        json.dumps({"mcp_voice_asker": "1", "subject_tag": TAG, "more": "n" * 4000}),
        "[" * 2000,
    ],
)
def test_metadata_of_somebody_else_is_no_assignment(metadata: str) -> None:
    """Whoever may dispatch agents may name ours, with anything."""
    assert Assignment.read(metadata) is None


@given(some.text(max_size=3000))
def test_no_metadata_breaks_whoever_reads_it(metadata: str) -> None:
    """It is read in the process that all rooms of a worker share."""
    assert Assignment.read(metadata) is None


def test_the_longest_subject_of_an_authorization_server_reaches_a_worker() -> None:
    """An entry's name of 64 characters, and a ``sub`` of 255."""
    who = Subjects({}, {"*": Subject("n" * 64)}).of_sub("s" * 255)
    assert who is not None
    assert len(who.name) == LONGEST_SUBJECT
    assignment = Assignment.to(Place(who.name, "kitchen"))
    assert Assignment.read(assignment.written()) == assignment


@pytest.mark.anyio
async def test_a_worker_finds_whose_place_it_is_in_the_store() -> None:
    """The metadata tells it to nobody else; what another subject asks in the room is another's."""
    store = MemoryStore()
    await store.open(question())
    await store.open(question(subject="sales").model_copy(update={"id": "q2"}))
    assert await job.wanted(store, Assignment.to(Place("ops", "kitchen")), "kitchen") == Place("ops", "kitchen")
    assert await job.wanted(store, Assignment.to(Place("nobody", "kitchen")), "kitchen") is None
    assert await job.wanted(store, Assignment.to(Place("ops", "hall")), "hall") is None


@pytest.mark.anyio
async def test_a_worker_waits_for_whoever_only_reads_and_leaves_a_place_to_another_worker() -> None:
    """A job that ended by that would be sent anew some seconds later."""
    store, place, us = MemoryStore(), Place("ops", "kitchen"), reader()
    await store.open(question())
    await store.hold(place, worker=us)

    async def leave() -> None:
        await store.leave(place, worker=us)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(leave)
        assert await job.wanted(store, Assignment.to(place), "kitchen") == place
        assert await store.holder(place) == ""
    await store.hold(place, worker="AD_1/AJ_1")
    assert await job.wanted(store, Assignment.to(place), "kitchen") is None


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("asker", "name"),
    [("Claude Code", "Claude Code"), ("", "mcp-voice"), ("a\u202eb\n" + "x" * 100, "a\ufffdb " + "x" * 59 + "…")],
    ids=["named", "unnamed", "steering"],
)
async def test_a_worker_enters_under_the_name_of_whoever_asks(asker: str, name: str) -> None:
    """It is seen by everybody in the room: it cannot steer, and is cut."""
    store = MemoryStore()
    await store.open(question(asker=asker))
    offered = await taken(Assignment.to(Place("ops", "kitchen")).written(), store)
    assert offered.name == name


class Away:
    """A store that cannot be reached, or hangs."""

    def __init__(self, *, hangs: bool) -> None:
        self._hangs = hangs

    async def waiting_of(self, *_: str) -> Any:
        """Nothing can be told."""
        if self._hangs:
            await anyio.sleep_forever()
        raise StoreError("It is away.")


@pytest.mark.anyio
@pytest.mark.parametrize("hangs", [False, True])
async def test_a_worker_takes_a_room_though_the_store_does_not_say_who_asks(
    *, hangs: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be there again once the worker is in the room."""
    monkeypatch.setattr(job, "NAME_SECONDS", 0.01)
    offered = await taken(Assignment.to(Place("ops", "kitchen")).written(), Away(hangs=hangs))
    assert offered.name == "mcp-voice"


@pytest.mark.anyio
async def test_a_job_for_a_place_where_nothing_waits_is_refused() -> None:
    """Whoever may dispatch agents may send any number: each took a process, and seconds of a processor."""
    store = MemoryStore()
    ours = Assignment.to(Place("ops", "kitchen")).written()
    assert (await taken(ours, store)).is_rejected
    asked = await store.open(question())
    assert (await taken(Assignment.to(Place("sales", "kitchen")).written(), store)).is_rejected
    assert (await taken(ours, store)).name
    await store.claim(asked, worker="another")
    assert (await taken(ours, store)).is_rejected


@pytest.mark.anyio
async def test_a_job_of_somebody_else_is_refused() -> None:
    """Whoever may dispatch agents may name ours."""
    assert (await taken("config-7", MemoryStore())).is_rejected
