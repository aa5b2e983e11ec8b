"""A Redis that is stopped, restarted, killed, slow, full, or another one now: errors that say so, and nothing lost."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path

import anyio
import pytest

from mcp_voice.errors import StoreError, VoiceError
from mcp_voice.store.records import Outcome, State
from mcp_voice.store.seam import AskStore
from testkit.redis_relay import relay
from testkit.redis_server import RedisServer, redis_server
from testkit.stores import ANSWERED, KITCHEN, an_ask, heard, shared_store
from testkit.waiting import until

pytestmark = pytest.mark.anyio

LIMIT = 20.0
BOUND = 8.0
"""Longer than any call may take, on a busy machine."""
SOON = {"repl_diskless_sync_delay": "0"}
SAVED = {"appendonly": "yes", "appendfsync": "always"}


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[RedisServer]:
    """A Redis of this test's own that writes everything down before it answers."""
    async with redis_server(tmp_path / "redis", **SAVED) as started:
        yield started


@pytest.fixture
async def store(server: RedisServer) -> AsyncIterator[AskStore]:
    """One process's view of it."""
    async with shared_store(server.url) as opened:
        yield opened


async def refusal(call: Callable[[], Awaitable[object]]) -> StoreError:
    """What a call is refused with, in time."""
    with anyio.fail_after(BOUND), pytest.raises(StoreError) as refused:
        await call()
    return refused.value


def calls(store: AskStore, state: State) -> list[Callable[[], Awaitable[object]]]:
    """Every method, each for a request that there is."""
    mine = state.request.id
    return [
        lambda: store.open(an_ask("Another?")),
        lambda: store.find(mine, subject="ops"),
        lambda: store.withdraw(mine, subject="ops"),
        lambda: store.attend(mine, subject="ops"),
        lambda: store.changed(state, seconds=0.1),
        lambda: store.waiting(KITCHEN),
        lambda: store.claim(state, worker="one"),
        lambda: store.renew(state, heard("the")),
        lambda: store.answer(state, ANSWERED),
        lambda: store.give_back(state, heard("the")),
        lambda: store.fail_unclaimed(state, ANSWERED),
        lambda: store.overdue(unclaimed_seconds=0),
        lambda: store.hold(KITCHEN, worker="one"),
        lambda: store.holder(KITCHEN),
        lambda: store.leave(KITCHEN, worker="one"),
        lambda: store.note(KITCHEN, "said"),
        lambda: store.noted(KITCHEN),
    ]


async def test_a_store_that_is_stopped_is_unreachable_to_every_call(server: RedisServer, store: AskStore) -> None:
    """At once, and with its address."""
    state = await store.open(an_ask())
    await server.stop()
    codes: list[str] = []

    async def ask(call: Callable[[], Awaitable[object]]) -> None:
        codes.append((await refusal(call)).code)

    async with anyio.create_task_group() as tasks:
        for call in calls(store, state):
            tasks.start_soon(ask, call)
    assert set(codes) == {"store-unreachable"}
    refused = await refusal(lambda: store.find(state.request.id, subject="ops"))
    assert refused.what == f"Redis at 127.0.0.1:{server.port} cannot be reached."


async def test_a_store_that_does_not_answer_is_late_to_every_call_and_goes_on_afterwards(
    server: RedisServer, store: AskStore
) -> None:
    """Nobody waits longer than some seconds; nothing that was given up is done twice."""
    state = await store.open(an_ask())
    codes: list[str] = []

    async def ask(call: Callable[[], Awaitable[object]]) -> None:
        codes.append((await refusal(call)).code)

    with server.paused():
        async with anyio.create_task_group() as tasks:
            for call in calls(store, state):
                tasks.start_soon(ask, call)
    assert set(codes) == {"store-late"}
    seen = await until(lambda: _found(store, state), limit=LIMIT)
    assert seen is not None
    assert seen.attempt <= 1


async def test_a_call_that_waits_for_a_change_bears_a_restart(server: RedisServer, store: AskStore) -> None:
    """It is told of what happens afterwards, as is whoever watches the place."""
    state = await store.open(an_ask())
    changes: list[State] = []

    async def follow() -> None:
        changes.append(await store.changed(state, seconds=LIMIT))

    async with store.place_changes(KITCHEN) as bell, shared_store(server.url) as other:
        with anyio.fail_after(LIMIT):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(follow)
                await server.kill()
                await server.start()
                claimed = await until(lambda: _claimed(other, state), limit=LIMIT)
            assert claimed is not None
            assert changes[0].worker == claimed.worker == "one"
            rung = bell.next
            await other.withdraw(state.request.id, subject="ops")
            await rung.wait()


async def test_no_acknowledged_answer_is_lost_when_redis_is_killed(server: RedisServer, store: AskStore) -> None:
    """In the middle of many, with an append-only file that is written before each answer."""
    claimed: list[State] = []
    for number in range(60):
        opened = await store.open(an_ask(f"Number {number}?", room_name=f"room-{number % 10}"))
        found = await store.claim(opened, worker="one")
        assert found is not None
        claimed.append(found)
    acknowledged: dict[str, Outcome] = {}
    enough = anyio.Event()

    async def answer(state: State) -> None:
        outcome = Outcome(result={"reply": state.request.text})
        await until(lambda: _done(lambda: store.answer(state, outcome)), limit=LIMIT)
        acknowledged[state.request.id] = outcome
        if len(acknowledged) > 5:
            enough.set()

    with anyio.fail_after(LIMIT * 2):
        async with anyio.create_task_group() as tasks:
            for state in claimed[:30]:
                tasks.start_soon(answer, state)
            await enough.wait()
            for state in claimed[30:]:
                tasks.start_soon(answer, state)
            await server.kill()
            before = dict(acknowledged)
            await server.start()
            for request_id, outcome in before.items():
                assert (await store.find(request_id, subject="ops")).outcome == outcome
    assert len(acknowledged) == 60
    for request_id, outcome in acknowledged.items():
        assert (await store.find(request_id, subject="ops")).outcome == outcome


async def test_no_claim_is_granted_twice_while_redis_is_killed_again_and_again(
    server: RedisServer, store: AskStore
) -> None:
    """Two workers at two connections, who try until they know."""
    states = [await store.open(an_ask(f"Number {n}?", room_name=f"room-{n}")) for n in range(40)]
    granted: list[tuple[str, str]] = []

    async def work(worker: str, mine: AskStore) -> None:
        for state in states:
            while True:
                try:
                    if await mine.claim(state, worker=worker):
                        granted.append((state.request.id, worker))
                    break
                except StoreError:
                    await anyio.sleep(0.02)

    async with shared_store(server.url) as other:
        with anyio.fail_after(LIMIT * 2):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(work, "one", store)
                tasks.start_soon(work, "two", other)
                for enough in (5, 20):
                    await until(partial(_are_so_many, granted, enough), limit=LIMIT)
                    await server.kill()
                    await server.start()
        assert len(granted) == len({request_id for request_id, _ in granted})
        for request_id, worker in granted:
            found = await store.find(request_id, subject="ops")
            assert (found.attempt, found.worker) == (1, worker)


async def test_a_full_store_takes_no_more_questions_and_carries_on_with_those_it_has(
    server: RedisServer, store: AskStore
) -> None:
    """Nothing is written by halves; what is open is carried out, answered and found."""
    state = await store.open(an_ask())
    await server.command("CONFIG", "SET", "maxmemory", 1)
    before = sorted(await server.command("KEYS", "*"))
    refused = await refusal(lambda: store.open(an_ask("Another?", call_id="toolu_1")))
    assert refused.code == "store-full"
    assert refused.what == f"Redis at 127.0.0.1:{server.port} has no memory left."
    assert sorted(await server.command("KEYS", "*")) == before
    assert (await refusal(lambda: store.note(KITCHEN, "said"))).code == "store-full"
    assert (await store.open(an_ask())).request.id == state.request.id
    assert await store.hold(KITCHEN, worker="one")
    assert (await store.attend(state.request.id, subject="ops", begins=True)).calls == 1
    claimed = await store.claim(state, worker="one")
    assert claimed is not None
    assert (await store.renew(claimed, heard("the"))).is_ours
    await store.give_back(claimed, heard("the third"))
    again = await store.claim(await store.find(state.request.id, subject="ops"), worker="two")
    assert again is not None
    assert (await store.withdraw(state.request.id, subject="ops")).is_withdrawn
    assert await store.answer(again, ANSWERED)
    assert (await store.find(state.request.id, subject="ops")).outcome == ANSWERED
    await server.command("CONFIG", "SET", "maxmemory", 0)
    assert (await store.open(an_ask("Another?"))).is_open


async def test_a_store_that_fails_over_is_followed_to_where_its_address_leads(tmp_path: Path) -> None:
    """What the replica had is there; nobody's claim is doubled, and the old primary takes nothing meanwhile."""
    async with (
        redis_server(tmp_path / "one", **SOON) as one,
        redis_server(tmp_path / "two", replicaof=f"127.0.0.1 {one.port}", **SOON) as two,
        relay(one.port) as address,
        shared_store(f"redis://127.0.0.1:{address.port}") as store,
    ):
        state = await store.open(an_ask())
        claimed = await store.claim(state, worker="one")
        assert claimed is not None
        await until(lambda: _has(two, state), limit=LIMIT)
        await one.command("REPLICAOF", "127.0.0.1", two.port)
        refused = await refusal(lambda: store.renew(claimed, heard("the")))
        assert refused.code == "store-unreachable"
        assert "is a replica" in refused.what
        await two.command("REPLICAOF", "NO", "ONE")
        address.target = two.port
        with anyio.fail_after(LIMIT):
            # The refusal has made the client connect anew.
            assert (await store.renew(claimed, heard("the"))).is_ours
            assert await store.claim(state, worker="two") is None
            assert await store.answer(claimed, ANSWERED)
            assert (await store.find(state.request.id, subject="ops")).outcome == ANSWERED


async def test_a_connection_that_breaks_off_is_made_anew_without_an_error(server: RedisServer) -> None:
    """As often as it happens; no call is refused for it."""
    async with relay(server.port) as address, shared_store(f"redis://127.0.0.1:{address.port}") as store:
        for number in range(5):
            state = await store.open(an_ask(f"Number {number}?"))
            address.cut()
            assert (await store.find(state.request.id, subject="ops")).is_open


async def test_a_store_that_forgot_our_script_is_given_it_again(server: RedisServer, store: AskStore) -> None:
    """As after SCRIPT FLUSH, or another server."""
    state = await store.open(an_ask())
    await server.command("SCRIPT", "FLUSH")
    async with anyio.create_task_group() as tasks:
        for _ in range(5):
            tasks.start_soon(partial(store.find, state.request.id, subject="ops"))


async def test_a_store_that_is_not_there_yet_can_be_opened(tmp_path: Path) -> None:
    """A process starts before its Redis, says so to whoever asks, and serves as soon as it is there."""
    async with redis_server(tmp_path / "redis") as server:
        await server.stop()
        async with shared_store(server.url) as store:
            assert (await refusal(lambda: store.open(an_ask()))).code == "store-unreachable"
            await server.start()
            assert (await store.open(an_ask())).is_open


async def test_a_store_is_closed_in_time_though_redis_does_not_answer(server: RedisServer) -> None:
    """Whatever is under way."""
    begun = time.monotonic()
    with server.paused():
        with anyio.move_on_after(0.3):
            async with shared_store(server.url) as store:
                await store.find("ask-1", subject="ops")
        assert time.monotonic() - begun < BOUND


async def _found(store: AskStore, state: State) -> State | None:
    try:
        return await store.find(state.request.id, subject="ops")
    except StoreError:
        return None


async def _claimed(store: AskStore, state: State) -> State | None:
    try:
        return await store.claim(state, worker="one")
    except StoreError:
        return None


async def _done(call: Callable[[], Awaitable[bool]]) -> bool:
    try:
        return await call()
    except VoiceError:
        return False


def _are_so_many(found: Sequence[object], enough: int) -> bool:
    return len(found) >= enough


async def _has(server: RedisServer, state: State) -> bool:
    keys = await server.command("KEYS", f"*:r:{state.request.id}")
    return bool(keys) and await server.command("HGET", keys[0], "w") == b"one"
