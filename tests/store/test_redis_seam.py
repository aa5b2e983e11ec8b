"""What comes from Redis, or from whoever else writes there, and what an address may hold: nothing is taken on trust."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import anyio
import pytest

from mcp_voice.errors import BadSettings, StoreError, VoiceError
from mcp_voice.store.records import State
from mcp_voice.store.seam import AskStore
from testkit.redis_relay import relay
from testkit.redis_server import RedisServer, redis_server
from testkit.stores import ANSWERED, KITCHEN, RedisStage, an_ask, heard, shared_store
from testkit.tls import certificate, server_context

pytestmark = pytest.mark.anyio

PASSWORD = "correct-horse@battery"
QUOTED = "correct-horse%40battery"
LIMIT = 20.0


@pytest.fixture
async def store(redis: RedisServer) -> AsyncIterator[AskStore]:
    """A Redis with nothing in it."""
    await redis.command("FLUSHALL")
    async with RedisStage(redis).store() as opened:
        yield opened


async def the_key(redis: RedisServer, pattern: str) -> bytes:
    """The only key like this."""
    (key,) = await redis.command("KEYS", pattern)
    return bytes(key)


BROKEN_FIELDS = [
    ("q", b"no request of ours"),
    ("q", b'p{"id": "ask-1"}'),
    ("q", b"p" + b"[" * 100_000),
    ("q", b"p" + b"x" * 1_000_000),
    ("q", b"\xff\xfe"),
    ("p", b'p{"phase": 3}'),
    ("od", b"digest of nothing"),
    ("v", b"many"),
    ("opened", b""),
    ("l", b"never"),
    ("a", b"0x"),
    ("c", b"-nan"),
]


@pytest.mark.parametrize(("field", "value"), BROKEN_FIELDS, ids=lambda each: str(each)[:14])
async def test_a_value_that_is_none_of_ours_is_an_error_of_that_request_alone(
    redis: RedisServer, store: AskStore, caplog: pytest.LogCaptureFixture, field: str, value: bytes
) -> None:
    """Others of its room are found, waited for and opened as ever; what stands there is not repeated."""
    broken, sound = await store.open(an_ask("A?")), await store.open(an_ask("B?"))
    await redis.command("HSET", await the_key(redis, f"*:r:{broken.request.id}"), field, value)
    for call in (store.find, store.withdraw, store.attend):
        with pytest.raises(StoreError) as refused:
            await call(broken.request.id, subject="ops")
        assert refused.value.code == "store"
        assert "not written by mcp-voice" in refused.value.what
    with caplog.at_level(logging.WARNING):
        assert sound.request.id in {each.request.id for each in await store.waiting(KITCHEN)}
        assert sound.request.id in {each.request.id for each in await store.overdue(unclaimed_seconds=0)}
    assert (await store.open(an_ask("C?"))).is_open
    claimed = await store.claim(sound, worker="one")
    assert claimed is not None
    assert await store.answer(claimed, ANSWERED)


async def test_a_request_that_was_copied_to_another_id_is_not_believed(redis: RedisServer, store: AskStore) -> None:
    """Nor another subject's that was put among one's own."""
    mine, theirs = await store.open(an_ask()), await store.open(an_ask(subject="sales"))
    foreign = await redis.command("HGET", await the_key(redis, f"*:r:{theirs.request.id}"), "q")
    await redis.command("HSET", await the_key(redis, f"*:r:{mine.request.id}"), "q", foreign)
    with pytest.raises(StoreError, match="not written by mcp-voice"):
        await store.find(mine.request.id, subject="ops")


@pytest.mark.parametrize("kind", ["string", "list", "hash"])
async def test_keys_of_the_wrong_kind_are_errors_and_no_more(redis: RedisServer, store: AskStore, kind: str) -> None:
    """Every key of ours in turn is something else; other subjects are served."""
    claimed = await store.claim(await store.open(an_ask(call_id="toolu_1")), worker="one")
    assert claimed is not None
    await store.hold(KITCHEN, worker="one")
    await store.note(KITCHEN, "said", worker="one")
    keys = await redis.command("KEYS", "mcp-voice:2:{*")
    assert len(keys) > 8
    for key in keys:
        kept = await redis.command("DUMP", key)
        await redis.command("DEL", key)
        made = {"string": ("SET", key, "x"), "list": ("RPUSH", key, "x"), "hash": ("HSET", key, "x", "y")}[kind]
        await redis.command(*made)
        await every_method(store, claimed)
        assert (await store.open(an_ask(subject="sales"))).is_open
        await redis.command("RESTORE", key, 3_600_000, kept, "REPLACE")


async def refused_with(call: Callable[[], Awaitable[object]]) -> str:
    """The code of the error; nothing where there is none."""
    try:
        await call()
    except VoiceError as error:
        return error.code
    return ""


async def every_method(store: AskStore, state: State) -> None:
    """Call each; whatever is wrong is said as an error of ours, soon."""
    mine = state.request.id
    for call in (
        lambda: store.open(an_ask("New?", call_id="toolu_1")),
        lambda: store.find(mine, subject="ops"),
        lambda: store.attend(mine, subject="ops"),
        lambda: store.changed(state, seconds=0.01),
        lambda: store.waiting(KITCHEN),
        lambda: store.claim(state, worker="two"),
        lambda: store.renew(state, heard("the")),
        lambda: store.hold(KITCHEN, worker="one"),
        lambda: store.holder(KITCHEN),
        lambda: store.noted(KITCHEN),
        lambda: store.overdue(unclaimed_seconds=0),
    ):
        with anyio.fail_after(LIMIT):
            code = await refused_with(call)
        assert code in {"", "store", "unknown-ask"}


async def test_a_subject_whose_keys_are_broken_hides_no_other_s_overdue_requests(
    redis: RedisServer, store: AskStore
) -> None:
    """The sweep goes on with the rest."""
    await store.open(an_ask())
    (broken,) = await redis.command("KEYS", "*:leased") or await redis.command("KEYS", "*:free")
    await redis.command("SET", broken, "x")
    theirs = await store.open(an_ask(subject="sales"))
    assert [each.request.id for each in await store.overdue(unclaimed_seconds=0)] == [theirs.request.id]


async def test_a_server_s_clock_that_goes_back_holds_nothing_for_ever(redis: RedisServer, store: AskStore) -> None:
    """Leases of the time before end a lease from now at the latest, as if the clock had gone back by a day."""
    claimed = await store.claim(await store.open(an_ask()), worker="one")
    assert claimed is not None
    await store.hold(KITCHEN, worker="one")
    request = await the_key(redis, f"*:r:{claimed.request.id}")
    for key, field in ((request, "l"), (request, "t"), (await the_key(redis, "*:hold:*"), "l")):
        await redis.command("HINCRBY", key, field, 86_400_000)
    leased = await the_key(redis, "*:leased")
    await redis.command("ZINCRBY", leased, 86_400_000, claimed.request.id)
    seen = await store.find(claimed.request.id, subject="ops")
    assert seen.is_claimed
    assert seen.lease_until <= seen.now + 10.0
    assert await store.overdue(unclaimed_seconds=0) == []
    score = float(await redis.command("ZSCORE", leased, claimed.request.id))
    assert score / 1000 <= seen.now + 15.0


async def test_a_password_reaches_neither_an_error_nor_a_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Right or wrong, with Redis there or away."""
    caplog.set_level(logging.DEBUG)
    told: list[str] = []
    async with redis_server(tmp_path / "redis", requirepass=PASSWORD) as server:
        for password, code in ((QUOTED, ""), (f"{QUOTED}-not", "store-unreachable"), ("", "store-unreachable")):
            async with shared_store(f"redis://:{password}@127.0.0.1:{server.port}/0") as store:
                if not code:
                    assert (await store.open(an_ask())).is_open
                    continue
                with pytest.raises(StoreError) as refused:
                    await store.open(an_ask())
                assert refused.value.code == code
                assert refused.value.what == f"Redis at 127.0.0.1:{server.port} denies access."
                told.append(repr(refused.value) + str(refused.value))
    texts = "".join(told) + caplog.text
    assert "battery" not in texts
    assert "horse" not in texts


async def test_a_store_with_tls_is_reached_where_its_certificate_is_trusted(redis: RedisServer, tmp_path: Path) -> None:
    """And nowhere else; ``ssl_ca_certs`` of the address names one of one's own."""
    pem = certificate(tmp_path)
    async with relay(redis.port, tls=server_context(pem)) as address:
        url = f"rediss://127.0.0.1:{address.port}/0"
        async with shared_store(f"{url}?ssl_ca_certs={pem}") as store:
            state = await store.open(an_ask())
            async with store.place_changes(KITCHEN) as bell:
                rung = bell.next
                await store.withdraw(state.request.id, subject="ops")
                with anyio.fail_after(LIMIT):
                    await rung.wait()
        async with shared_store(url) as store:
            with pytest.raises(StoreError) as refused:
                await store.open(an_ask())
            assert refused.value.code == "store-unreachable"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost:6379",
        "http://localhost:6379",
        "redis://",
        "redis://localhost:port",
        "redis://localhost:6379/0?decode_responses=true",
        "redis://localhost:6379/0?socket_timeout=900",
        "redis://localhost:6379/zero",
        "rediss://localhost:6379?ssl_ca_certs=/nowhere/ca.pem",
        "redis://:pass/word@localhost:6379",
        f"redis://:{PASSWORD}#@localhost:6379",
    ],
)
async def test_an_address_that_is_none_of_a_redis_is_refused_without_repeating_it(url: str) -> None:
    """When the settings are read, or the store is opened; a password may stand in it."""
    with pytest.raises(BadSettings, match="MCP_VOICE_STORE") as refused:
        async with shared_store(url):
            pass
    assert "localhost" not in str(refused.value)
    assert "battery" not in str(refused.value)
