"""A Redis that is full, fails over, breaks off, forgets, or is not there yet: whoever asks hears of it at most once."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import anyio
import pytest

from mcp_voice.store.records import State
from mcp_voice.store.seam import AskStore
from testkit.redis_relay import relay
from testkit.redis_server import RedisServer, redis_server
from testkit.stores import ANSWERED, BOUND, KITCHEN, an_ask, heard, refused, shared_store
from testkit.waiting import until

pytestmark = pytest.mark.anyio

LIMIT = 20.0
SOON = {"repl_diskless_sync_delay": "0"}


@pytest.fixture
async def store(server: RedisServer) -> AsyncIterator[AskStore]:
    """One process's view of it."""
    async with shared_store(server.url) as opened:
        yield opened


async def test_a_full_store_takes_no_more_questions_and_carries_on_with_those_it_has(
    server: RedisServer, store: AskStore
) -> None:
    """Nothing is written by halves; what is open is carried out, answered and found."""
    state = await store.open(an_ask())
    await server.command("CONFIG", "SET", "maxmemory", 1)
    before = sorted(await server.command("KEYS", "*"))
    error = await refused(lambda: store.open(an_ask("Another?", call_id="toolu_1")))
    assert error.code == "store-full"
    assert error.what == f"Redis at 127.0.0.1:{server.port} has no memory left."
    assert sorted(await server.command("KEYS", "*")) == before
    assert (await store.open(an_ask())).request.id == state.request.id
    assert await store.hold(KITCHEN, worker="one")
    assert (await refused(lambda: store.note(KITCHEN, "said", worker="one"))).code == "store-full"
    assert (await store.attend(state.request.id, subject="ops", call="1")).calls == 1
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
        redis_server(tmp_path / "two", **SOON) as two,
        relay(one.port) as address,
        shared_store(f"redis://127.0.0.1:{address.port}") as store,
    ):
        await two.command("REPLICAOF", "127.0.0.1", one.port)
        state = await store.open(an_ask())
        claimed = await store.claim(state, worker="one")
        assert claimed is not None
        await until(lambda: _has(two, state), limit=LIMIT)
        await one.command("REPLICAOF", "127.0.0.1", two.port)
        error = await refused(lambda: store.renew(claimed, heard("the")))
        assert error.code == "store-unreachable"
        assert "is a read-only replica" in error.what
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
            assert (await refused(lambda: store.open(an_ask()))).code == "store-unreachable"
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


async def _has(server: RedisServer, state: State) -> bool:
    keys = await server.command("KEYS", f"*:r:{state.request.id}")
    return bool(keys) and await server.command("HGET", keys[0], "w") == b"one"
