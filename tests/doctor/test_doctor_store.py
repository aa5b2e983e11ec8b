"""Doctor on the store that processes share: whether it is there, and whether it keeps what is answered."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from pydantic import SecretStr

from mcp_voice.doctor.problem import Problem
from mcp_voice.doctor.remedies import REMEDIES, finding
from mcp_voice.doctor.store import STORE, judged
from mcp_voice.doctor.workers import WORKERS
from mcp_voice.settings import Settings, load
from mcp_voice.store.redis_state import RedisState
from testkit.doctor import examined, problems, states
from testkit.redis_server import redis_server
from testkit.stores import shared_store

pytestmark = pytest.mark.anyio

KEY = "k" * 32
RIGHTS = ("~mcp-voice:*", "&mcp-voice:*", "+@all", "-@dangerous")
"""As docs/team.md and an error ask for them."""


def at_store(url: str) -> Settings:
    """Settings with that store and nothing else."""
    return load(store=SecretStr(url), _env_file=None)


async def test_a_store_that_keeps_everything_is_told_with_version_and_latency(tmp_path: Path) -> None:
    """And leaves nothing behind in it."""
    async with redis_server(tmp_path, appendonly="yes") as server:
        (found,) = await examined(at_store(server.url), *STORE)
        assert found.state == "passed"
        assert f"at 127.0.0.1:{server.port}, " in found.detail
        assert found.detail.endswith(" ms, append-only file")
        assert found.detail.startswith(("Redis ", "Valkey "))
        assert await server.command("KEYS", "*") == []


async def test_a_store_that_forgets_or_drops_what_it_has_is_doubtful(tmp_path: Path) -> None:
    """Each with what to set there."""
    async with redis_server(tmp_path, maxmemory_policy="allkeys-lru") as server:
        (found,) = await examined(at_store(server.url), *STORE)
    assert found.state == "doubtful"
    assert [each.name for each in found.problems] == ["store-evicts", "store-forgets"]
    assert "allkeys-lru" in found.problems[0].cause
    assert "appendonly" in found.problems[1].fix


async def test_a_store_that_is_away_refuses_or_takes_nothing_is_told_by_its_error(tmp_path: Path) -> None:
    """With the code that a call would have had."""
    async with redis_server(tmp_path / "one") as gone:
        pass
    async with redis_server(tmp_path / "two", requirepass="secret-of-redis") as locked:
        for url, what in ((gone.url, "cannot be reached"), (locked.url, "denies access")):
            (found,) = await examined(at_store(url), *STORE)
            assert problems([found]) == {"store": ["store"]}
            assert found.problems[0].code == "store-unreachable"
            assert what in found.problems[0].cause


async def test_an_account_that_may_not_write_or_run_scripts_is_told(tmp_path: Path) -> None:
    """Before anybody asks a question."""
    async with redis_server(tmp_path) as server:
        await server.command("ACL", "SETUSER", "reader", "on", ">pass", "~mcp-voice:*", "&*", "+@read", "+@connection")
        await server.command("ACL", "SETUSER", "reader", "+info", "+select")
        url = f"redis://reader:pass@127.0.0.1:{server.port}/0"
        (found,) = await examined(at_store(url), *STORE)
    assert problems([found]) == {"store": ["store"]}
    assert "mcp-voice:*" in found.problems[0].fix


async def test_an_account_with_what_we_ask_for_passes_and_is_told_what_was_not_looked_at(tmp_path: Path) -> None:
    """INFO is one of the commands that it leaves out; doctor refused it, and asked for what it had."""
    async with redis_server(tmp_path) as server:
        await server.command("ACL", "SETUSER", "voice", "on", ">pass", *RIGHTS)
        url = f"redis://voice:pass@127.0.0.1:{server.port}/0"
        (found,) = await examined(at_store(url), *STORE)
        assert (found.state, problems([found])) == ("doubtful", {"store": ["store-untold"]})
        assert found.detail.startswith(f"Redis at 127.0.0.1:{server.port}, ")
        assert "`+info`" in found.problems[0].fix
        await server.command("ACL", "SETUSER", "voice", "+info")
        (found,) = await examined(at_store(url), *STORE)
        assert problems([found]) == {"store": ["store-forgets"]}
        await server.command("ACL", "SETUSER", "voice", "-eval", "-evalsha")
        (found,) = await examined(at_store(url), *STORE)
        assert problems([found]) == {"store": ["store"]}
        assert " ".join(RIGHTS) in found.problems[0].fix


async def test_without_a_store_nothing_is_said_of_one() -> None:
    """The check is left out."""
    assert states(await examined(at_store(""), *STORE)) == {}


def test_what_is_said_of_a_store_names_the_next_step() -> None:
    """All that is drawn from what it tells."""
    state = RedisState("Redis 7.2", (7, 2), "redis.example.com:6379", 80.0, "noeviction", is_kept=None)
    told = [finding(each, REMEDIES) for each in judged(state, "redis://redis.example.com").doubts]
    assert [each.name for each in told] == ["store-unencrypted", "store-slow"]
    assert [each.name for each in judged(state, "rediss://redis.example.com").doubts] == ["store-slow"]


def test_a_store_that_is_too_old_is_named() -> None:
    """Its version may be told in any form."""
    state = RedisState("Redis 6.0.16", (6, 0), "redis:6379", 0.2, "noeviction", is_kept=True)
    with pytest.raises(Problem) as found:
        judged(state, "redis://redis")
    assert finding(found.value, REMEDIES).cause == "The store is Redis 6.0.16, which is too old."
    unknown = RedisState("Redis", (), "redis:6379", 0.2, "", is_kept=None)
    assert judged(unknown, "redis://redis").detail == "Redis at redis:6379, 0.2 ms"


async def test_workers_without_what_they_share_with_servers_are_a_failure() -> None:
    """As where a server starts; doctor's fix names the setting."""
    settings = load(workers=True, _env_file=None)
    found, fleet = await examined(settings, *STORE, *WORKERS)
    assert (found.state, problems([found])) == ("failed", {"workers": ["workers"]})
    assert fleet.state == "skipped"
    assert found.problems[0].code == "no-store"


async def test_workers_of_the_embedded_server_are_a_doubt_and_no_failure() -> None:
    """Servers and workers on one machine use it together; those on other machines cannot."""
    store = SecretStr("redis://127.0.0.1:1")
    (alone,) = await examined(load(workers=True, store=store, _env_file=None), WORKERS[0])
    assert (alone.state, problems([alone])) == ("doubtful", {"workers": ["workers-alone"]})
    assert "LIVEKIT_URL" in alone.problems[0].fix


def with_workers(url: str, *, key: str = "") -> Settings:
    """Settings of a server whose asks workers carry out."""
    return load(
        workers=True,
        store=SecretStr(url),
        store_key=SecretStr(key),
        livekit_url="ws://127.0.0.1:1",
        _env_file=None,
    )


async def test_doctor_says_how_many_workers_there_are_and_that_there_is_none(tmp_path: Path) -> None:
    """By what they say in the store themselves; those with another key are none of ours."""
    async with redis_server(tmp_path, appendonly="yes") as server, shared_store(server.url, key=KEY) as store:
        settings = with_workers(server.url, key=KEY)
        none = (await examined(settings, *STORE, *WORKERS))[-1]
        assert (none.state, problems([none])) == ("failed", {"fleet": ["no-worker"]})
        assert "Start `mcp-voice worker`" in none.problems[0].fix
        await store.users.work("one", has_room=False)
        full = (await examined(settings, *STORE, *WORKERS))[-1]
        assert (full.state, problems([full])) == ("doubtful", {"fleet": ["workers-full"]})
        assert "1 worker, none with capacity" in full.problems[0].cause
        await store.users.work("two", has_room=True)
        found = (await examined(settings, *STORE, *WORKERS))[-1]
        assert (found.state, found.detail) == ("passed", "2 workers, 1 with capacity")
        others = (await examined(with_workers(server.url, key="o" * 32), *STORE, *WORKERS))[-1]
        assert problems([others]) == {"fleet": ["no-worker"]}


async def test_a_store_that_others_use_with_another_key_or_of_another_version_is_doubtful(tmp_path: Path) -> None:
    """Their asks would be neither found nor carried out."""
    async with redis_server(tmp_path, appendonly="yes") as server, shared_store(server.url, key=KEY) as store:
        await store.users.sign()
        await server.command("ZADD", "mcp-voice:subjects", int(time.time()) - 120, "somebody")
        (found,) = await examined(at_store(server.url), *STORE)
        assert (found.state, problems([found])) == (
            "doubtful",
            {"store": ["store-other-key", "store-other-version"]},
        )
        assert "MCP_VOICE_STORE_KEY is not set" in found.problems[0].cause
        assert "protocol 1, this is 2" in found.problems[1].cause
        assert KEY not in repr(found)


async def test_a_store_that_is_away_leaves_the_question_of_workers_open() -> None:
    """It is told once, where the store is looked at."""
    gone, _, fleet = await examined(with_workers("redis://127.0.0.1:1"), *STORE, *WORKERS)
    assert (gone.state, fleet.state, fleet.problems) == ("failed", "skipped", ())
