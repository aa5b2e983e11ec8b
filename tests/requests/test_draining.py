"""A worker that is told to end: what it does is finished, and what waits is another's."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import cast

import anyio
import pytest

from mcp_voice.asks.room_voice import RoomVoice, room_voice
from mcp_voice.link import Typed
from mcp_voice.requests import carrying, claim, holding
from mcp_voice.requests.carrying import carry_out
from mcp_voice.settings import load
from mcp_voice.store.memory import MemoryStore
from mcp_voice.store.records import Place, Request
from mcp_voice.store.seam import AskStore
from mcp_voice.tasks import owned_tasks
from testkit.fake_link import FakeEngine, FakeLink
from testkit.shared_store import Line
from testkit.waiting import until

pytestmark = pytest.mark.anyio

LIMIT = 10.0
LEASE, RENEW = 1.0, 0.3
KITCHEN = Place("", "kitchen")


@pytest.fixture
def engine() -> FakeEngine:
    """Of the worker's job."""
    return FakeEngine()


@pytest.fixture
async def voice(engine: FakeEngine) -> AsyncIterator[RoomVoice]:
    """That stays in a room for a minute after a question."""
    async with room_voice(load(quiet_seconds=60.0, _env_file=None), engine) as running:
        yield running


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Line:
    """To a store whose leases are short."""
    for module in (holding, claim):
        monkeypatch.setattr(module, "LEASE_SECONDS", LEASE)
    for module in (holding, claim, carrying):
        monkeypatch.setattr(module, "RENEW_SECONDS", RENEW)
    return Line(MemoryStore(lease_seconds=LEASE))


async def asked(line: Line, text: str) -> None:
    """Somebody asks in the kitchen, under the question as its id."""
    await line.store.open(Request(id=text, kind="ask", room_name="kitchen", text=text, open_seconds=900))


async def job(line: Line, voice: RoomVoice, draining: anyio.Event) -> None:
    """A job of a worker, until it ends by itself."""
    with anyio.fail_after(LIMIT):
        await carry_out(KITCHEN, store=cast("AskStore", line), voice=voice, worker="job", draining=draining)


async def shown(engine: FakeEngine) -> FakeLink:
    """Its link, once a question can be answered there."""
    await until(lambda: engine.links and engine.links[-1].asking, limit=LIMIT)
    return engine.links[-1]


async def test_what_is_under_way_is_finished_and_what_waits_is_left(
    line: Line, voice: RoomVoice, engine: FakeEngine
) -> None:
    """And the room is left at once, though another question may come."""
    draining = anyio.Event()
    await asked(line, "Ship it?")
    async with owned_tasks() as tasks:
        tasks.start_soon(job, line, voice, draining)
        link = await shown(engine)
        draining.set()
        await asked(line, "And the docs?")
        link.hear(Typed("alice", "yes", time.monotonic()))
    assert (await line.store.find("Ship it?", subject="")).outcome is not None
    (left,) = await line.store.waiting(KITCHEN)
    assert (left.request.text, left.attempt) == ("And the docs?", 0)
    assert await line.store.holder(KITCHEN) == ""


async def test_a_claim_that_was_lost_while_the_store_was_away_is_not_waited_for(
    line: Line, voice: RoomVoice, engine: FakeEngine
) -> None:
    """Nobody tells that it is another's now."""
    draining = anyio.Event()
    await asked(line, "Ship it?")
    async with owned_tasks() as tasks:
        tasks.start_soon(job, line, voice, draining)
        await shown(engine)
        line.failing.add("renew")
        draining.set()
    (left,) = await line.store.waiting(KITCHEN)
    assert left.request.text == "Ship it?"


async def test_a_job_that_comes_while_its_worker_drains_takes_nothing(line: Line, voice: RoomVoice) -> None:
    """Another worker has it."""
    draining = anyio.Event()
    draining.set()
    await asked(line, "Ship it?")
    await job(line, voice, draining)
    (left,) = await line.store.waiting(KITCHEN)
    assert left.attempt == 0
