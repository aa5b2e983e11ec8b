"""What every store knows of whoever uses it: workers that are there, and nothing of itself to be warned of."""

from __future__ import annotations

import pytest

from mcp_voice.store.seam import AskStore
from mcp_voice.store.users import Fleet
from testkit.stores import SHORT, StoreStage

pytestmark = pytest.mark.anyio


async def test_workers_are_counted_with_those_that_have_room(stage: StoreStage, store: AskStore) -> None:
    """Each once, by what it said last; every process sees all of them."""
    assert await store.users.fleet() == Fleet(0, 0)
    async with stage.store() as other:
        await store.users.work("one", has_room=True)
        await other.users.work("two", has_room=False)
        await store.users.work("one", has_room=True)
        assert await other.users.fleet() == await store.users.fleet() == Fleet(2, 1)
        await other.users.work("two", has_room=True)
        await store.users.work("one", has_room=False)
        assert await store.users.fleet() == Fleet(2, 1)


async def test_a_worker_that_rests_is_not_there_any_more(store: AskStore) -> None:
    """Nor is one that never was."""
    await store.users.work("one", has_room=True)
    await store.users.rest("two")
    assert await store.users.fleet() == Fleet(1, 1)
    await store.users.rest("one")
    assert await store.users.fleet() == Fleet(0, 0)


async def test_a_worker_that_says_nothing_more_is_soon_not_counted(stage: StoreStage) -> None:
    """It is dead, or cut off; one that goes on saying so stays."""
    async with stage.store(lease_seconds=SHORT) as store:
        await store.users.work("dead", has_room=True)
        await stage.later(SHORT * 0.6)
        await store.users.work("alive", has_room=True)
        await stage.later(SHORT * 0.6)
        assert await store.users.fleet() == Fleet(1, 1)


async def test_whoever_has_the_same_key_and_version_is_nobody_to_be_warned_of(
    stage: StoreStage, store: AskStore
) -> None:
    """However often they sign."""
    async with stage.store() as other:
        await store.users.sign()
        await other.users.sign()
        await store.users.sign()
        assert list(await store.users.others()) == list(await other.users.others()) == []
