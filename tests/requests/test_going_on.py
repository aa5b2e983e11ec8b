"""Asks that outlive whoever carries them out: nothing is lost, and nothing is said three times."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

import anyio
import pytest

from mcp_voice.errors import VoiceError
from mcp_voice.link import SpeechStarted, Typed, Words
from mcp_voice.requests.carrying import carry_out
from mcp_voice.results import Answer
from mcp_voice.settings import Settings, load
from mcp_voice.store.memory import MemoryStore
from mcp_voice.store.records import Place, Request
from mcp_voice.tasks import owned_tasks
from testkit.fake_link import FakeEngine, FakeLink
from testkit.shared_store import Clock, Process, process
from testkit.waiting import until

pytestmark = pytest.mark.anyio

LIMIT = 10.0
LEASE = 11.0
QUESTION = "Ship it?"
ASK_ID = "ask-0123456789"
AGAIN = f"Sorry, I was cut off. {QUESTION}"


@pytest.fixture
def settings() -> Settings:
    """Settings of nobody's environment."""
    return load(quiet_seconds=0.2, _env_file=None)


@pytest.fixture
def clock() -> Clock:
    """The store's."""
    return Clock()


@pytest.fixture
def store(clock: Clock) -> MemoryStore:
    """What all processes share."""
    return MemoryStore(clock=clock)


async def ask(asked: Process, wait_seconds: float = 0) -> Answer:
    """Ask in the kitchen."""
    return await asked.voice.ask_in_room(QUESTION, "kitchen", wait_seconds=wait_seconds)


async def shown(asked: Process) -> FakeLink:
    """Its link, once a question can be answered there."""
    await until(lambda: asked.engine.links and asked.engine.links[-1].asking, limit=LIMIT)
    return asked.engine.links[-1]


async def speaking(asked: Process, number: int = 0) -> FakeLink:
    """Its link, once a question sounds there."""
    await until(lambda: asked.engine.links and len(asked.engine.links[-1].playouts) > number, limit=LIMIT)
    return await shown(asked)


def opened(settings: Settings) -> Request:
    """The question, as a process opens it that ends at once."""
    return Request(
        id=ASK_ID,
        kind="ask",
        room_name="kitchen",
        text=QUESTION,
        asker="mcp-voice",
        open_seconds=settings.ask_seconds,
    )


def said(*processes: Process) -> list[str]:
    """All that was begun to be said, by whoever."""
    return [each.text for one in processes for link in one.engine.links for each in link.playouts]


def answer(link: FakeLink, text: str = "Yes.") -> None:
    """Alice answers."""
    link.hear(Typed("alice", text, time.monotonic()))


async def test_an_ask_is_answered_through_the_store(store: MemoryStore, settings: Settings) -> None:
    """Asked in one process, waited for in the other, which is in no room."""
    async with (
        process(store, FakeEngine(), settings) as one,
        process(store, FakeEngine(), settings) as two,
    ):
        pending = await ask(one)
        assert (pending.status, pending.waiting_for) == ("pending", None) or pending.waiting_for == "reply"
        link = await speaking(one)
        link.playouts[-1].finish()
        answer(link)
        answered = await two.voice.wait_for_reply(pending.ask_id, LIMIT)
        assert (answered.status, answered.reply, answered.spoken) == ("answered", "Yes.", QUESTION)
        assert not two.engine.links


async def waited(other: Process, ask_id: str) -> Answer:
    """What the other one's call returns, once Alice has answered whatever it asks there."""
    found: list[Answer] = []

    async def wait() -> None:
        found.append(await other.voice.wait_for_reply(ask_id, LIMIT))

    async with owned_tasks() as tasks:
        tasks.start_soon(wait)
        link = await shown(other)
        for playout in link.playouts[-1:]:
            playout.finish()
        answer(link)
    return found[0]


async def is_in_phase(one: Process, phase: str) -> bool:
    """Whether the store knows that the question is as far as that."""
    return (await one.line.store.find(ASK_ID, subject="")).progress.phase == phase


async def joining(one: Process) -> None:
    """The room is being entered."""
    await until(lambda: one.engine.log, limit=LIMIT)


async def in_mid_question(one: Process) -> None:
    """It sounds."""
    await speaking(one)


async def after_it(one: Process) -> None:
    """It was spoken to its end."""
    (await speaking(one)).playouts[-1].finish()
    await until(lambda: is_in_phase(one, "listening"), limit=LIMIT)


async def in_mid_answer(one: Process) -> None:
    """Alice is speaking."""
    await after_it(one)
    now = time.monotonic()
    one.engine.links[-1].hear(SpeechStarted("alice", now), Words("alice", "well yes", final=False, at=now))
    await until(one.inner.seats.seat("kitchen", name="").listener.somebody_speaks, limit=LIMIT)


async def before_the_answer_is_written(one: Process) -> None:
    """She has answered, and the store takes nothing."""
    await after_it(one)
    one.line.failing.add("answer")
    answer(one.engine.links[-1], "No.")
    await until(lambda: "answer" in one.line.log, limit=LIMIT)


Phase = Callable[[Process], Awaitable[None]]
PHASES: dict[Phase, list[str]] = {
    joining: [QUESTION],
    in_mid_question: [QUESTION, AGAIN],
    after_it: [QUESTION, AGAIN],
    in_mid_answer: [QUESTION, AGAIN],
    before_the_answer_is_written: [QUESTION, AGAIN],
}


@pytest.mark.parametrize("is_killed", [True, False], ids=["killed", "ended"])
@pytest.mark.parametrize("phase", PHASES, ids=lambda each: each.__name__)
async def test_an_ask_goes_on_in_another_process_whenever_the_first_one_ends(
    store: MemoryStore, clock: Clock, settings: Settings, phase: Phase, *, is_killed: bool
) -> None:
    """Nothing is lost, and what was begun is begun once more, with an apology."""
    first = FakeEngine(gate=anyio.Event() if phase is joining else None)
    async with process(store, first, settings) as one, process(store, FakeEngine(), settings) as two:
        pending = (await store.open(opened(settings))).request.id
        await one.voice.carriers.see_to(Place("", "kitchen"), name="mcp-voice")
        await phase(one)
        if is_killed:
            one.kill()
        else:
            one.scope.cancel()
        is_cut_off = is_killed or phase is before_the_answer_is_written
        clock.ahead += LEASE if is_cut_off else 0.0
        answered = await waited(two, pending)
        assert (answered.status, answered.reply) == ("answered", "Yes.")
        assert said(one, two) == PHASES[phase]
        assert (await store.find(pending, subject="")).progress.cut_offs == int(is_cut_off)


async def test_a_question_is_begun_twice_at_most_and_then_only_listened_for(
    store: MemoryStore, settings: Settings
) -> None:
    """However often whoever carries it out ends; the third one shows it, and hears the answer."""
    engines = [FakeEngine(), FakeEngine(), FakeEngine()]
    ask_id = (await store.open(opened(settings))).request.id
    for engine in engines[:2]:
        async with process(store, engine, settings) as one:
            await one.voice.carriers.see_to(Place("", "kitchen"), name="mcp-voice")
            await speaking(one)
    async with process(store, engines[2], settings) as three:
        answered = await waited(three, ask_id)
    assert (answered.reply, answered.spoken) == ("Yes.", QUESTION)
    assert [each.text for one in engines for link in one.links for each in link.playouts] == [QUESTION, AGAIN]


async def test_an_ask_that_was_cut_off_three_times_fails_and_says_so(
    store: MemoryStore, clock: Clock, settings: Settings
) -> None:
    """A question that ends whoever asks it must not go on for ever."""
    ask_id = (await store.open(opened(settings))).request.id
    for _ in range(3):
        async with process(store, FakeEngine(), settings) as one:
            await one.voice.carriers.see_to(Place("", "kitchen"), name="mcp-voice")
            await shown(one)
            one.kill()
        clock.ahead += LEASE
    async with process(store, FakeEngine(), settings) as last:
        with pytest.raises(VoiceError, match="cut off 3 times") as told:
            await last.voice.wait_for_reply(ask_id, LIMIT)
        assert told.value.code == "cut-off"
        assert not last.engine.links


async def test_who_has_heard_the_question_and_is_gone_has_left(
    store: MemoryStore, clock: Clock, settings: Settings
) -> None:
    """Whoever comes later is not asked what was asked of others."""
    ask_id = (await store.open(opened(settings))).request.id
    async with process(store, FakeEngine(), settings) as one:
        await one.voice.carriers.see_to(Place("", "kitchen"), name="mcp-voice")
        await after_it(one)
        one.kill()
    clock.ahead += LEASE
    async with process(store, FakeEngine(people={"kitchen": []}), settings) as two:
        assert (await two.voice.wait_for_reply(ask_id, LIMIT)).status == "left"


async def test_two_processes_asked_in_one_room_queue_in_one_order(store: MemoryStore, settings: Settings) -> None:
    """The one that holds the room asks both; the other one's call is told whose turn it is."""
    async with process(store, FakeEngine(), settings) as one, process(store, FakeEngine(), settings) as two:
        first = await ask(one)
        second = await two.voice.ask_in_room("And when?", "kitchen", wait_seconds=0)
        assert (second.waiting_for, second.floor_held_by) == ("floor", first.ask_id)
        link = await speaking(one)
        link.playouts[-1].finish()
        answer(link)
        await speaking(one, 1)
        link.playouts[-1].finish()
        answer(link, "Tomorrow.")
        assert (await one.voice.wait_for_reply(second.ask_id, LIMIT)).reply == "Tomorrow."
        assert (await two.voice.wait_for_reply(first.ask_id, LIMIT)).reply == "Yes."
        assert not two.engine.links


async def test_an_answer_that_waits_for_no_floor_to_be_given_back_is_there_at_once(
    store: MemoryStore, settings: Settings
) -> None:
    """That takes a round trip, and may hang."""
    stuck = anyio.Event()
    async with process(store, FakeEngine(stuck=stuck), settings) as one:
        pending = await ask(one)
        link = await speaking(one)
        link.playouts[-1].finish()
        answer(link)
        assert (await one.voice.wait_for_reply(pending.ask_id, 2.0)).reply == "Yes."
        stuck.set()


async def test_a_place_is_carried_out_in_by_one_process_at_a_time(store: MemoryStore, settings: Settings) -> None:
    """Whoever comes second returns at once, and enters no room."""
    async with process(store, FakeEngine(), settings) as one, process(store, FakeEngine(), settings) as two:
        await ask(one)
        with anyio.fail_after(LIMIT):
            await carry_out(Place("", "kitchen"), store=store, voice=two.inner, worker="two")
        assert not two.engine.links
