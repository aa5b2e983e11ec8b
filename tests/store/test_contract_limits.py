"""How many requests every store takes, and how large ones."""

from __future__ import annotations

import anyio
import pytest

from mcp_voice.bounds.limits import MOST_ERRANDS, MOST_OPEN, MOST_OPEN_IN_ROOM
from mcp_voice.bounds.rate_limit import Limit
from mcp_voice.errors import BadInput, StoreError
from mcp_voice.store.records import State
from mcp_voice.store.seam import AskStore
from testkit.stores import KITCHEN, StoreStage, an_ask

pytestmark = pytest.mark.anyio


async def test_a_room_takes_no_more_questions_than_may_wait_there(store: AskStore) -> None:
    """One that is over makes room for the next; other rooms, subjects and messages are not concerned."""
    opened = [await store.open(an_ask(f"Number {n}?")) for n in range(MOST_OPEN_IN_ROOM)]
    with pytest.raises(BadInput, match="20 questions are open in room 'kitchen', which is the limit") as refused:
        await store.open(an_ask("One more?"))
    assert refused.value.code == "too-many-asks"
    assert f"'{opened[0].request.id}'" in refused.value.fix
    assert (await store.open(an_ask("number 3"))).request.id == opened[3].request.id
    for other in ({"room_name": "hall"}, {"subject": "sales"}, {"kind": "say"}):
        assert (await store.open(an_ask("One more?", **other))).is_open
    await store.withdraw(opened[0].request.id, subject="ops")
    assert (await store.open(an_ask("One more?"))).is_open


@pytest.mark.parametrize("kind", ["say", "listen", "chat", "meanwhile"])
async def test_what_ends_with_its_call_is_no_question_that_waits_in_a_room(store: AskStore, kind: str) -> None:
    """As many as the host calls at once, in one room; questions are neither refused for them, nor they for those."""
    for number in range(MOST_OPEN_IN_ROOM - 1):
        await store.open(an_ask(f"Number {number}?"))
    opened = [await store.open(an_ask("", kind=kind)) for _ in range(25)]
    assert len({state.request.id for state in opened}) == 25
    assert all(state.is_open for state in opened)
    assert (await store.open(an_ask("One more?"))).is_open


@pytest.mark.parametrize("rooms", [1, 10])
async def test_a_subject_has_no_more_calls_of_a_kind_under_way_than_it_may(store: AskStore, rooms: int) -> None:
    """In one room or in many; other kinds and subjects have their own, and one that is over makes room."""
    opened: list[State] = []

    async def listen(number: int) -> None:
        opened.append(await store.open(an_ask("", kind="listen", room_name=f"room-{number % rooms}")))

    async with anyio.create_task_group() as tasks:
        for number in range(MOST_ERRANDS):
            tasks.start_soon(listen, number)
    with pytest.raises(BadInput, match="200 calls of this kind are under way in all rooms") as refused:
        await store.open(an_ask("", kind="listen", room_name="room-0"))
    assert refused.value.code == "too-many-under-way"
    assert opened[0].request.id not in str(refused.value)
    for other in ({"kind": "say"}, {"kind": "ask"}, {"subject": "sales"}):
        assert (await store.open(an_ask("One more?", **({"kind": "listen", "room_name": "room-0"} | other)))).is_open
    await store.withdraw(opened[0].request.id, subject="ops")
    assert (await store.open(an_ask("", kind="listen", room_name="room-0"))).is_open


async def test_a_subject_has_no_more_open_questions_than_it_may(store: AskStore) -> None:
    """In all its rooms together; another subject has its own."""
    async with anyio.create_task_group() as tasks:
        for number in range(MOST_OPEN):
            tasks.start_soon(store.open, an_ask(f"Number {number}?", room_name=f"room-{number % 10}"))
    with pytest.raises(BadInput, match="100 questions are open, which is the limit") as refused:
        await store.open(an_ask("One more?", room_name="hall"))
    assert refused.value.code == "too-many-asks"
    assert (await store.open(an_ask("One more?", room_name="hall", subject="sales"))).is_open


async def test_a_subject_that_may_have_fewer_open_questions_is_refused_sooner(store: AskStore) -> None:
    """As its ``open_asks`` say."""
    for number in range(3):
        await store.open(an_ask(f"Number {number}?", room_name=f"room-{number}", most_open=3))
    with pytest.raises(BadInput, match="3 questions are open, which is the limit"):
        await store.open(an_ask("One more?", most_open=3))


async def test_what_is_withdrawn_is_none_of_the_open_questions(store: AskStore) -> None:
    """Though whoever carries it out has not said yet that it is over."""
    opened = [await store.open(an_ask(f"Number {n}?", room_name=f"room-{n}", most_open=3)) for n in range(3)]
    await store.claim(opened[0], worker="one")
    ended = await store.withdraw(opened[0].request.id, subject="ops")
    assert ended.is_open
    await store.open(an_ask("One more?", most_open=3))
    with pytest.raises(BadInput, match="3 questions are open, which is the limit"):
        await store.open(an_ask("Two more?", most_open=3))


async def test_a_request_that_is_too_large_is_refused(store: AskStore) -> None:
    """With its size; nothing of it is kept."""
    with pytest.raises(StoreError, match=r"Request has 100\d{3} bytes; the store takes at most 65536"):
        await store.open(an_ask("x" * 100_000))
    assert await store.waiting(KITCHEN) == []


async def test_the_calls_of_a_subject_are_counted_by_all_who_have_the_store(stage: StoreStage) -> None:
    """So many at once, then so many a second; another subject has its own, and what was refused costs nothing."""
    limit = Limit(burst=3, per_second=2)
    async with stage.store() as one, stage.store() as other:
        assert [await each.charge("ops", limit) for each in (one, other, one)] == [0, 0, 0]
        for store in (one, other, one, other):
            assert 0 < await store.charge("ops", limit) <= 0.5
        assert await other.charge("sales", limit) == 0
        await stage.later(0.6)
        assert await other.charge("ops", limit) == 0
        assert 0 < await one.charge("ops", limit) <= 0.5


async def test_a_rate_of_many_calls_is_counted_exactly(store: AskStore) -> None:
    """Each call of 100,000 a minute is less than a millisecond of it."""
    limit = Limit(burst=25, per_second=0.001)
    allowed = [await store.charge("ops", limit) for _ in range(30)]
    assert [bool(seconds) for seconds in allowed] == [False] * 25 + [True] * 5
    fast = Limit(burst=25_000, per_second=100_000 / 60)
    assert [await store.charge("sales", fast) for _ in range(30)] == [0] * 30


async def test_a_call_that_does_not_wait_is_counted_all_the_same(store: AskStore) -> None:
    """It keeps nobody silent."""
    opened = await store.open(an_ask())
    seen = await store.attend(opened.request.id, subject="ops", call="one", waits=False)
    assert (seen.calls, seen.attended_until) == (1, 0.0)
    waited = await store.attend(opened.request.id, subject="ops", call="two")
    assert waited.calls == 2
    assert waited.attended_until > waited.now
    await store.stop_attending(opened.request.id, subject="ops")
    now = await store.find(opened.request.id, subject="ops")
    assert now.calls == 2
    assert now.attended_until <= now.now
