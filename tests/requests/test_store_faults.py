"""A store that cannot be reached for a while, at each of its methods: nothing is lost, and calls say what is wrong."""

from __future__ import annotations

import time

import anyio
import pytest

from mcp_voice.errors import StoreError
from mcp_voice.link import Typed
from mcp_voice.requests import following
from mcp_voice.results import Answer
from mcp_voice.settings import Settings, load
from mcp_voice.store.memory import MemoryStore
from mcp_voice.tasks import owned_tasks
from testkit.fake_link import FakeEngine, FakeLink
from testkit.shared_store import Process, process
from testkit.waiting import until

pytestmark = pytest.mark.anyio

LIMIT = 10.0
QUESTION = "Ship it?"
METHODS = (
    "open",
    "attend",
    "changed",
    "waiting",
    "claim",
    "renew",
    "answer",
    "hold",
    "overdue",
    "note",
    "noted",
    "find",
)


@pytest.fixture
def settings() -> Settings:
    """Settings of nobody's environment."""
    return load(quiet_seconds=0.2, _env_file=None)


async def asked_and_answered(one: Process) -> list[Answer]:
    """A question from its opening to its answer."""
    found: list[Answer] = []

    async def ask() -> None:
        found.append(await one.voice.ask_in_room(QUESTION, "kitchen", wait_seconds=LIMIT))

    async with owned_tasks() as tasks:
        tasks.start_soon(ask)
        link = await shown(one)
        link.playouts[-1].finish()
        link.hear(Typed("alice", "Yes.", time.monotonic()))
    return found


async def shown(one: Process) -> FakeLink:
    """Its link, once a question can be answered there."""
    await until(lambda: one.engine.links and one.engine.links[-1].asking, limit=LIMIT)
    return one.engine.links[-1]


@pytest.mark.parametrize("method", METHODS)
async def test_an_ask_outlasts_a_store_that_fails_for_a_second(settings: Settings, method: str) -> None:
    """Whichever method fails: it is asked once, and answered."""
    async with process(MemoryStore(), FakeEngine(), settings) as one, owned_tasks() as tasks:
        one.line.failing.add(method)

        async def recover() -> None:
            await anyio.sleep(1.0)
            one.line.failing.clear()

        tasks.start_soon(recover)
        (answer,) = await asked_and_answered(one)
        assert (answer.status, answer.reply) == ("answered", "Yes.")
        assert [each.text for each in one.engine.links[-1].playouts] == [QUESTION]
        tasks.cancel_scope.cancel()


@pytest.mark.parametrize("method", METHODS)
async def test_an_acknowledgement_that_gets_lost_changes_nothing(settings: Settings, method: str) -> None:
    """The store did what it was told, and the next attempt finds that done."""
    async with process(MemoryStore(), FakeEngine(), settings) as one, owned_tasks() as tasks:
        one.line.after.add(method)

        async def recover() -> None:
            await until(lambda: method in one.line.log, limit=LIMIT)
            one.line.after.clear()

        tasks.start_soon(recover)
        (answer,) = await asked_and_answered(one)
        assert (answer.status, answer.reply) == ("answered", "Yes.")
        tasks.cancel_scope.cancel()


async def test_an_answer_that_was_heard_while_the_store_was_gone_is_written_once_it_is_back(
    settings: Settings,
) -> None:
    """And the call that waits has it then; until then it says what it waits for."""
    reports: list[str] = []

    async def report(line: str) -> None:
        reports.append(line)

    async with process(MemoryStore(), FakeEngine(), settings) as one:
        pending = await one.voice.ask_in_room(QUESTION, "kitchen", wait_seconds=0)
        link = await shown(one)
        link.playouts[-1].finish()
        one.line.failing.add("*")
        link.hear(Typed("alice", "Yes.", time.monotonic()))
        found: list[Answer] = []

        async def wait() -> None:
            found.append(await one.voice.wait_for_reply(pending.ask_id, LIMIT, report=report))

        one.line.failing.discard("*")
        one.line.failing |= {"changed", "answer", "renew"}
        async with owned_tasks() as tasks:
            tasks.start_soon(wait)
            await until(lambda: any("store cannot be reached" in each for each in reports), limit=LIMIT)
            one.line.failing.clear()
        assert found[0].reply == "Yes."


async def test_a_call_that_waits_returns_what_it_knows_where_the_store_is_gone(settings: Settings) -> None:
    """It has the id with which to go on waiting."""
    async with process(MemoryStore(), FakeEngine(), settings) as one:
        pending = await one.voice.ask_in_room(QUESTION, "kitchen", wait_seconds=0)
        link = await shown(one)
        link.playouts[-1].finish()
        one.line.failing.add("changed")
        still = await one.voice.wait_for_reply(pending.ask_id, 1.0)
        assert (still.status, still.ask_id) == ("pending", pending.ask_id)
        assert still.next.endswith("The store cannot be reached.")


async def test_a_call_that_cannot_be_opened_says_so_in_time(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is spoken then."""
    monkeypatch.setattr(following, "STORE_SECONDS", 0.5)
    async with process(MemoryStore(), FakeEngine(), settings) as one:
        one.line.failing.add("*")
        with pytest.raises(StoreError, match="cannot be reached"):
            await one.voice.ask_in_room(QUESTION, "kitchen", wait_seconds=LIMIT)
        with pytest.raises(StoreError, match="cannot be reached"):
            await one.voice.wait_for_reply("ask-0123456789")
        assert not one.engine.links
