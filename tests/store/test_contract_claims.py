"""What every store does with who carries a request out: one at a time, and only the latest may write."""

from __future__ import annotations

from functools import partial

import anyio
import pytest

from mcp_voice.errors import StoreError
from mcp_voice.store.records import Failure, Outcome, State
from mcp_voice.store.seam import AskStore
from testkit.stores import ANSWERED, KITCHEN, SHORT, StoreStage, an_ask, heard

pytestmark = pytest.mark.anyio

FAILED = Outcome(failure=Failure(error="LiveKitError", what="Nobody could say it.", code="livekit"))


async def claimed(store: AskStore, state: State, worker: str = "one") -> State:
    """The state, carried out by that worker."""
    found = await store.claim(state, worker=worker)
    assert found is not None
    return found


async def test_of_two_claims_at_once_one_is_granted(store: AskStore) -> None:
    """As of twenty."""
    state = await store.open(an_ask())
    granted: list[State] = []

    async def claim(worker: str) -> None:
        if found := await store.claim(state, worker=worker):
            granted.append(found)

    async with anyio.create_task_group() as tasks:
        for number in range(20):
            tasks.start_soon(claim, f"worker-{number % 10}")
    assert len(granted) == 1
    assert granted[0].attempt == 1
    assert granted[0].is_claimed


async def test_a_claim_of_a_state_that_is_old_is_refused(store: AskStore) -> None:
    """Somebody has carried it out meanwhile, and given it back."""
    state = await store.open(an_ask())
    await store.give_back(await claimed(store, state), heard(""))
    assert await store.claim(state, worker="two") is None
    assert (await claimed(store, await store.find(state.request.id, subject="ops"), "two")).attempt == 2


async def test_a_renewal_keeps_the_claim_and_tells_how_far_it_is(stage: StoreStage) -> None:
    """Beyond the time of a lease."""
    async with stage.store(lease_seconds=1.0) as store:
        ours = await claimed(store, await store.open(an_ask()))
        for words in ("the", "the third", "the third floor"):
            await stage.later(0.4)
            assert (await store.renew(ours, heard(words))).is_ours
            seen = await store.find(ours.request.id, subject="ops")
            assert seen.progress == heard(words)
            assert seen.is_claimed
            assert await store.waiting(KITCHEN) == []


async def test_only_what_is_new_is_a_change(store: AskStore) -> None:
    """Whoever follows it is not woken by every renewal."""
    ours = await claimed(store, await store.open(an_ask()))
    await store.renew(ours, heard("the"))
    before = await store.find(ours.request.id, subject="ops")
    await store.renew(ours, heard("the"))
    assert (await store.find(ours.request.id, subject="ops")).version == before.version


async def test_a_lease_that_ran_out_lets_another_claim_and_ends_the_first(stage: StoreStage) -> None:
    """Whatever the first still writes is refused, and nothing of it is seen."""
    async with stage.store(lease_seconds=SHORT) as store:
        first = await claimed(store, await store.open(an_ask()), "one")
        await store.renew(first, heard("the"))
        await stage.later(SHORT + 0.1)
        lapsed = await store.find(first.request.id, subject="ops")
        assert not lapsed.is_claimed
        assert lapsed.worker == "one"
        assert [each.request.id for each in await store.waiting(KITCHEN)] == [first.request.id]
        second = await claimed(store, lapsed, "two")
        assert second.attempt == 2
        assert second.progress == heard("the")
        assert not (await store.renew(first, heard("the third"))).is_ours
        assert not await store.answer(first, ANSWERED)
        await store.give_back(first, heard("the third"))
        seen = await store.find(first.request.id, subject="ops")
        assert (seen.worker, seen.progress, seen.outcome) == ("two", heard("the"), None)
        assert await store.answer(second, FAILED)


async def test_a_lease_that_ran_out_is_no_loss_while_nobody_else_claims(stage: StoreStage) -> None:
    """What was heard while the store was away is kept."""
    async with stage.store(lease_seconds=SHORT) as store:
        ours = await claimed(store, await store.open(an_ask()))
        await stage.later(SHORT + 0.1)
        assert (await store.renew(ours, heard("the"))).is_ours
        await stage.later(SHORT + 0.1)
        assert await store.answer(ours, ANSWERED)
        assert (await store.find(ours.request.id, subject="ops")).outcome == ANSWERED


async def test_an_answer_is_recorded_once(store: AskStore) -> None:
    """The same one again is acknowledged again; another is refused, and changes nothing."""
    ours = await claimed(store, await store.open(an_ask()))
    assert await store.answer(ours, ANSWERED)
    assert await store.answer(ours, ANSWERED)
    assert not await store.answer(ours, FAILED)
    assert not (await store.renew(ours, heard(""))).is_ours
    seen = await store.find(ours.request.id, subject="ops")
    assert seen.outcome == ANSWERED
    assert await store.claim(seen, worker="two") is None
    assert not await store.fail_unclaimed(seen, FAILED)


async def test_the_same_answer_of_another_attempt_is_not_acknowledged(stage: StoreStage) -> None:
    """It was not this one that was recorded."""
    async with stage.store(lease_seconds=SHORT) as store:
        first = await claimed(store, await store.open(an_ask()), "one")
        await stage.later(SHORT + 0.1)
        second = await claimed(store, first, "two")
        assert await store.answer(second, ANSWERED)
        assert not await store.answer(first, ANSWERED)


async def test_who_has_not_claimed_writes_nothing(store: AskStore) -> None:
    """Nor does one who says they are another."""
    state = await store.open(an_ask())
    ours = await claimed(store, state)
    for foreign in (state, ours.model_copy(update={"worker": "two"}), ours.model_copy(update={"attempt": 2})):
        assert not (await store.renew(foreign, heard("no"))).is_ours
        assert not await store.answer(foreign, FAILED)
        await store.give_back(foreign, heard("no"))
    seen = await store.find(ours.request.id, subject="ops")
    assert (seen.worker, seen.progress.result, seen.is_open) == ("one", {}, True)


async def test_a_withdrawal_is_told_to_who_carries_it_out_and_they_write_the_outcome(store: AskStore) -> None:
    """Until then it is open."""
    ours = await claimed(store, await store.open(an_ask()))
    assert not (await store.renew(ours, heard(""))).is_withdrawn
    withdrawn = await store.withdraw(ours.request.id, subject="ops")
    assert withdrawn.is_open
    told = await store.renew(ours, heard(""))
    assert told.is_ours
    assert told.is_withdrawn
    cancelled = Outcome(result={"status": "cancelled"})
    assert await store.answer(ours, cancelled)
    assert (await store.find(ours.request.id, subject="ops")).outcome == cancelled


async def test_what_is_withdrawn_is_over_once_nobody_carries_it_out(stage: StoreStage) -> None:
    """They gave it back, or are dead; nobody begins with it again."""
    async with stage.store(lease_seconds=SHORT) as store:
        given_back = await claimed(store, await store.open(an_ask("A?")))
        dead = await claimed(store, await store.open(an_ask("B?")))
        for each in (given_back, dead):
            await store.withdraw(each.request.id, subject="ops")
        await store.give_back(given_back, heard(""))
        await stage.later(SHORT + 0.1)
        assert await store.waiting(KITCHEN) == []
        assert await store.overdue(unclaimed_seconds=0.0) == []
        for each in (given_back, dead):
            assert (await store.find(each.request.id, subject="ops")).outcome == Outcome()


async def test_a_withdrawal_and_an_answer_at_once_leave_one_outcome(store: AskStore) -> None:
    """Whichever came first; whoever answered knows which."""
    for _ in range(10):
        ours = await claimed(store, await store.open(an_ask()))
        recorded: list[bool] = []

        async def answer(ours: State = ours, recorded: list[bool] = recorded) -> None:
            recorded.append(await store.answer(ours, ANSWERED))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(answer)
            tasks.start_soon(partial(store.withdraw, ours.request.id, subject="ops"))
        assert recorded == [True]
        assert (await store.find(ours.request.id, subject="ops")).outcome == ANSWERED


async def test_what_is_given_back_may_be_claimed_and_keeps_what_was_heard(store: AskStore) -> None:
    """In its old place in the order."""
    first = await claimed(store, await store.open(an_ask("A?")))
    await store.open(an_ask("B?"))
    await store.give_back(first, heard("the"))
    waiting = await store.waiting(KITCHEN)
    assert [each.request.text for each in waiting] == ["A?", "B?"]
    assert (waiting[0].attempt, waiting[0].worker, waiting[0].progress) == (1, "", heard("the"))
    assert not (await store.renew(first, heard("the third"))).is_ours
    assert not await store.answer(first, ANSWERED)


async def test_what_nobody_carries_out_can_be_failed_and_nothing_else(stage: StoreStage) -> None:
    """Neither a request that somebody carries out, nor one of which more is known now."""
    async with stage.store(lease_seconds=SHORT) as store:
        state = await store.open(an_ask())
        ours = await claimed(store, state)
        assert not await store.fail_unclaimed(state, FAILED)
        assert not await store.fail_unclaimed(ours, FAILED)
        await stage.later(SHORT + 0.1)
        assert not await store.fail_unclaimed(state, FAILED)
        assert await store.fail_unclaimed(ours, FAILED)
        assert not await store.answer(ours, ANSWERED)
        assert (await store.find(state.request.id, subject="ops")).outcome == FAILED


async def test_what_waits_too_long_or_was_dropped_is_overdue(stage: StoreStage) -> None:
    """Of all subjects; neither what is new, nor what is carried out, nor what is over."""
    async with stage.store(lease_seconds=SHORT) as store:
        dropped = await claimed(store, await store.open(an_ask("dropped", subject="sales")))
        old = await store.open(an_ask("old"))
        over = await store.open(an_ask("over"))
        await store.withdraw(over.request.id, subject="ops")
        given_back = await claimed(store, await store.open(an_ask("given back")))
        await stage.later(SHORT + 0.1)
        await store.give_back(given_back, heard(""))
        await store.open(an_ask("new"))
        await claimed(store, await store.open(an_ask("carried out")))
        found = await store.overdue(unclaimed_seconds=SHORT)
        assert {each.request.id for each in found} == {dropped.request.id, old.request.id}
        everything = await store.overdue(unclaimed_seconds=0.0)
        assert {each.request.text for each in everything} == {"dropped", "old", "given back", "new"}


@pytest.mark.parametrize("method", ["renew", "give_back"])
async def test_progress_that_is_too_large_is_refused(store: AskStore, method: str) -> None:
    """The claim stays, and so does what was known."""
    ours = await claimed(store, await store.open(an_ask()))
    with pytest.raises(StoreError, match=r"Progress has 3\d{5} bytes; the store takes at most 262144"):
        await getattr(store, method)(ours, heard("x" * 300_000))
    assert (await store.renew(ours, heard("the"))).is_ours


async def test_an_outcome_that_is_too_large_is_refused(store: AskStore) -> None:
    """A smaller one can be written after it."""
    ours = await claimed(store, await store.open(an_ask()))
    with pytest.raises(StoreError, match=r"Outcome has 3\d{5} bytes"):
        await store.answer(ours, Outcome(result={"reply": "x" * 300_000}))
    assert await store.answer(ours, ANSWERED)
