"""What every store does with requests: opened once, found by who owns them, followed, withdrawn, and forgotten."""

from __future__ import annotations

import anyio
import pytest

from mcp_voice.bounds.limits import MOST_OPEN_IN_ROOM
from mcp_voice.errors import UnknownAsk
from mcp_voice.store.records import Outcome, Place
from mcp_voice.store.seam import AskStore
from testkit.stores import ANSWERED, KITCHEN, SHORT, StoreStage, an_ask, heard
from testkit.waiting import until

pytestmark = pytest.mark.anyio

LIMIT = 5.0


async def test_what_is_opened_is_found_with_all_that_was_said_of_it(store: AskStore) -> None:
    """Nothing of a request is lost on the way."""
    request = an_ask(
        choices=("one", "two"), participant="alice", open_ended=True, call_id="toolu_1", asker="Claude", named=False
    )
    opened = await store.open(request)
    found = await store.find(request.id, subject="ops")
    assert (opened.request, found.request) == (request, request)
    assert found.is_open
    assert not found.is_claimed
    assert found.opened_at <= found.now


async def test_another_subject_s_request_is_as_unknown_as_none(store: AskStore) -> None:
    """No method finds it by its id alone, and no text names it."""
    theirs = await store.open(an_ask())
    for attempt in (store.find, store.withdraw, store.attend):
        with pytest.raises(UnknownAsk) as refused:
            await attempt(theirs.request.id, subject="sales")
        assert str(refused.value).startswith(f"No ask is kept under '{theirs.request.id}'; kept: none.")
    assert (await store.find(theirs.request.id, subject="ops")).is_open


async def test_an_unknown_id_is_told_with_those_that_are_kept(store: AskStore) -> None:
    """The latest first; the list is the subject's own."""
    first, second = await store.open(an_ask("A?")), await store.open(an_ask("B?"))
    await store.open(an_ask("C?", subject="sales"))
    await store.open(an_ask("Hello.", kind="say"))
    with pytest.raises(UnknownAsk, match=f"kept: '{second.request.id}', '{first.request.id}'\\. Use an ask_id"):
        await store.find("ask-0", subject="ops")


async def test_the_same_question_for_the_same_room_is_one_ask(store: AskStore) -> None:
    """Case and punctuation make no other question."""
    first = await store.open(an_ask("Which floor?"))
    again = await store.open(an_ask("which floor"))
    assert again.request.id == first.request.id


@pytest.mark.parametrize(
    "other",
    [{"subject": "sales"}, {"room_name": "hall"}, {"text": "Which door?"}, {"kind": "say"}],
    ids=["subject", "room", "question", "kind"],
)
async def test_a_question_that_differs_is_another_request(store: AskStore, other: dict[str, str]) -> None:
    """By whose it is, where, what it asks, or what it is."""
    await store.open(an_ask())
    request = an_ask(**other)
    assert (await store.open(request)).request.id == request.id


async def test_an_ask_of_everybody_repeats_one_of_somebody_and_not_the_other_way_round(store: AskStore) -> None:
    """As Target.covers says."""
    of_alice = await store.open(an_ask(participant="alice"))
    assert (await store.open(an_ask())).request.id == of_alice.request.id
    assert (await store.open(an_ask(participant="bob"))).request.id != of_alice.request.id
    of_everybody = await store.open(an_ask("Which door?"))
    assert (await store.open(an_ask("Which door?", participant="bob"))).request.id != of_everybody.request.id


async def test_what_is_withdrawn_is_repeated_by_nothing(store: AskStore) -> None:
    """Also while whoever carries it out has not said that it is over."""
    first = await store.open(an_ask(call_id="call-1"))
    assert await store.claim(first, worker="one") is not None
    await store.withdraw(first.request.id, subject="ops")
    again = an_ask(call_id="call-1")
    assert (await store.open(again)).request.id == again.id
    assert (await store.open(an_ask())).request.id == again.id


async def test_a_call_that_named_no_room_repeats_its_question_wherever_it_is_open(store: AskStore) -> None:
    """People went to another room meanwhile: the question is not asked there as well."""
    first = await store.open(an_ask(room_name="kitchen", named=False))
    assert (await store.open(an_ask(room_name="hall", named=False))).request.id == first.request.id
    assert (await store.open(an_ask(room_name="hall", named=True))).request.id != first.request.id


async def test_the_same_call_that_comes_twice_is_one_request(store: AskStore) -> None:
    """Whatever it asks or says; another subject may have the same call id."""
    first = await store.open(an_ask("Which floor?", call_id="toolu_1"))
    assert (await store.open(an_ask("Which door?", call_id="toolu_1"))).request.id == first.request.id
    said = await store.open(an_ask("Hello.", kind="say", call_id="toolu_2"))
    assert (await store.open(an_ask("Hello.", kind="say", call_id="toolu_2"))).request.id == said.request.id
    assert (await store.open(an_ask("Hello.", kind="say"))).request.id != said.request.id
    theirs = await store.open(an_ask("Which floor?", call_id="toolu_1", subject="sales"))
    assert theirs.request.id != first.request.id


async def test_what_is_over_is_not_repeated(store: AskStore) -> None:
    """The same question is asked anew, under the same call id as well."""
    first = await store.open(an_ask(call_id="toolu_1"))
    await store.withdraw(first.request.id, subject="ops")
    assert (await store.open(an_ask(call_id="toolu_1"))).request.id != first.request.id


async def test_to_open_the_same_id_again_changes_nothing(store: AskStore) -> None:
    """An acknowledgement may get lost; what is over stays over."""
    request = an_ask()
    await store.open(request)
    await store.withdraw(request.id, subject="ops")
    assert not (await store.open(request)).is_open
    assert await store.waiting(KITCHEN) == []


async def test_many_that_open_the_same_question_at_once_get_one(store: AskStore) -> None:
    """A host that asks twice at once is heard once."""
    found: list[str] = []

    async def ask() -> None:
        found.append((await store.open(an_ask())).request.id)

    async with anyio.create_task_group() as tasks:
        for _ in range(8):
            tasks.start_soon(ask)
    assert len(found) == 8
    assert len(set(found)) == 1


async def test_withdrawing_what_nobody_carries_out_ends_it_at_once(store: AskStore) -> None:
    """With nothing to say of it; a second time changes nothing."""
    state = await store.open(an_ask())
    for _ in range(2):
        ended = await store.withdraw(state.request.id, subject="ops")
        assert ended.is_withdrawn
        assert ended.outcome == Outcome()
    assert await store.claim(state, worker="one") is None
    assert await store.waiting(KITCHEN) == []


async def test_withdrawing_what_is_answered_leaves_the_answer(store: AskStore) -> None:
    """What was answered once is never changed."""
    claimed = await store.claim(await store.open(an_ask()), worker="one")
    assert claimed is not None
    assert await store.answer(claimed, ANSWERED)
    ended = await store.withdraw(claimed.request.id, subject="ops")
    assert ended.outcome == ANSWERED
    assert not ended.is_withdrawn


async def test_a_call_that_waits_is_seen_and_counted(stage: StoreStage) -> None:
    """By whoever carries it out; when no call waits any more, that is seen too. Neither is a change."""
    async with stage.store(lease_seconds=SHORT) as store:
        claimed = await store.claim(await store.open(an_ask()), worker="one")
        assert claimed is not None
        progress = heard("the")
        assert not (await store.renew(claimed, progress)).is_attended
        begun = await store.attend(claimed.request.id, subject="ops", call="1")
        still = await store.attend(claimed.request.id, subject="ops")
        assert (begun.calls, still.calls) == (1, 1)
        assert still.version == begun.version
        assert (await store.renew(claimed, progress)).is_attended
        await stage.later(SHORT + 0.1)
        assert not (await store.renew(claimed, progress)).is_attended


async def test_a_change_wakes_whoever_waits_for_it(stage: StoreStage, store: AskStore) -> None:
    """Every kind of change, made by another process, and told with what it changed."""
    state = await store.open(an_ask())
    async with stage.store() as other:

        async def change() -> None:
            claimed = await other.claim(state, worker="one")
            assert claimed is not None
            assert (await until(lambda: seen and seen[-1].worker == "one" and seen)) is not None
            await other.renew(claimed, heard("the"))
            await until(lambda: seen[-1].progress == heard("the"))
            await other.answer(claimed, ANSWERED)

        seen = [state]
        with anyio.fail_after(LIMIT * 2):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(change)
                while seen[-1].is_open:
                    seen.append(await store.changed(seen[-1], seconds=LIMIT))
    assert seen[-1].outcome == ANSWERED
    assert [each.version for each in seen] == sorted({each.version for each in seen})


async def test_a_change_that_was_missed_is_told_at_once(store: AskStore) -> None:
    """The state that a waiter has may be old already."""
    state = await store.open(an_ask())
    await store.claim(state, worker="one")
    with anyio.fail_after(LIMIT):
        assert (await store.changed(state, seconds=60)).worker == "one"


async def test_whoever_waits_for_a_change_that_does_not_come_gets_the_state_as_it_is(store: AskStore) -> None:
    """After as many seconds as were given; of the same version, but read anew."""
    state = await store.open(an_ask())
    seen = await store.changed(state, seconds=0.05)
    assert seen.version == state.version
    assert seen.request == state.request


async def test_an_outcome_is_kept_for_as_long_as_is_set_and_then_forgotten(stage: StoreStage) -> None:
    """After that its id is unknown."""
    async with stage.store(keep_seconds=SHORT) as store:
        claimed = await store.claim(await store.open(an_ask()), worker="one")
        assert claimed is not None
        await store.answer(claimed, ANSWERED)
        assert (await store.find(claimed.request.id, subject="ops")).outcome == ANSWERED
        await stage.later(SHORT + 0.1)
        with pytest.raises(UnknownAsk, match="kept: none"):
            await store.find(claimed.request.id, subject="ops")


async def test_what_is_open_and_left_alone_is_forgotten_at_last(stage: StoreStage) -> None:
    """Twice the time for which it may be open, and what a reply is kept; it blocks nothing then."""
    async with stage.store(keep_seconds=0.1) as store:
        for number in range(MOST_OPEN_IN_ROOM):
            await store.open(an_ask(f"Number {number}?", open_seconds=0.1))
        await stage.later(SHORT)
        assert await store.waiting(KITCHEN) == []
        assert await store.overdue(unclaimed_seconds=0.0) == []
        assert (await store.open(an_ask("One more?"))).is_open


async def test_what_waits_in_a_place_is_told_in_the_order_in_which_it_was_opened(store: AskStore) -> None:
    """Of every kind, and of that place alone; what somebody carries out does not wait."""
    first = await store.open(an_ask("A?"))
    second = await store.open(an_ask("B.", kind="say"))
    third = await store.open(an_ask("C?"))
    await store.open(an_ask("D?", room_name="hall"))
    await store.open(an_ask("E?", subject="sales"))
    assert [each.request.id for each in await store.waiting(KITCHEN)] == [
        each.request.id for each in (first, second, third)
    ]
    await store.claim(first, worker="one")
    assert [each.request.text for each in await store.waiting(KITCHEN)] == ["B.", "C?"]
    assert [each.request.text for each in await store.waiting(Place("sales", "kitchen"))] == ["E?"]
