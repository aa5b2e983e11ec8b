"""Calls through a store whose process is about to end: they return what there is, whatever the store does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from mcp_voice.requests import errands
from mcp_voice.settings import Settings, load
from mcp_voice.store.memory import MemoryStore
from mcp_voice.store.records import State
from mcp_voice.tasks import owned_tasks
from testkit.fake_link import FakeEngine
from testkit.shared_store import Process, process
from testkit.waiting import until
from tests.requests.kitchen import LIMIT, QUESTION, calling, said, shown, types

pytestmark = pytest.mark.anyio


@pytest.fixture
def settings() -> Settings:
    """Settings of nobody's environment."""
    return load(quiet_seconds=60.0, _env_file=None)


@pytest.fixture
async def one(settings: Settings) -> AsyncIterator[Process]:
    """A process with a store of its own."""
    async with process(MemoryStore(), FakeEngine(), settings) as started:
        yield started


async def opened(one: Process) -> State:
    """The only question there is."""
    asked = next(iter(one.engine.links[-1].asking))
    return await one.line.store.find(asked, subject="")


async def test_calls_return_what_there_is_when_their_process_is_about_to_end(one: Process) -> None:
    """And the question goes on."""
    found: list[Any] = []

    async def ask() -> None:
        found.append(await one.voice.ask_in_room(QUESTION, "kitchen", wait_seconds=LIMIT))

    async with owned_tasks() as tasks:
        tasks.start_soon(ask)
        await shown(one)
        one.voice.return_calls()
    assert (found[0].status, found[0].ask_id) == ("pending", (await opened(one)).request.id)


async def test_a_call_that_listens_returns_when_its_process_is_about_to_end(one: Process) -> None:
    """As one does whose voice shares nothing."""
    found: list[Any] = []

    async def listen() -> None:
        found.append(await one.voice.listen_in_room("kitchen", wait_seconds=LIMIT))

    async with owned_tasks() as tasks:
        tasks.start_soon(listen)
        await until(lambda: one.engine.links, limit=LIMIT)
        one.voice.return_calls()
        await until(lambda: found, limit=LIMIT / 2)
    assert found[0].status == "pending"


async def test_calls_end_with_their_process_though_the_store_hangs(
    one: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their connections were broken off instead: the host was told nothing of what it had asked for."""
    monkeypatch.setattr(errands, "LEAVE_SECONDS", 600.0)
    one.line.hanging.add("withdraw")
    async with calling(lambda: one.voice.say_in_room("Done.", "kitchen")) as call:
        await until(lambda: said(one), limit=LIMIT)
        one.voice.return_calls()
        call.cancel()


async def test_a_call_that_listens_returns_with_its_process_though_the_store_hangs(
    one: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of what is heard is lost: nobody has returned it."""
    monkeypatch.setattr(errands, "LEAVE_SECONDS", 0.1)
    one.line.hanging.add("withdraw")
    found: list[Any] = []

    async def listen() -> None:
        found.append(await one.voice.listen_in_room("kitchen", wait_seconds=LIMIT))

    async with owned_tasks() as tasks:
        tasks.start_soon(listen)
        await until(lambda: one.engine.links, limit=LIMIT)
        one.voice.return_calls()
        await until(lambda: found, limit=LIMIT / 2)
    assert found[0].status == "pending"


async def test_calls_that_return_early_ask_the_store_for_nothing_more(one: Process) -> None:
    """It may be slow, and the process ends soon: the id of the ask matters."""
    pending = await one.voice.ask_in_room(QUESTION, "kitchen", wait_seconds=0)
    link = await shown(one)
    link.playouts[-1].finish()
    types(link, "Yes.")
    await one.voice.wait_for_reply(pending.ask_id, LIMIT)
    one.voice.return_calls()
    types(link, "One more thing.")
    await until(lambda: one.voice.transcript("kitchen")[2:], limit=LIMIT)
    one.line.log.clear()
    answer = await one.voice.wait_for_reply(pending.ask_id, LIMIT)
    assert (answer.ask_id, answer.said_meanwhile) == (pending.ask_id, [])
