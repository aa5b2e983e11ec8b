"""Which subjects a sweep looks at: those that have something open, by the store's clock alone."""

from __future__ import annotations

import pytest

from mcp_voice.errors import StoreError
from mcp_voice.store import redis_subjects
from mcp_voice.store.records import Outcome
from mcp_voice.store.seam import AskStore
from testkit.redis_server import RedisServer
from testkit.stores import KITCHEN, RedisStage, an_ask

pytestmark = pytest.mark.anyio

SUBJECTS = "mcp-voice:2:subjects"


@pytest.fixture
async def stage(redis: RedisServer) -> RedisStage:
    """With nothing in it."""
    await redis.command("FLUSHALL")
    return RedisStage(redis)


async def test_a_subject_that_has_nothing_open_is_looked_at_no_more(
    redis: RedisServer, store: AskStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor is one forgotten that has, or that has just asked."""
    for subject in ("ops", "sales"):
        state = await store.open(an_ask(subject=subject))
        if subject == "sales":
            assert await store.fail_unclaimed(state, Outcome())
    await store.overdue(unclaimed_seconds=0)
    assert await redis.command("ZCARD", SUBJECTS) == 2
    monkeypatch.setattr(redis_subjects, "IDLE_SECONDS", -5.0)
    (left,) = await store.overdue(unclaimed_seconds=0)
    assert left.request.subject == "ops"
    assert await redis.command("ZCARD", SUBJECTS) == 1
    claimed = await store.claim(left, worker="one")
    assert claimed is not None
    await store.overdue(unclaimed_seconds=0)
    assert await redis.command("ZCARD", SUBJECTS) == 1


async def test_a_request_that_is_broken_is_told_of_once(
    redis: RedisServer, store: AskStore, caplog: pytest.LogCaptureFixture
) -> None:
    """And not by every look until it has expired."""
    sound = await store.open(an_ask())
    broken = await store.open(an_ask("Which door?"))
    (key,) = await redis.command("KEYS", f"mcp-voice:2:*r:{broken.request.id}")
    await redis.command("HSET", key, "v", "many")
    for _ in range(3):
        assert [each.request.id for each in await store.waiting(KITCHEN)] == [sound.request.id]
    assert len([each for each in caplog.records if "passed over" in each.getMessage()]) == 1
    (index,) = await redis.command("KEYS", "mcp-voice:2:*o:*")
    assert await redis.command("ZSCORE", index, broken.request.id) is None
    with pytest.raises(StoreError):
        await store.find(broken.request.id, subject="ops")
