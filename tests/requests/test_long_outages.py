"""A store that is away for longer than a lease, goes back, or holds what cannot be read: no word is lost."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import anyio
import pytest

from mcp_voice.errors import VoiceError
from mcp_voice.requests import carrying, claim, following, holding
from mcp_voice.requests.meanwhile import Meanwhiles, noted
from mcp_voice.requests.notes import written
from mcp_voice.results import Answer
from mcp_voice.settings import Settings, load
from mcp_voice.store.memory import MemoryStore
from mcp_voice.store.records import Place, Progress, Request
from mcp_voice.turns.transcript import Reply, Transcript
from testkit.fake_link import ALICE, FakeEngine, FakeLink
from testkit.shared_store import Line, Process, process
from testkit.waiting import until
from tests.requests.kitchen import LIMIT, QUESTION, calling, said, shown, types

pytestmark = pytest.mark.anyio

LEASE, RENEW = 1.0, 0.3
KITCHEN = Place("", "kitchen")


@pytest.fixture
def settings() -> Settings:
    """Settings of nobody's environment."""
    return load(quiet_seconds=60.0, _env_file=None)


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> MemoryStore:
    """One whose leases are short."""
    for module in (holding, claim):
        monkeypatch.setattr(module, "LEASE_SECONDS", LEASE)
    for module in (holding, claim, carrying):
        monkeypatch.setattr(module, "RENEW_SECONDS", RENEW)
    return MemoryStore(lease_seconds=LEASE)


@pytest.fixture
async def one(store: MemoryStore, settings: Settings) -> AsyncIterator[Process]:
    """A process with it."""
    async with process(store, FakeEngine(), settings) as started:
        yield started


async def asked(one: Process) -> tuple[Answer, FakeLink]:
    """A question that only waits for its answer."""
    pending = await one.voice.ask_in_room(QUESTION, "kitchen", wait_seconds=0)
    link = await shown(one)
    link.playouts[-1].finish()
    while pending.waiting_for != "reply" or not pending.spoken:
        pending = await one.voice.wait_for_reply(pending.ask_id, 0.05)
    return pending, link


async def lost(one: Process) -> None:
    """Until the hold has run out."""
    await until(lambda: one.voice.carriers.transcript(KITCHEN) is None, limit=LIMIT)
    await anyio.sleep(2 * holding.LEAVE_SECONDS)


async def test_an_answer_outlives_an_outage_that_is_longer_than_a_lease(
    store: MemoryStore, one: Process, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody has claimed the question meanwhile: it is written, and not asked again. One line says that it waits."""
    pending, link = await asked(one)
    one.line.failing.add("*")
    types(link, "Yes.")
    await lost(one)
    one.line.failing.clear()
    answer = await one.voice.wait_for_reply(pending.ask_id, LIMIT)
    assert (answer.status, answer.reply) == ("answered", "Yes.")
    assert said(one) == [QUESTION]
    assert (await store.find(pending.ask_id, subject="")).attempt == 1
    assert len([each for each in caplog.messages if "an outcome cannot be written" in each]) == 1


async def test_words_outlive_an_outage_that_is_longer_than_a_lease(store: MemoryStore, one: Process) -> None:
    """Also those that were said while the place was not held: each is returned once."""
    pending, link = await asked(one)
    types(link, "Yes.")
    await one.voice.wait_for_reply(pending.ask_id, LIMIT)
    types(link, "Wait.")
    await until(lambda: any("Wait." in text for text, _ in store._notes.values()), limit=LIMIT)
    one.line.failing.add("*")
    types(link, "The key is under the mat.")
    await lost(one)
    types(link, "Be quick.")
    one.line.failing.clear()
    there = await one.voice.ask_in_room("Else?", "kitchen", wait_seconds=0)
    await until(lambda: one.voice.carriers.transcript(KITCHEN), limit=LIMIT)
    again = await one.voice.wait_for_reply(there.ask_id, 0)
    told = [each.text for each in [*there.said_meanwhile, *again.said_meanwhile]]
    assert told == ["Wait.", "The key is under the mat.", "Be quick."]
    lines = [each.text for each in one.voice.transcript("kitchen")]
    assert lines[: 2 + len(told)] == [QUESTION, "Yes.", *told]


async def test_a_reply_to_a_question_that_is_another_ones_by_now_is_kept(store: MemoryStore, one: Process) -> None:
    """The next result brings it."""
    pending, link = await asked(one)
    kept = store._kept[pending.ask_id]
    one.line.failing.add("renew")
    kept.state = kept.state.model_copy(update={"attempt": 5, "worker": "two", "lease_until": time.time() + 60.0})
    types(link, "Yes, by all means.")
    transcript = one.voice.carriers.transcript(KITCHEN)
    assert transcript is not None
    await until(lambda: transcript.unclaimed, limit=LIMIT)
    still = await one.voice.wait_for_reply(pending.ask_id, 0.1)
    assert [each.text for each in still.said_meanwhile] == ["Yes, by all means."]


async def test_a_call_sees_what_a_store_tells_that_knows_less_than_it_did(
    store: MemoryStore, one: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a failover: it does not spin, and sees the answer."""
    pending, link = await asked(one)
    reports, found = [], []

    async def report(line: str) -> None:
        reports.append(line)
        assert len(reports) < 50

    async def wait() -> None:
        found.append(await one.voice.wait_for_reply(pending.ask_id, LIMIT, report=report))

    async with calling(wait):
        await until(lambda: reports, limit=LIMIT)
        kept = store._kept[pending.ask_id]
        kept.state = kept.state.model_copy(update={"version": kept.state.version - 3})
        kept.changed.ring()
        await anyio.sleep(2 * following.LEAST_SECONDS)
        types(link, "Yes.")
        await until(lambda: found, limit=LIMIT)
    assert found[0].reply == "Yes."


async def test_a_record_that_cannot_be_read_fails_alone(store: MemoryStore, one: Process) -> None:
    """Whoever else is asked there is asked."""
    poison = Request(id="ask-poison", kind="ask", room_name="kitchen", text="Poison?", open_seconds=900.0)
    claimed = await store.claim(await store.open(poison), worker="two")
    assert claimed is not None
    await store.renew(claimed, Progress(result={"status": "of-another-version"}, spoken_times=1))
    await anyio.sleep(LEASE + 0.1)
    await asked(one)
    assert said(one) == [QUESTION]
    with pytest.raises(VoiceError, match="not written by mcp-voice"):
        await one.voice.wait_for_reply(poison.id, LIMIT)


class Nowhere:
    """Carriers that hold nothing."""

    def transcript(self, place: Place) -> None:
        """None."""


@pytest.mark.parametrize("method", ["note", "leave"])
async def test_words_that_were_taken_are_returned_though_the_store_fails_then(method: str) -> None:
    """Twice is better than never."""
    store = MemoryStore()
    line, transcript, now = Line(store, failing={method}), Transcript(), time.monotonic()
    transcript.keep(Reply(ALICE, "The key is under the mat.", "speech", now, now, now))
    await store.hold(KITCHEN, worker="one")
    await store.note(KITCHEN, written(transcript), worker="one")
    await store.leave(KITCHEN, worker="one")
    result = Answer(status="answered", ask_id="ask-1", room_name="kitchen", more=True)
    found = await Meanwhiles(line, Nowhere()).beside(result, KITCHEN)  # type: ignore[arg-type]
    assert [each.text for each in found.said_meanwhile] == ["The key is under the mat."]
    assert len((await noted(store, KITCHEN)).unclaimed) == (method == "note")
