"""Who uses a Redis: those with another key or of another version are told of, and nobody is disturbed by anything."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import pytest
from pydantic import SecretStr

from mcp_voice.settings import load
from mcp_voice.store.opening import open_commands
from mcp_voice.store.redis_users import MOST_USES, PROTOCOL, RedisUsers
from mcp_voice.store.sealing import sealing
from mcp_voice.store.seam import LEASE_SECONDS
from mcp_voice.store.users import Fleet, keep_signed
from testkit.redis_server import RedisServer
from testkit.stores import SHORT, shared_store

pytestmark = pytest.mark.anyio

KEY, ANOTHER = "k" * 32, "a" * 32
KEEP = 3600.0


@pytest.fixture(autouse=True)
async def emptied(redis: RedisServer) -> None:
    """Nothing of another test is there."""
    await redis.command("FLUSHALL")


@asynccontextmanager
async def users(
    redis: RedisServer, *, key: str = "", protocol: int = PROTOCOL, keep: float = KEEP, lease: float = LEASE_SECONDS
) -> AsyncIterator[RedisUsers]:
    """Of a process with that key, of that version."""
    async with open_commands(load(_env_file=None, store=SecretStr(redis.url))) as commands:
        yield RedisUsers(commands, sealing(key), keep_seconds=keep, lease=round(lease * 1000), protocol=protocol)


async def found(redis: RedisServer, *, key: str = "") -> list[tuple[str, str]]:
    """What a process with that key is told of others."""
    async with users(redis, key=key) as ours:
        return [(each.name, each.what) for each in await ours.others()]


@pytest.mark.parametrize(
    ("theirs", "ours", "how"),
    [
        (KEY, ANOTHER, "sealed with another key"),
        (KEY, "", "encrypted, and MCP_VOICE_STORE_KEY is not set"),
        ("", KEY, "not encrypted, and MCP_VOICE_STORE_KEY is set"),
    ],
)
async def test_a_store_with_asks_under_another_key_says_so(
    redis: RedisServer, theirs: str, ours: str, how: str
) -> None:
    """And whoever has that key is told nothing; neither key is anywhere."""
    async with users(redis, key=theirs) as other:
        await other.sign()
    ((name, what),) = await found(redis, key=ours)
    assert name == "other-key"
    assert what.startswith("This store holds asks ")
    assert how in what
    assert "is running now" in what
    assert await found(redis, key=theirs) == []
    assert not any(key in what for key in (KEY, ANOTHER))


async def test_a_store_of_another_version_says_which(redis: RedisServer) -> None:
    """A newer one that signs, and an older one that did not yet."""
    async with users(redis, protocol=PROTOCOL + 7) as newer:
        await newer.sign()
    await redis.command("ZADD", "mcp-voice:subjects", int(time.time()) - 600, "somebody")
    (newer_found, older_found) = await found(redis)
    assert newer_found[0] == older_found[0] == "other-version"
    assert f"(protocol {PROTOCOL + 7}, this is {PROTOCOL})" in newer_found[1]
    assert f"(protocol 1, this is {PROTOCOL})" in older_found[1]
    assert "10 min ago" in older_found[1]


async def test_what_was_kept_for_as_long_as_replies_are_is_told_of_no_more(redis: RedisServer) -> None:
    """Nothing of theirs is there by then."""
    async with users(redis, key=KEY, keep=1.0) as other:
        await other.sign()
    await redis.command("ZADD", "mcp-voice:subjects", int(time.time() - KEEP) - 60, "somebody")
    assert len(await found(redis)) == 1
    with anyio.fail_after(10):
        while await found(redis):  # noqa: ASYNC110  # a Redis tells nobody
            await anyio.sleep(0.1)


async def test_there_is_one_small_entry_for_each_key_and_all_have_a_time_to_live(redis: RedisServer) -> None:
    """However many processes there are, and however often they sign."""
    for _ in range(3):
        async with users(redis, key=KEY) as each:
            await each.sign()
            await each.work("one", has_room=True)
    keys = await redis.command("KEYS", "*")
    assert len(keys) == 4
    for key in keys:
        assert key.startswith(b"mcp-voice:")
        assert 0 < await redis.command("PTTL", key) <= 86_400_000


async def test_many_keys_are_bounded_and_what_others_put_there_is_passed_over(redis: RedisServer) -> None:
    """Names that are none of ours, entries without an end, and keys of another kind."""
    for number in range(MOST_USES + 5):
        async with users(redis, key=f"{number:032}") as other:
            await other.sign()
    assert await redis.command("ZCARD", "mcp-voice:uses") == MOST_USES
    await redis.command("FLUSHALL")
    digest = "a" * 32
    await redis.command("ZADD", "mcp-voice:uses", 1, b"\xff\xfe", 2, f"9:{digest}x", 3, f"2:{digest}", 4, f"3:{digest}")
    await redis.command("SET", f"mcp-voice:use:2:{digest}", b"s" + b"x" * 1_000_000)
    await redis.command("HSET", f"mcp-voice:use:3:{digest}", "a", "b")
    assert [name for name, _ in await found(redis)] == ["other-key"]
    await redis.command("SET", f"mcp-voice:use:2:{digest}", b"nothing of ours")
    assert await found(redis) == []
    for key in ("mcp-voice:uses", "mcp-voice:subjects"):
        await redis.command("DEL", key)
        await redis.command("HSET", key, "a", "b")
    assert await found(redis) == []


async def test_workers_of_another_key_are_none_of_ours(redis: RedisServer) -> None:
    """They could not read what is asked."""
    async with users(redis, key=KEY) as ours, users(redis, key=ANOTHER) as theirs:
        await theirs.work("one", has_room=True)
        assert await ours.fleet() == Fleet(0, 0)
        assert await theirs.fleet() == Fleet(1, 1)


async def test_a_servers_clock_that_goes_back_keeps_no_dead_worker(redis: RedisServer) -> None:
    """It would be counted until the clock is where it was."""
    async with users(redis, lease=SHORT) as ours:
        await ours.work("alive", has_room=True)
        for key in await redis.command("KEYS", "mcp-voice:*workers*"):
            await redis.command("ZADD", key, int((time.time() + 3600) * 1000), "dead")
        assert await ours.fleet() == Fleet(1, 1)
        await ours.work("alive", has_room=True)
        for key in await redis.command("KEYS", "mcp-voice:*workers*"):
            assert await redis.command("ZCARD", key) == 1


async def test_a_process_that_starts_is_warned_once_and_signs(
    redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    """Where the store is away at that moment, as soon as it is there."""
    async with users(redis, key=ANOTHER) as other:
        await other.sign()
    with caplog.at_level(logging.WARNING, "mcp_voice.store.users"):
        async with shared_store(redis.url, key=KEY) as store, anyio.create_task_group() as tasks:
            tasks.start_soon(keep_signed, store.users)
            with anyio.fail_after(10):
                while len(await redis.command("KEYS", "mcp-voice:use:*")) < 2:  # noqa: ASYNC110
                    await anyio.sleep(0.02)
            tasks.cancel_scope.cancel()
    (warned,) = [each.getMessage() for each in caplog.records if each.name == "mcp_voice.store.users"]
    assert "sealed with another key" in warned
    assert "MCP_VOICE_STORE_KEY in every process" in warned
