"""What bounds the store in memory; what it does is in the contract."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest

from mcp_voice.asks.seats import SEATS_KEPT
from mcp_voice.bounds.rate_limit import Limit
from mcp_voice.errors import UnknownAsk
from mcp_voice.requests.carrying import READ_SECONDS
from mcp_voice.requests.following import STORE_SECONDS
from mcp_voice.requests.notes import MOST_BYTES
from mcp_voice.store import memory_kept, memory_over, memory_places
from mcp_voice.store.memory import MemoryStore
from mcp_voice.store.memory_kept import OVER_SECONDS
from mcp_voice.store.memory_places import steady_clock
from mcp_voice.store.records import Place
from mcp_voice.store.seam import AskStore
from mcp_voice.tasks import owned_tasks
from mcp_voice.turns.transcript import KEPT_BYTES, KEPT_LINES, KEPT_REPLIES
from testkit.stores import ANSWERED, KITCHEN, MemoryStage, an_ask
from testkit.waiting import until

pytestmark = pytest.mark.anyio

SECURITY = Path(__file__).parents[2] / "docs" / "security.md"


async def test_what_is_over_is_forgotten_in_time_though_nobody_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """It holds what people said: until the next call, which may come tomorrow, is not thirty seconds."""
    monkeypatch.setattr(memory_kept, "OVER_SECONDS", 0.02)
    store = MemoryStore(keep_seconds=0.05)
    async with owned_tasks() as tasks:
        tasks.start_soon(store.forget_in_time)
        opened = await store.open(an_ask())
        await store.withdraw(opened.request.id, subject=opened.request.subject)
        assert len(store._kept) == 1
        await until(lambda: not store._kept, limit=5.0)
        tasks.cancel_scope.cancel()


async def test_a_note_is_forgotten_in_time_though_nobody_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last words of a room that was left."""
    monkeypatch.setattr(memory_kept, "OVER_SECONDS", 0.02)
    store, place = MemoryStore(keep_seconds=0.05), Place("ops", "kitchen")
    async with owned_tasks() as tasks:
        tasks.start_soon(store.forget_in_time)
        await store.hold(place, worker="one")
        assert await store.note(place, "what Alice said", worker="one")
        await store.leave(place, worker="one")
        assert "what Alice said" in str(store._notes)
        await until(lambda: not store._notes, limit=5.0)
        tasks.cancel_scope.cancel()


async def test_of_too_many_notes_those_whose_places_were_left_first_are_dropped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A process serves for months, and rooms come and go."""
    monkeypatch.setattr(memory_places, "MOST_NOTES", 2)
    store = MemoryStore()
    places = [Place("", name) for name in ("a", "b", "c")]
    for place in places:
        await store.hold(places[0], worker="one")
        await store.hold(place, worker="one")
        await store.note(place, f"said in {place.room_name}", worker="one")
    assert [await store.noted(place) for place in places] == ["said in a", "", "said in c"]


async def test_of_too_many_asks_of_a_subject_those_that_ended_first_are_dropped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is open stays."""
    monkeypatch.setattr(memory_over, "MOST_OVER", 2)
    store = MemoryStore()
    opened = await store.open(an_ask("Still open?"))
    over = [await ended(store) for _ in range(5)]
    for request_id in over[:3]:
        with pytest.raises(UnknownAsk):
            await store.find(request_id, subject="ops")
    assert [(await store.find(request_id, subject="ops")).is_open for request_id in over[3:]] == [False, False]
    assert (await store.find(opened.request.id, subject="ops")).is_open
    assert [state.request.id for state in await store.overdue(unclaimed_seconds=0.0)] == [opened.request.id]


@pytest.mark.parametrize(
    "other", [{"subject": "sales"}, {"kind": "listen"}], ids=["asks of another subject", "other work of the same"]
)
async def test_a_reply_outlives_any_number_of_other_requests_that_end(other: dict[str, str]) -> None:
    """As many as are kept of a subject, and one more."""
    store = MemoryStore()
    answered = await ended(store)
    for _ in range(memory_over.MOST_OVER + 1):
        await anyio.lowlevel.checkpoint()
        await ended(store, **other)
    assert (await store.find(answered, subject="ops")).outcome == ANSWERED


async def test_of_too_many_asks_in_all_those_that_ended_first_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many subjects there are."""
    monkeypatch.setattr(memory_over, "MOST_OVER_IN_ALL", 3)
    store = MemoryStore()
    over = [await ended(store, subject=f"subject-{number}") for number in range(5)]
    kept = []
    for number, request_id in enumerate(over):
        with suppress(UnknownAsk):
            kept.append((await store.find(request_id, subject=f"subject-{number}")).request.id)
    assert kept == over[2:]


@pytest.mark.parametrize("kind", ["say", "listen", "chat", "meanwhile"])
async def test_what_ends_with_its_call_is_kept_only_until_the_call_has_read_it(kind: str) -> None:
    """It holds what people said, and nobody asks for it later; a reply is asked for."""
    stage = MemoryStage()
    async with stage.store() as store:
        reply, errand = await ended(store), await ended(store, kind=kind)
        await stage.later(READ_SECONDS + STORE_SECONDS)
        assert not (await store.returned(errand, subject="ops")).is_open
        await stage.later(OVER_SECONDS)
        with pytest.raises(UnknownAsk):
            await store.find(errand, subject="ops")
        assert (await store.find(reply, subject="ops")).outcome == ANSWERED
        assert list(stage.stores[0]._kept) == [reply]


async def test_what_is_open_stays_though_the_process_is_stopped_for_a_minute() -> None:
    """Its call waits for it, and whoever does it goes on."""
    stage = MemoryStage()
    async with stage.store() as store:
        opened = await store.open(an_ask("The build is done.", kind="say", open_seconds=1))
        await stage.later(2 * OVER_SECONDS)
        assert (await store.find(opened.request.id, subject="ops")).is_open


async def test_nothing_in_the_store_is_older_because_the_clock_was_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """A laptop that wakes after two hours still has the question, its answer, its place and its notes."""
    store, begun_at = MemoryStore(), time.time()
    answered = await ended(store)
    opened = await store.open(an_ask("Which door?", open_seconds=60))
    assert await store.hold(KITCHEN, worker="one")
    assert await store.note(KITCHEN, "said", worker="one")
    monkeypatch.setattr(time, "time", lambda: begun_at + 7200)
    assert (await store.find(opened.request.id, subject="ops")).is_open
    assert (await store.find(answered, subject="ops")).outcome == ANSWERED
    assert (await store.holder(KITCHEN), await store.noted(KITCHEN)) == ("one", "said")


async def test_a_rate_that_is_used_up_refills_though_the_clock_was_set_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """As fast as ever."""
    store, begun_at, limit = MemoryStore(), time.time(), Limit(burst=1, per_second=100)
    assert await store.charge("ops", limit) == 0
    monkeypatch.setattr(time, "time", lambda: begun_at - 7200)
    for _ in range(500):
        await anyio.sleep(0.01)
        if await store.charge("ops", limit) == 0:
            break
    else:
        pytest.fail("It does not refill.")


def test_the_store_s_instants_are_unix_times() -> None:
    """Those of a file, say, can be compared with them."""
    clock = steady_clock()
    before, now, after = time.time(), clock(), time.time()
    assert before - 0.1 <= now <= after + 0.1


def test_docs_security_tells_how_much_is_kept_and_for_how_long() -> None:
    """Whoever decides whether people may be recorded reads it there."""
    told = " ".join(SECURITY.read_text(encoding="utf-8").split())
    for promise in (
        f"{KEPT_LINES} lines a room ({KEPT_BYTES // 1000} kB), and {KEPT_REPLIES} turns ({KEPT_BYTES // 1000} kB)",
        f"for the {SEATS_KEPT} rooms",
        f"the newest {MOST_BYTES // 1000} kB of its lines, and {MOST_BYTES // 1000} kB of the turns",
        f"of {memory_places.MOST_NOTES} rooms",
        f"the latest {memory_over.MOST_OVER:,} of a caller, {memory_over.MOST_OVER_IN_ALL:,} in all",
        f"{OVER_SECONDS:g} s after it is over",
    ):
        assert promise in told


async def ended(store: AskStore, **given: str) -> str:
    """The id of a request that was carried out."""
    claimed = await store.claim(await store.open(an_ask(**given)), worker="one")
    assert claimed is not None
    assert await store.answer(claimed, ANSWERED)
    return claimed.request.id
