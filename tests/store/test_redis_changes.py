"""When whoever waits for a request looks at it: as seldom as nothing is missed by it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import anyio
import pytest

from mcp_voice.store import redis_changes
from mcp_voice.store.records import State
from mcp_voice.store.seam import AskStore
from testkit.redis_relay import relay
from testkit.redis_server import RedisServer
from testkit.stores import ANSWERED, RedisStage, an_ask, heard, shared_store
from testkit.waiting import settled, until

pytestmark = pytest.mark.anyio

LIMIT = 20.0
HOUR = 3600.0


@pytest.fixture
async def store(redis: RedisServer) -> AsyncIterator[AskStore]:
    """A Redis with nothing in it."""
    await redis.command("FLUSHALL")
    async with RedisStage(redis).store() as opened:
        yield opened


@pytest.fixture
async def claimed(store: AskStore) -> State:
    """What one carries out, and another waits for."""
    state = await store.claim(await store.open(an_ask()), worker="one")
    assert state is not None
    return state


async def followed(store: AskStore, state: State) -> list[State]:
    """Every state that is seen until it is over."""
    seen = [state]
    while seen[-1].is_open:
        seen.append(await store.changed(seen[-1], seconds=HOUR))
    return seen


async def listeners(redis: RedisServer, state: State) -> int:
    """How many connections hear of its changes."""
    (channel,) = await redis.command("PUBSUB", "CHANNELS", f"*:c:{state.request.id}") or [b""]
    return int((await redis.command("PUBSUB", "NUMSUB", channel))[1])


async def looks(redis: RedisServer) -> int:
    """How often a script of ours has run."""
    told = await redis.command("INFO", "commandstats")
    return sum(told.get(f"cmdstat_{name}", {}).get("calls", 0) for name in ("evalsha", "eval"))


async def test_of_what_goes_on_the_latest_is_looked_at_and_its_end_at_once(
    redis: RedisServer, store: AskStore, claimed: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Steps in between are left out; the outcome waits for nothing."""
    monkeypatch.setattr(redis_changes, "GOING_ON_SECONDS", HOUR)
    seen: list[State] = []
    with anyio.fail_after(LIMIT):
        async with anyio.create_task_group() as tasks:

            async def follow() -> None:
                seen.extend(await followed(store, claimed))

            tasks.start_soon(follow)
            await until(lambda: listeners(redis, claimed), limit=LIMIT)
            for number in range(20):
                await store.renew(claimed, heard(f"word {number}"))
            await store.answer(claimed, ANSWERED)
    assert seen[-1].outcome == ANSWERED
    assert len(seen) <= 3  # where the first look came late, it has seen a step


async def test_what_goes_on_is_looked_at_again_soon(store: AskStore, claimed: State) -> None:
    """A step that comes while nobody is to look yet is seen without another one."""
    with anyio.fail_after(LIMIT):
        begun = await store.changed(claimed, seconds=0.2)
        await store.renew(claimed, heard("the"))
        first = await store.changed(begun, seconds=HOUR)
        await store.renew(claimed, heard("the third"))
        second = await store.changed(first, seconds=HOUR)
    assert second.progress == heard("the third")


async def test_a_change_that_an_older_process_tells_is_looked_at_at_once(
    redis: RedisServer, store: AskStore, claimed: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its message does not say whether more is to come."""
    monkeypatch.setattr(redis_changes, "GOING_ON_SECONDS", HOUR)
    (key,) = await redis.command("KEYS", f"*:r:{claimed.request.id}")
    channel = bytes(key).replace(b":r:", b":c:")
    with anyio.fail_after(LIMIT):
        async with anyio.create_task_group() as tasks:

            async def older() -> None:
                await until(lambda: listeners(redis, claimed), limit=LIMIT)
                version = await redis.command("HINCRBY", key, "v", 1)
                await redis.command("PUBLISH", channel, version)

            tasks.start_soon(older)
            seen = await store.changed(claimed, seconds=HOUR)
    assert seen.version == claimed.version + 1


async def test_what_is_known_not_to_have_changed_is_not_looked_at_anew(
    redis: RedisServer, store: AskStore, claimed: State
) -> None:
    """Only once the time is over, to see what no message tells."""
    seen = await store.changed(claimed, seconds=0.3)
    before = await looks(redis)
    again = await store.changed(seen, seconds=0.3)
    assert again.version == seen.version
    assert await looks(redis) == before + 1


async def test_a_change_that_nobody_heard_of_is_seen_once_messages_come_again(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was told before says nothing any more."""
    monkeypatch.setattr(redis_changes, "UNHEARD_SECONDS", HOUR)
    async with (
        shared_store(server.url) as store,
        relay(server.port) as address,
        shared_store(f"redis://127.0.0.1:{address.port}") as far,
    ):
        state = await store.claim(await store.open(an_ask()), worker="one")
        assert state is not None
        port, before = address.target, await looks(server)
        with anyio.fail_after(LIMIT):
            async with anyio.create_task_group() as tasks:

                async def away() -> None:
                    await until(lambda: looked(server, before), limit=LIMIT)
                    await settled()
                    address.target = 1
                    address.cut()
                    await until(lambda: nobody(server, state), limit=LIMIT)
                    await store.answer(state, ANSWERED)
                    address.target = port

                tasks.start_soon(away)
                assert (await far.changed(state, seconds=HOUR)).outcome == ANSWERED


async def looked(redis: RedisServer, before: int) -> bool:
    """Whether a script of ours has run since."""
    return await looks(redis) > before


async def nobody(redis: RedisServer, state: State) -> bool:
    """Whether none hears of its changes."""
    return not await listeners(redis, state)


@pytest.mark.parametrize("message", [b"", b"+", b"no number", b"\xff", b"-1", b"9" * 5000, "²".encode()])
async def test_a_message_that_is_none_of_ours_makes_them_look_and_no_more(
    redis: RedisServer, store: AskStore, claimed: State, message: bytes
) -> None:
    """Whoever writes there."""
    (key,) = await redis.command("KEYS", f"*:r:{claimed.request.id}")
    with anyio.fail_after(LIMIT):
        async with anyio.create_task_group() as tasks:

            async def stranger() -> None:
                await until(lambda: listeners(redis, claimed), limit=LIMIT)
                await redis.command("PUBLISH", bytes(key).replace(b":r:", b":c:"), message)
                await store.answer(claimed, ANSWERED)

            tasks.start_soon(stranger)
            assert (await followed(store, claimed))[-1].outcome == ANSWERED
