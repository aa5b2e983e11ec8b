"""What every store does with places: held by one, watched by whoever wants to know, with notes for the next."""

from __future__ import annotations

import anyio
import pytest

from mcp_voice.errors import StoreError
from mcp_voice.store.records import Place
from mcp_voice.store.seam import MOST_OFFERS, AskStore
from mcp_voice.store.tags import tag
from testkit.stores import KITCHEN, SHORT, StoreStage, an_ask, heard

pytestmark = pytest.mark.anyio

LIMIT = 5.0
HALL = Place("ops", "hall")
THEIRS = Place("sales", "kitchen")


async def test_of_two_that_would_hold_a_place_one_does(store: AskStore) -> None:
    """The other does not until it is left; other places are not concerned."""
    granted: list[str] = []

    async def hold(worker: str) -> None:
        if await store.hold(KITCHEN, worker=worker):
            granted.append(worker)

    async with anyio.create_task_group() as tasks:
        for number in range(10):
            tasks.start_soon(hold, f"worker-{number}")
    assert len(granted) == 1
    assert await store.holder(KITCHEN) == granted[0]
    assert await store.hold(KITCHEN, worker=granted[0])
    for other in (HALL, THEIRS):
        assert await store.holder(other) == ""
        assert await store.hold(other, worker="another")


async def test_a_place_that_is_left_can_be_held(store: AskStore) -> None:
    """Only whoever holds it can leave it."""
    await store.hold(KITCHEN, worker="one")
    await store.leave(KITCHEN, worker="two")
    assert await store.holder(KITCHEN) == "one"
    await store.leave(KITCHEN, worker="one")
    assert await store.holder(KITCHEN) == ""
    assert await store.hold(KITCHEN, worker="two")


async def test_a_hold_that_is_not_renewed_runs_out(stage: StoreStage) -> None:
    """Its holder is dead, and another takes the place."""
    async with stage.store(lease_seconds=SHORT) as store:
        await store.hold(KITCHEN, worker="one")
        await stage.later(SHORT + 0.1)
        assert await store.holder(KITCHEN) == ""
        assert await store.hold(KITCHEN, worker="two")
        assert not await store.hold(KITCHEN, worker="one")


async def test_what_waits_in_a_place_is_found_by_the_tag_of_its_subject(store: AskStore) -> None:
    """A worker is told no more than that; what is another's, or elsewhere, is not found by it."""
    await store.open(an_ask("A?"))
    found = await store.waiting_of(tag(KITCHEN.subject), KITCHEN.room_name)
    assert [each.request.place for each in found] == [KITCHEN]
    assert list(await store.waiting_of(tag(THEIRS.subject), KITCHEN.room_name)) == []
    assert list(await store.waiting_of(tag(KITCHEN.subject), HALL.room_name)) == []


async def test_a_place_rings_when_there_is_something_to_do(stage: StoreStage, store: AskStore) -> None:
    """A request of it is opened, withdrawn or given back, or the place is left; elsewhere it rings for nobody."""
    async with stage.store() as other, store.place_changes(KITCHEN) as bell, store.place_changes(HALL) as elsewhere:
        rung = elsewhere.next
        with anyio.fail_after(LIMIT * 2):
            change = bell.next
            state = await other.open(an_ask())
            await change.wait()
            claimed = await other.claim(state, worker="one")
            assert claimed is not None
            change = bell.next
            await other.withdraw(state.request.id, subject="ops")
            await change.wait()
            change = bell.next
            await other.give_back(claimed, heard(""))
            await change.wait()
            await other.hold(KITCHEN, worker="one")
            change = bell.next
            await other.leave(KITCHEN, worker="one")
            await change.wait()
        assert not rung.is_set()


async def test_all_who_watch_a_place_are_told(stage: StoreStage, store: AskStore) -> None:
    """In one process and in others; who has stopped watching takes nothing from the rest."""
    async with stage.store() as other, store.place_changes(KITCHEN) as first, other.place_changes(KITCHEN) as third:
        async with store.place_changes(KITCHEN):
            pass
        async with store.place_changes(KITCHEN) as second:
            changes = [bell.next for bell in (first, second, third)]
            await store.open(an_ask())
            with anyio.fail_after(LIMIT):
                for change in changes:
                    await change.wait()


async def test_a_place_that_is_offered_is_told_to_all_who_listen(stage: StoreStage, store: AskStore) -> None:
    """Here and in other processes; who has stopped listening takes nothing from the rest."""
    named = Place("öps\n", 'the "hall"')
    async with stage.store() as other, store.offers() as first, other.offers() as third:
        async with store.offers():
            pass
        async with store.offers() as second:
            for place in (KITCHEN, named):
                await store.offer(place)
            with anyio.fail_after(LIMIT):
                for offers in (first, second, third):
                    assert [await offers.receive() for _ in range(2)] == [KITCHEN, named]
    await store.offer(KITCHEN)


async def test_who_offers_is_told_whether_anybody_else_listens(stage: StoreStage, store: AskStore) -> None:
    """A process that is alone need not wait for another one to take it."""
    async with stage.store() as other, store.offers():
        assert not await store.offer(KITCHEN)
        async with other.offers():
            assert await store.offer(KITCHEN)


async def test_who_looks_at_no_offer_keeps_nobody_from_offering(store: AskStore) -> None:
    """So many are kept for it."""
    async with store.offers() as idle, store.offers() as quick:
        for _ in range(MOST_OFFERS + 20):
            await store.offer(KITCHEN)
            with anyio.fail_after(LIMIT):
                assert await quick.receive() == KITCHEN
        assert idle.statistics().current_buffer_used == MOST_OFFERS


async def test_the_notes_of_a_place_are_for_whoever_holds_it_next(stage: StoreStage, store: AskStore) -> None:
    """The latest alone; each place has its own."""
    assert await store.noted(KITCHEN) == ""
    assert await store.hold(KITCHEN, worker="one")
    await store.note(KITCHEN, '{"lines": 1}', worker="one")
    await store.note(KITCHEN, '{"lines": 2}', worker="one")
    async with stage.store() as other:
        assert await other.noted(KITCHEN) == '{"lines": 2}'
        assert await other.noted(HALL) == await other.noted(THEIRS) == ""


async def test_notes_are_kept_for_as_long_as_replies(stage: StoreStage) -> None:
    """Then what people said is gone."""
    async with stage.store(keep_seconds=SHORT) as store:
        await store.hold(KITCHEN, worker="one")
        await store.note(KITCHEN, "said", worker="one")
        await stage.later(SHORT + 0.1)
        assert await store.noted(KITCHEN) == ""


async def test_notes_outlive_that_time_for_as_long_as_their_place_is_held(stage: StoreStage) -> None:
    """A quiet room is still heard in: whoever holds it still has its words, and the next one is to have the same."""
    async with stage.store(keep_seconds=2 * SHORT) as store:
        await store.hold(KITCHEN, worker="one")
        await store.note(KITCHEN, "said", worker="one")
        for _ in range(4):
            await stage.later(SHORT)
            assert await store.hold(KITCHEN, worker="one")
            assert not await store.hold(KITCHEN, worker="two")
        assert await store.noted(KITCHEN) == "said"
        await store.leave(KITCHEN, worker="one")
        await stage.later(2 * SHORT + 0.1)
        assert await store.noted(KITCHEN) == ""
        assert await store.hold(KITCHEN, worker="two")
        assert await store.noted(KITCHEN) == ""


async def test_notes_are_not_kept_by_whoever_would_hold_a_place_and_may_not(stage: StoreStage) -> None:
    """Its holder is gone, say, and its lease lasts for long."""
    async with stage.store(keep_seconds=2 * SHORT) as store:
        await store.hold(KITCHEN, worker="one")
        await store.note(KITCHEN, "said", worker="one")
        await stage.later(SHORT)
        assert not await store.hold(KITCHEN, worker="two")
        await stage.later(SHORT + 0.1)
        assert await store.noted(KITCHEN) == ""


async def test_notes_that_are_too_large_are_refused(store: AskStore) -> None:
    """Those before stay."""
    await store.hold(KITCHEN, worker="one")
    await store.note(KITCHEN, "said", worker="one")
    with pytest.raises(StoreError, match="A place's note has 300000 bytes; the store takes at most 262144"):
        await store.note(KITCHEN, "x" * 300_000, worker="one")
    assert await store.noted(KITCHEN) == "said"


async def test_a_call_is_counted_once_though_the_store_is_told_twice(store: AskStore) -> None:
    """Its first acknowledgement got lost; that what was heard is being returned is told apart from it."""
    request = an_ask()
    await store.open(request)
    told = [await store.attend(request.id, subject="ops", call=each) for each in ("one", "one", "two", "one", "")]
    assert [each.calls for each in told] == [1, 1, 2, 2, 2]
    assert not told[-1].is_returned
    assert (await store.returned(request.id, subject="ops")).is_returned
    assert (await store.find(request.id, subject="ops")).calls == 2


async def test_only_whoever_holds_a_place_writes_its_notes(stage: StoreStage) -> None:
    """One that was stopped for a while does not write over what the next one has noted."""
    async with stage.store(lease_seconds=SHORT) as store:
        await store.hold(KITCHEN, worker="one")
        assert await store.note(KITCHEN, "of one", worker="one")
        await stage.later(SHORT + 0.1)
        assert not await store.note(KITCHEN, "late", worker="one")
        await store.hold(KITCHEN, worker="two")
        assert await store.note(KITCHEN, "of two", worker="two")
        assert not await store.note(KITCHEN, "later still", worker="one")
        assert await store.noted(KITCHEN) == "of two"
