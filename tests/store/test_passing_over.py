"""What a store holds and this process cannot read is told of now and then, not at every look."""

from __future__ import annotations

import logging
from collections import Counter

import pytest

from mcp_voice.store.passing_over import PassedOver
from testkit.redis_server import RedisServer
from testkit.stores import KITCHEN, an_ask, shared_store

KEY, ANOTHER = "k" * 32, "a" * 32


@pytest.mark.anyio
async def test_what_was_open_when_the_key_was_changed_floods_no_log(
    redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    """It stays there for an hour and more, and every process meets all of it every 3 s."""
    await redis.command("FLUSHALL")
    async with shared_store(redis.url, key=KEY) as before, shared_store(redis.url, key=ANOTHER) as now:
        for number in range(3):
            await before.open(an_ask(f"Number {number}?"))
        await before.hold(KITCHEN, worker="one")
        await before.note(KITCHEN, "said", worker="one")
        with caplog.at_level(logging.WARNING, "mcp_voice.store"):
            for _ in range(3):
                assert await now.overdue(unclaimed_seconds=0) == []
                assert await now.waiting(KITCHEN) == []
                assert await now.noted(KITCHEN) == ""
    assert Counter(each for each in caplog.messages if "passed over" in each) == {
        "requests in the store are passed over (store-key)": 1,
        "notes of rooms in the store are passed over (store-key)": 1,
    }


def test_each_kind_is_told_of_by_itself_and_again_after_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    """Who looks into a log later finds it there, too."""
    instants = iter((0.0, 0.0, 30.0, 30.0, 61.0, 61.0))
    passed = PassedOver(lambda: next(instants))
    for _ in range(3):
        passed.tell("requests", "store-key")
        passed.tell("requests", "store")
    assert [message.rpartition(" ")[2] for message in caplog.messages] == ["(store-key)", "(store)"] * 2
