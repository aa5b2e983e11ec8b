"""A machine that bears no room more: another process may carry out what it was asked; it says so where none does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from mcp_voice.errors import Busy, VoiceError
from mcp_voice.requests import following, giving_up, local
from mcp_voice.requests.failures import as_told
from mcp_voice.settings import load
from mcp_voice.store.memory import MemoryStore
from mcp_voice.store.records import Progress, Request, State
from mcp_voice.tasks import owned_tasks
from testkit.fake_link import ALICE, FakeEngine
from testkit.shared_store import Process, process
from testkit.waiting import until
from tests.requests.kitchen import LIMIT, said, types

pytestmark = pytest.mark.anyio


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What others have left is looked for again and again."""
    monkeypatch.setattr(local, "UNCLAIMED_SECONDS", 0.1)
    monkeypatch.setattr(local, "RENEW_SECONDS", 0.1)


@pytest.fixture
def unswept(monkeypatch: pytest.MonkeyPatch) -> None:
    """What others have left is never looked for."""
    monkeypatch.setattr(local, "UNCLAIMED_SECONDS", 3600.0)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call is told late that all are busy, as this machine may be."""
    monkeypatch.setattr(following, "TOLD_SECONDS", LIMIT)


@asynccontextmanager
async def full(store: MemoryStore, room: str = "kitchen") -> AsyncIterator[Process]:
    """A process that bears one room, and is asked something there."""
    settings = load(most_rooms=1, quiet_seconds=60.0, _env_file=None)
    async with process(store, FakeEngine({room: [ALICE], "hall": [ALICE]}), settings) as one:
        await one.voice.ask_in_room("Ship it?", room, wait_seconds=0)
        await until(lambda: one.engine.links and one.engine.links[0].asking, limit=LIMIT)
        yield one


@asynccontextmanager
async def idle(store: MemoryStore) -> AsyncIterator[Process]:
    """Another one, which bears many."""
    settings = load(quiet_seconds=60.0, _env_file=None)
    async with process(store, FakeEngine({"kitchen": [ALICE], "hall": [ALICE]}), settings) as two:
        yield two


@pytest.mark.usefixtures("quick", "patient")
async def test_what_one_process_is_too_busy_for_is_asked_by_another_one() -> None:
    """The call that asked waits meanwhile, and the attempt that was none does not count."""
    store, answers = MemoryStore(), []
    async with full(store) as one, full(store, "attic"), owned_tasks() as tasks:

        async def ask() -> None:
            answers.append(await one.voice.ask_in_room("Lunch?", "hall", wait_seconds=LIMIT))

        tasks.start_soon(ask)
        await until(lambda: [each for each in states(store) if each.progress.refused], limit=LIMIT)
        async with idle(store) as two:
            await until(lambda: two.engine.links and two.engine.links[0].asking, limit=LIMIT)
            types(two.engine.links[0], "At noon.")
            await until(lambda: answers, limit=LIMIT)
        assert (answers[0].status, answers[0].reply) == ("answered", "At noon.")
        assert said(one) == ["Ship it?"]


@pytest.mark.usefixtures("unswept", "patient")
async def test_whoever_is_not_busy_is_told_at_once_and_one_alone_asks() -> None:
    """Nobody finds it by looking for what was left; the busy one does not try it again."""
    store, answers = MemoryStore(), []
    async with full(store) as one, AsyncExitStack() as stack:
        others = [await stack.enter_async_context(idle(store)) for _ in range(5)]
        tasks = await stack.enter_async_context(owned_tasks())

        async def ask() -> None:
            answers.append(await one.voice.ask_in_room("Lunch?", "hall", wait_seconds=LIMIT))

        tasks.start_soon(ask)
        await until(lambda: [each for each in others if each.engine.links and each.engine.links[0].asking], limit=LIMIT)
        (asking,) = [each for each in others if each.engine.links]
        types(asking.engine.links[0], "At noon.")
        await until(lambda: answers, limit=LIMIT)
        assert (answers[0].status, answers[0].reply) == ("answered", "At noon.")
        assert [said(each) for each in others if each is not asking] == [[]] * 4
        (state,) = [each for each in states(store) if each.progress.refused]
        assert (state.attempt, state.progress.refused) == (2, 1)


@pytest.mark.usefixtures("unswept", "patient")
async def test_what_several_processes_are_too_busy_for_reaches_the_one_that_is_not() -> None:
    """Each that refuses it offers it anew."""
    store = MemoryStore()
    async with full(store) as one, AsyncExitStack() as stack:
        busy = [await stack.enter_async_context(full(store, f"room-{number}")) for number in range(3)]
        async with idle(store) as free, owned_tasks() as tasks:
            tasks.start_soon(one.voice.say_in_room, "Lunch is there.", "hall")
            await until(lambda: "Lunch is there." in said(free), limit=LIMIT)
            free.engine.links[0].playouts[-1].finish()
        assert not [each for each in (one, *busy) if "Lunch is there." in said(each)]


@pytest.mark.usefixtures("unswept", "patient")
async def test_a_message_that_one_process_is_too_busy_for_is_said_by_another_one() -> None:
    """It ends with its call, and has as long as that."""
    store, results = MemoryStore(), []
    async with full(store) as one, idle(store) as two, owned_tasks() as tasks:

        async def say() -> None:
            results.append(await one.voice.say_in_room("Lunch is there.", "hall"))

        tasks.start_soon(say)
        await until(lambda: "Lunch is there." in said(two), limit=LIMIT)
        two.engine.links[0].playouts[-1].finish()
        await until(lambda: results, limit=LIMIT)
        assert results[0].status == "said"


@pytest.mark.parametrize("tool", ["ask", "say"])
async def test_where_nobody_else_takes_it_the_call_is_told_that_it_was_busy(
    tool: str,
) -> None:
    """Within a second, and not that it was cut off so many times, or that nobody was there."""
    assert giving_up.TOLD_SECONDS < 1.0
    lines: list[str] = []

    async def report(line: str) -> None:
        lines.append(line)

    store = MemoryStore()
    async with full(store) as one, full(store, "attic"):

        async def call() -> object:
            if tool == "ask":
                return await one.voice.ask_in_room("Lunch?", "hall", wait_seconds=LIMIT, report=report)
            return await one.voice.say_in_room("Lunch is there.", "hall", wait_seconds=LIMIT, report=report)

        with pytest.raises(Busy, match=r"^Busy: 1 room is being heard") as told:
            await call()
    assert told.value.code == "busy"
    # Whoever waits for that asks the store some times only.
    assert one.line.log.count("find") < 30
    assert [line for line in lines if line.startswith("Busy: ") and line.endswith("Another process may take it.")]


@pytest.mark.usefixtures("patient", "unswept")
async def test_a_process_that_is_alone_tells_at_once_that_it_is_busy() -> None:
    """Nobody else could take it."""
    async with full(MemoryStore()) as one:
        with pytest.raises(Busy):
            await one.voice.ask_in_room("Lunch?", "hall", wait_seconds=LIMIT)
        with pytest.raises(Busy):
            await one.voice.say_in_room("Lunch is there.", "hall", wait_seconds=LIMIT)


@pytest.mark.usefixtures("patient")
async def test_a_call_that_does_not_wait_for_somebody_else_is_told_so() -> None:
    """Its ask is taken by the next who can."""
    store = MemoryStore()
    async with full(store) as one, full(store, "attic"):
        answer = await one.voice.ask_in_room("Lunch?", "hall", wait_seconds=1.0)
    assert answer.status == "pending"
    assert answer.ask_id in answer.next
    assert "Busy: 1 room is being heard" in answer.next


def refused(attempts: int, *, seconds: float) -> State:
    """An ask that was refused so many times, for the first time so long ago."""
    progress = Progress(refused=attempts, refused_at=100.0, refusal=as_told(Busy(1, again=2.0)))
    request = Request(id="ask-1", kind="ask", room_name="hall", text="Lunch?", open_seconds=900)
    return State(request=request, opened_at=99.0, attempt=attempts, progress=progress, now=100.0 + seconds)


def test_attempts_that_were_refused_are_none() -> None:
    """Ten processes that are busy for a moment end no question."""
    assert giving_up.given_up(refused(12, seconds=giving_up.REFUSED_SECONDS - 1)) is None
    early = giving_up.given_up(refused(1, seconds=1.0), refused_seconds=giving_up.TOLD_SECONDS)
    assert early is not None
    assert early.failure is not None
    outcome = giving_up.given_up(refused(1, seconds=giving_up.REFUSED_SECONDS + 1))
    assert outcome is not None
    assert outcome.failure is not None
    assert outcome.failure.code == "busy"


def states(store: MemoryStore) -> list[State]:
    """All that was asked."""
    return [kept.state for kept in store._kept.values()]


async def test_an_error_that_ends_the_call_of_an_open_ask_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reply that comes later can be collected."""
    store = MemoryStore()

    async def fails(*_: object, **__: object) -> None:
        raise VoiceError("No worker can be had.", fix="Look at the logs.")

    async with idle(store) as two:
        monkeypatch.setattr(two.voice.carriers, "see_to", fails)
        with pytest.raises(VoiceError, match=r"^No worker can be had\. Look at the logs\. ") as told:
            await two.voice.ask_in_room("Lunch?", "hall", wait_seconds=LIMIT)
        (state,) = states(store)
        assert state.is_open
        assert f"wait_for_reply with ask_id {state.request.id}" in told.value.fix
