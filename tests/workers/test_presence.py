"""A worker says in the store that it is there, and a server which of its workers' troubles keeps a question waiting."""

from __future__ import annotations

from dataclasses import dataclass

import anyio
import pytest

from mcp_voice.errors import StoreError
from mcp_voice.store.memory import MemoryStore
from mcp_voice.store.users import Fleet
from mcp_voice.workers.fleet import FleetView, fleet_in_words, why_none
from mcp_voice.workers.presence import keep_present
from testkit.waiting import settled

pytestmark = pytest.mark.anyio

LIMIT = 10.0


@dataclass
class FakeServer:
    """A worker as LiveKit sees it."""

    trouble: str = ""
    takes_rooms: bool = True


async def becomes(store: MemoryStore, fleet: Fleet) -> None:
    """Wait until there are these workers."""
    with anyio.fail_after(LIMIT):
        while await store.users.fleet() != fleet:  # noqa: ASYNC110  # a store tells nobody
            await anyio.sleep(0.02)


async def test_a_worker_is_there_as_long_as_livekit_has_it_and_not_after_its_end() -> None:
    """With room or without, as it changes; the lease is renewed in time."""
    store, server = MemoryStore(), FakeServer(trouble="not registered with LiveKit")
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(keep_present, store.users, server)
        await settled()
        assert await store.users.fleet() == Fleet(0, 0)
        for trouble, takes_rooms, fleet in (
            ("", True, Fleet(1, 1)),
            ("", False, Fleet(1, 0)),
            ("draining", False, Fleet(0, 0)),
            ("", True, Fleet(1, 1)),
        ):
            server.trouble, server.takes_rooms = trouble, takes_rooms
            await becomes(store, fleet)
        tasks.cancel_scope.cancel()
    assert await store.users.fleet() == Fleet(0, 0)


async def test_a_store_that_is_away_ends_no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told again, also what has not changed meanwhile."""
    store, tries = MemoryStore(), 0
    work = store.users.work

    async def away(worker: str, *, has_room: bool) -> None:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise StoreError("Redis cannot be reached.", code="store-unreachable")
        await work(worker, has_room=has_room)

    monkeypatch.setattr(store.users, "work", away)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(keep_present, store.users, FakeServer())
        await becomes(store, Fleet(1, 1))
        tasks.cancel_scope.cancel()
    assert tries >= 3


async def test_however_many_places_wait_the_store_is_asked_once_in_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    """And one that cannot be asked leaves the reason open."""
    store, now, asked = MemoryStore(), 100.0, 0
    fleet = store.users.fleet

    async def counted() -> Fleet:
        nonlocal asked
        asked += 1
        if asked > 1:
            raise StoreError("Redis cannot be reached.", code="store-unreachable")
        return await fleet()

    monkeypatch.setattr(store.users, "fleet", counted)
    view = FleetView(store.users, lambda: now)
    assert view.why_none == "no worker is free"
    for _ in range(1000):
        await view.look()
    assert asked == 1
    assert "no worker is running" in view.why_none
    now += 5
    await view.look()
    assert view.why_none == "no worker is free"


@pytest.mark.parametrize(
    ("fleet", "words", "why"),
    [
        (Fleet(0, 0), "no worker is running", "no worker is running (start `mcp-voice worker`)"),
        (Fleet(1, 0), "1 worker, none with capacity", "the only worker is full (start another one)"),
        (Fleet(3, 0), "3 workers, none with capacity", "all 3 workers are full (start another one)"),
        (Fleet(3, 2), "3 workers, 2 with capacity", "no worker has come, though 2 of 3 have capacity (check that"),
    ],
)
def test_why_no_worker_comes_is_told_apart(fleet: Fleet, words: str, why: str) -> None:
    """What helps is another thing each time."""
    assert fleet_in_words(fleet) == words
    assert why_none(fleet).startswith(why)
