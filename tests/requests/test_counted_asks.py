"""The asks of one process in a store: each end is counted and told of once, whoever sees it."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from functools import partial

import anyio
import pytest

from mcp_voice.asks.figures import CallFigures
from mcp_voice.errors import StoreError
from mcp_voice.logs.audit import audit_log
from mcp_voice.requests import counted_asks
from mcp_voice.requests.counted_asks import CountedAsks
from mcp_voice.settings import load
from mcp_voice.store.memory import MemoryStore
from mcp_voice.store.records import Outcome, State
from mcp_voice.tasks import owned_tasks
from testkit.fake_link import ALICE, FakeEngine
from testkit.shared_store import Clock, Process, process
from testkit.stores import ANSWERED, an_ask
from testkit.waiting import until
from tests.requests.kitchen import LIMIT, shown, types

pytestmark = pytest.mark.anyio

SETTINGS = load(quiet_seconds=60.0, _env_file=None)
LOOK_SECONDS = 0.05


@pytest.fixture(autouse=True)
def log(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """What is told; processes look often."""
    monkeypatch.setattr(counted_asks, "LOOK_SECONDS", LOOK_SECONDS)
    caplog.set_level(logging.INFO, logger=audit_log.name)
    return caplog


@pytest.fixture
async def two() -> AsyncIterator[list[Process]]:
    """Processes that share a store."""
    store = MemoryStore()
    async with (
        process(store, FakeEngine(people={"kitchen": [ALICE]}), SETTINGS) as one,
        process(store, FakeEngine(people={"kitchen": [ALICE]}), SETTINGS) as other,
    ):
        yield [one, other]


def ends(log: pytest.LogCaptureFixture) -> list[str]:
    """The lines about asks that are over, without how long each took."""
    told = [each.getMessage() for each in log.records if each.name == audit_log.name]
    return [each.partition(" ms=")[0] for each in told if each.startswith("ask ended: ")]


async def test_an_ask_that_another_process_collects_is_counted_and_told_of_once(
    two: list[Process], log: pytest.LogCaptureFixture
) -> None:
    """By the one whose call has opened it, though no call of its own ever sees the end."""
    figures, others = CallFigures(), CallFigures()
    voice, other = (
        each.voice.apart(SETTINGS, inviter="ops", figures=counted)
        for each, counted in zip(two, (figures, others), strict=True)
    )
    asked = await voice.ask_in_room("What is the code?", "kitchen", wait_seconds=0)
    assert figures.asks_open == 1
    link = await shown(next(each for each in two if each.engine.links))
    link.playouts[-1].finish()
    types(link, "seven seven four")
    assert (await other.wait_for_reply(asked.ask_id, LIMIT)).status == "answered"
    await until(lambda: figures.asks_open == 0, limit=LIMIT)
    assert (figures.asks["answered"], others.asks.total(), others.asks_open) == (1, 0, 0)
    assert (await voice.wait_for_reply(asked.ask_id)).status == "answered"
    assert ends(log) == [f"ask ended: subject=ops room='kitchen' ask='{asked.ask_id}' outcome=answered"]
    assert "seven" not in log.text


async def test_what_an_ask_waits_for_is_as_it_was_seen_last() -> None:
    """Before anybody carries it out it waits to be begun."""
    store = MemoryStore()
    async with owned_tasks() as tasks:
        counted = CountedAsks(CallFigures(), store, tasks, subject="ops")
        asked = await store.open(an_ask())
        counted.opened(asked)
        assert list(counted.waiting()) == ["start"]
        claimed = await store.claim(asked, worker="another")
        assert claimed is not None
        for waits in ("floor", "reply", "nothing of ours"):
            progress = claimed.progress.model_copy(update={"result": {"waiting_for": waits}})
            await store.renew(claimed, progress)
            wanted = [waits.replace("nothing of ours", "start")]
            await until(partial(_waits_for, counted, wanted), limit=LIMIT)
        await store.answer(claimed, ANSWERED)
        await until(lambda: not list(counted.waiting()), limit=LIMIT)


def _waits_for(counted: CountedAsks, wanted: list[str]) -> bool:
    return list(counted.waiting()) == wanted


async def test_an_ask_that_ends_with_its_process_is_told_of(log: pytest.LogCaptureFixture) -> None:
    """A server that is stopped is cancelled from outside: the log said where an ask began, and never that it ended."""
    store, figures = MemoryStore(), CallFigures()
    with anyio.CancelScope() as outside:
        async with owned_tasks() as tasks:
            counted = CountedAsks(figures, store, tasks, subject="ops")
            counted.opened(await store.open(an_ask()))
            await anyio.wait_all_tasks_blocked()
            outside.cancel()
    assert figures.asks_open == 0
    assert [each.rpartition("outcome=")[2] for each in ends(log)] == ["cancelled"]


async def test_an_ask_that_the_store_has_forgotten_is_over(log: pytest.LogCaptureFixture) -> None:
    """It would stay among those that are open; what became of it, nobody can say any more."""
    clock, figures = Clock(), CallFigures()
    store = MemoryStore(keep_seconds=5.0, clock=clock)
    async with owned_tasks() as tasks:
        counted = CountedAsks(figures, store, tasks, subject="ops")
        asked = await store.open(an_ask(open_seconds=10))
        counted.opened(asked)
        clock.ahead = 10_000.0
        await until(lambda: figures.asks_open == 0, limit=LIMIT)
    assert figures.asks["other"] == 1
    assert ends(log) == [f"ask ended: subject=ops room='kitchen' ask='{asked.request.id}' outcome=unknown"]


class Looks(MemoryStore):
    """Tells what is looked at, and fails for some."""

    is_shared = True

    def __init__(self) -> None:
        super().__init__()
        self.looked_at: list[str] = []
        self.failing: dict[str, Exception] = {}

    async def find(self, request_id: str, *, subject: str) -> State:
        """See ``AskStore``."""
        self.looked_at.append(request_id)
        if error := self.failing.get(request_id):
            raise error
        return await super().find(request_id, subject=subject)


async def test_a_timing_that_nobody_of_ours_wrote_ends_no_process() -> None:
    """Whoever can write to the store would end all servers with one number."""
    store, figures = MemoryStore(), CallFigures()
    async with owned_tasks() as tasks:
        counted = CountedAsks(figures, store, tasks, subject="ops")
        for milliseconds in (10**400, -(10**400), 700):
            asked = await store.open(an_ask(f"How about {milliseconds % 7}?"))
            counted.opened(asked)
            claimed = await store.claim(asked, worker="another")
            assert claimed is not None
            told = {"status": "answered", "ask_id": "ask-1", "room_name": "kitchen", "timing": {"stt_ms": milliseconds}}
            await store.answer(claimed, Outcome(result=told))
        await until(lambda: figures.asks_open == 0, limit=LIMIT)
    assert figures.asks["answered"] == 3
    assert figures.phases["stt"].seconds == pytest.approx(86_400.7)


@pytest.mark.parametrize(
    "error", [ValueError("What is the code?"), StoreError(), StoreError(code="store-key")], ids=["ours", "entry", "key"]
)
async def test_an_ask_that_cannot_be_read_keeps_none_of_the_others(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    """They are looked at in the same round, again and again; the log quotes nothing."""
    store, figures = Looks(), CallFigures()
    async with owned_tasks() as tasks:
        counted = CountedAsks(figures, store, tasks, subject="ops")
        first, second = await store.open(an_ask("First?")), await store.open(an_ask("Second?"))
        store.failing[first.request.id] = error
        counted.opened(first)
        counted.opened(second)
        await until(lambda: store.looked_at.count(second.request.id) > 1, limit=LIMIT)
        store.failing.clear()
        for asked in (first, second):
            await store.withdraw(asked.request.id, subject="ops")
        await until(lambda: figures.asks_open == 0, limit=LIMIT)
    assert "code?" not in caplog.text


async def test_a_store_that_is_away_is_asked_for_one_ask_a_round(caplog: pytest.LogCaptureFixture) -> None:
    """For each of a hundred it takes 2.5 s to say so, and a line of the log."""
    store = Looks()
    caplog.set_level(logging.INFO, logger=counted_asks.log.name)
    async with owned_tasks() as tasks:
        counted = CountedAsks(CallFigures(), store, tasks, subject="ops")
        opened = [await store.open(an_ask(f"Number {number}?")) for number in range(3)]
        for asked in opened:
            store.failing[asked.request.id] = StoreError(code="store-late")
            counted.opened(asked)
        await until(lambda: len(store.looked_at) == 3, limit=LIMIT)
        tasks.cancel_scope.cancel()
    assert set(store.looked_at) == {opened[0].request.id}
    assert caplog.text.count("the end of an ask cannot be looked up (store-late)") == 3


async def test_a_store_that_is_away_ends_nothing(two: list[Process], log: pytest.LogCaptureFixture) -> None:
    """It is looked at again."""
    one, figures = two[0], CallFigures()
    voice = one.voice.apart(SETTINGS, inviter="ops", figures=figures)
    asked = await voice.ask_in_room("Ready?", "kitchen", wait_seconds=0)
    one.line.log.clear()
    one.line.failing.add("find")
    await until(lambda: one.line.log.count("find") > 1, limit=LIMIT)
    await two[1].line.store.withdraw(asked.ask_id, subject="ops")
    assert (figures.asks_open, ends(log)) == (1, [])
    one.line.failing.clear()
    await until(lambda: figures.asks_open == 0, limit=LIMIT)
    assert figures.asks["cancelled"] == 1
