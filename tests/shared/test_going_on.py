"""Asks that outlive whoever carries them out: nothing is lost, and nothing is said three times."""

from __future__ import annotations

import time

import anyio
import pytest

from mcp_voice.link import Typed
from mcp_voice.results import Answer
from mcp_voice.settings import Settings, load
from mcp_voice.shared.carrying import carry_out
from mcp_voice.store.memory import MemoryStore
from mcp_voice.store.records import Place
from mcp_voice.tasks import owned_tasks
from testkit.fake_link import FakeEngine, FakeLink
from testkit.shared_store import Clock, Process, process
from testkit.waiting import until

pytestmark = pytest.mark.anyio

LIMIT = 10.0
LEASE = 11.0
QUESTION = "Ship it?"
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


async def speaking(asked: Process, number: int = 0) -> FakeLink:
    """Its link, once a question sounds there."""
    await until(lambda: asked.engine.links and len(asked.engine.links[-1].playouts) > number, limit=LIMIT)
    return asked.engine.links[-1]


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


async def test_a_question_cut_off_is_asked_again_by_another_one(
    store: MemoryStore, clock: Clock, settings: Settings
) -> None:
    """In mid-question: it says that it was cut off, and asks once more."""
    async with (
        process(store, FakeEngine(), settings) as one,
        process(store, FakeEngine(), settings) as two,
    ):
        pending = await ask(one)
        await speaking(one)
        one.kill()
        clock.ahead += LEASE
        async with owned_tasks() as tasks:
            found: list[Answer] = []

            async def wait() -> None:
                found.append(await two.voice.wait_for_reply(pending.ask_id, LIMIT))

            tasks.start_soon(wait)
            link = await speaking(two)
            link.playouts[-1].finish()
            answer(link)
        assert (found[0].reply, found[0].spoken) == ("Yes.", AGAIN)
        assert said(one, two) == [QUESTION, AGAIN]


async def test_a_place_is_carried_out_in_by_one_process_at_a_time(store: MemoryStore, settings: Settings) -> None:
    """Whoever comes second returns at once, and enters no room."""
    async with process(store, FakeEngine(), settings) as one, process(store, FakeEngine(), settings) as two:
        await ask(one)
        with anyio.fail_after(LIMIT):
            await carry_out(Place("", "kitchen"), store=store, voice=two.inner, worker="two")
        assert not two.engine.links
