"""A Redis that is stopped, restarted, killed, slow, full, or another one now: errors that say so, and nothing lost."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial

import anyio
import pytest

from mcp_voice.errors import StoreError, VoiceError
from mcp_voice.store.records import Outcome, State
from mcp_voice.store.seam import AskStore
from testkit.redis_server import RedisServer
from testkit.stores import ANSWERED, KITCHEN, an_ask, heard, refused, shared_store
from testkit.waiting import until

pytestmark = pytest.mark.anyio

LIMIT = 20.0


@pytest.fixture
async def store(server: RedisServer) -> AsyncIterator[AskStore]:
    """One process's view of it."""
    async with shared_store(server.url) as opened:
        yield opened


async def many(store: AskStore, count: int) -> list[State]:
    """So many open questions, of as many subjects as that takes."""
    asked = [an_ask(f"Number {n}?", subject=f"subject-{n % 50}", room_name=f"room-{n // 500}") for n in range(count)]
    return [await store.open(each) for each in asked]


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
        lambda: store.note(KITCHEN, "said", worker="one"),
        lambda: store.noted(KITCHEN),
    ]


async def test_a_store_that_is_stopped_is_unreachable_to_every_call(server: RedisServer, store: AskStore) -> None:
    """At once, and with its address."""
    state = await store.open(an_ask())
    await server.stop()
    codes: list[str] = []

    async def ask(call: Callable[[], Awaitable[object]]) -> None:
        codes.append((await refused(call)).code)

    async with anyio.create_task_group() as tasks:
        for call in calls(store, state):
            tasks.start_soon(ask, call)
    assert set(codes) == {"store-unreachable"}
    found = await refused(lambda: store.find(state.request.id, subject="ops"))
    assert found.what == f"Redis at 127.0.0.1:{server.port} cannot be reached."


async def test_a_store_that_does_not_answer_is_late_to_every_call_and_goes_on_afterwards(
    server: RedisServer, store: AskStore
) -> None:
    """Nobody waits longer than some seconds; nothing that was given up is done twice."""
    state = await store.open(an_ask())
    codes: list[str] = []

    async def ask(call: Callable[[], Awaitable[object]]) -> None:
        codes.append((await refused(call)).code)

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


async def test_all_who_wait_bear_a_restart_together(server: RedisServer, store: AskStore) -> None:
    """All look at once when it is back, and none is told that it is late."""
    states = await many(store, 150)
    ended: list[State] = []

    async def follow(state: State) -> None:
        ended.append(await store.changed(state, seconds=LIMIT * 2))

    with anyio.fail_after(LIMIT * 2):
        async with anyio.create_task_group() as tasks:
            for state in states:
                tasks.start_soon(follow, state)
            await server.kill()
            await server.start()
            await until(lambda: _found(store, states[0]), limit=LIMIT)
            for state in states:
                await store.withdraw(state.request.id, subject=state.request.subject)
    assert len(ended) == 150
    assert not any(each.is_open for each in ended)


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


async def _found(store: AskStore, state: State) -> State | None:
    try:
        return await store.find(state.request.id, subject=state.request.subject)
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
