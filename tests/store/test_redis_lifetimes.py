"""For how long keys stay in Redis: never shorter than what is open needs, and not set anew at every renewal."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from mcp_voice.bounds.rate_limit import Limit
from mcp_voice.errors import BadInput, StoreError
from mcp_voice.store.records import State
from mcp_voice.store.seam import AskStore
from testkit.redis_server import RedisServer
from testkit.stores import ANSWERED, RedisStage, an_ask, heard

pytestmark = pytest.mark.anyio

KEEP_SECONDS = 3600.0
TTL = 1000 * (2 * 900 + KEEP_SECONDS)
"""Of what may be open for 900 s, in ms."""
TAKEN = 60_000
"""Longer than a test takes."""


@pytest.fixture
async def store(redis: RedisServer) -> AsyncIterator[AskStore]:
    """A Redis with nothing in it."""
    await redis.command("FLUSHALL")
    async with RedisStage(redis).store(keep_seconds=KEEP_SECONDS) as opened:
        yield opened


async def a_claim(store: AskStore, text: str = "Which floor?") -> State:
    """Of a question."""
    state = await store.claim(await store.open(an_ask(text, call_id=f"call {text}")), worker="one")
    assert state is not None
    return state


async def of_request(redis: RedisServer, state: State) -> list[bytes]:
    """Its own key, and the indexes that it is in."""
    keys = await redis.command("KEYS", f"*:r:{state.request.id}")
    for pattern in ("*:o:*", "*:n:*", "*:free", "*:leased"):
        for key in await redis.command("KEYS", pattern):
            if await redis.command("ZSCORE", key, state.request.id) is not None:
                keys.append(key)
    return [bytes(key) for key in keys]


async def lives(redis: RedisServer, state: State) -> dict[bytes, int]:
    """How long each of those stays, in ms."""
    return {key: await redis.command("PTTL", key) for key in await of_request(redis, state)}


async def expiries_set(redis: RedisServer) -> int:
    """How often a time to live was set."""
    told = await redis.command("INFO", "commandstats")
    return int(told.get("cmdstat_pexpire", {}).get("calls", 0))


async def test_what_is_open_stays_for_as_long_as_it_may_take(redis: RedisServer, store: AskStore) -> None:
    """And little longer."""
    state = await store.open(an_ask())
    found = await lives(redis, state)
    assert len(found) == 4
    assert all(TTL - TAKEN < left < 1.2 * TTL for left in found.values()), found


async def test_a_renewal_makes_last_what_would_end_too_early(redis: RedisServer, store: AskStore) -> None:
    """The request, and every index in which it is found."""
    state = await a_claim(store)
    keys = await of_request(redis, state)
    assert len(keys) == 4
    for key in keys:
        await redis.command("PEXPIRE", key, 30_000)
    assert (await store.renew(state, heard("the"))).is_ours
    found = await lives(redis, state)
    assert sorted(found) == sorted(keys)
    assert all(left > TTL - TAKEN for left in found.values()), found


async def test_a_renewal_sets_nothing_anew_that_lasts_for_long_enough(redis: RedisServer, store: AskStore) -> None:
    """It comes every few seconds."""
    state = await a_claim(store)
    before = await expiries_set(redis)
    for words in ("the", "the third"):
        assert (await store.renew(state, heard(words))).is_ours
    assert await expiries_set(redis) == before
    assert all(left > TTL - TAKEN for left in (await lives(redis, state)).values())


async def test_an_index_that_was_empty_meanwhile_stays_as_long(redis: RedisServer, store: AskStore) -> None:
    """Redis forgets an empty one, with its time to live."""
    first, second = await a_claim(store), await store.open(an_ask("Which door?"))
    assert await store.answer(first, ANSWERED)
    claimed = await store.claim(second, worker="one")
    assert claimed is not None
    assert all(left > TTL - TAKEN for left in (await lives(redis, claimed)).values())
    await store.give_back(claimed, heard("the"))
    found = await lives(redis, claimed)
    assert len(found) == 4
    assert all(left > TTL - TAKEN for left in found.values()), found


async def test_what_is_over_is_kept_for_as_long_as_is_set(redis: RedisServer, store: AskStore) -> None:
    """Not for what an open one would stay."""
    state = await a_claim(store)
    assert await store.answer(state, ANSWERED)
    ((key, left),) = (await lives(redis, state)).items()
    assert key.endswith(state.request.id.encode())
    assert 1000 * KEEP_SECONDS - TAKEN < left <= 1000 * KEEP_SECONDS


@pytest.mark.parametrize("kind", ["say", "listen", "chat", "meanwhile"])
async def test_what_ends_with_its_call_is_kept_for_minutes(redis: RedisServer, store: AskStore, kind: str) -> None:
    """It holds what people said, and its call reads it at once, or once it reaches the store again."""
    state = await store.claim(await store.open(an_ask(kind=kind)), worker="one")
    assert state is not None
    assert await store.answer(state, ANSWERED)
    assert (await store.returned(state.request.id, subject="ops")).outcome == ANSWERED
    (left,) = (await lives(redis, state)).values()
    assert 300_000 - TAKEN < left <= 300_000


async def test_a_subjects_calls_are_one_key_that_ends_once_it_has_all_of_its_rate_again(
    redis: RedisServer, store: AskStore
) -> None:
    """However many there are, and whatever somebody else wrote there costs one call its count."""
    for _ in range(5):
        assert await store.charge("ops", Limit(burst=10, per_second=0.5)) == 0
    (key,) = await redis.command("KEYS", "*")
    assert 8_000 < await redis.command("PTTL", key) <= 10_000
    await redis.command("SET", key, "9" * 400)
    assert 0 < await store.charge("ops", Limit(burst=10, per_second=0.5)) <= 20
    await redis.command("SET", key, "never")
    with pytest.raises(StoreError):
        await store.charge("ops", Limit(burst=10, per_second=0.5))


async def test_what_is_refused_leaves_nothing_behind(store: AskStore, redis: RedisServer) -> None:
    """Whoever only looks for an open question opens none, and may come with any name."""
    with pytest.raises(BadInput):
        await store.open(an_ask(subject="nobody", most_open=0))
    keys = await redis.command("KEYS", "*seq*")
    assert keys == []
