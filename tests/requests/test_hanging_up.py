"""Calls that are cancelled, or fail: what they asked ends, unless somebody else waits for it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import anyio
import pytest

from mcp_voice.errors import StoreError
from mcp_voice.requests import following, hanging_up
from mcp_voice.settings import Settings, load
from mcp_voice.store.memory import MemoryStore
from mcp_voice.store.records import Request, State
from mcp_voice.voice import Voice
from testkit.fake_link import FakeEngine
from testkit.shared_store import Process, process
from testkit.waiting import until
from tests.requests.kitchen import LIMIT, QUESTION, calling, said, shown

pytestmark = pytest.mark.anyio

HANG_UP = 0.4


@pytest.fixture
def settings() -> Settings:
    """Settings of nobody's environment."""
    return load(quiet_seconds=60.0, _env_file=None)


class SlowStore(MemoryStore):
    """Does at once what ``open`` tells it, and takes its time to say so."""

    slow = 0.0

    async def open(self, request: Request) -> State:
        """See ``AskStore``."""
        state = await super().open(request)
        await anyio.sleep(self.slow)
        return state


@pytest.fixture
def store() -> SlowStore:
    """What all processes share."""
    return SlowStore()


@pytest.fixture
async def one(store: SlowStore, settings: Settings) -> AsyncIterator[Process]:
    """A process with it."""
    async with process(store, FakeEngine(), settings) as started:
        yield started


@pytest.fixture
async def two(store: SlowStore, settings: Settings) -> AsyncIterator[Process]:
    """Another one."""
    async with process(store, FakeEngine(), settings) as started:
        yield started


def host(one: Process, hang_up_seconds: float = 0.0) -> Voice:
    """The voice as a host has it, and not a script."""
    caller = replace(one.voice.caller, is_script=False, hang_up_seconds=hang_up_seconds)
    return one.voice.called_by(caller)


def states(store: MemoryStore) -> list[State]:
    """All that was asked, or was to be done."""
    return [kept.state for kept in store._kept.values()]


async def calls_of(store: MemoryStore, number: int) -> None:
    """So many calls have waited for the only question."""
    await until(lambda: [each.calls for each in states(store)] == [number], limit=LIMIT)


@pytest.mark.parametrize("is_here", [True, False], ids=["here", "elsewhere"])
async def test_a_question_that_is_asked_again_after_its_call_broke_off_stays(
    store: SlowStore, one: Process, two: Process, *, is_here: bool
) -> None:
    """The host asks it again within the time to hang up, and waits for it."""
    first = host(one, HANG_UP)
    again = first if is_here else two.voice
    async with calling(lambda: first.ask_in_room(QUESTION, "kitchen")) as call:
        await shown(one)
        call.cancel()
        await until(lambda: not one.voice._asks._calling._waiting, limit=LIMIT)
        async with calling(lambda: again.ask_in_room(QUESTION, "kitchen")):
            await calls_of(store, 2)
            await anyio.sleep(2 * HANG_UP + hanging_up.LOOK_SECONDS)
            assert [each.is_withdrawn for each in states(store)] == [False]


async def test_a_question_that_another_process_waits_for_outlives_the_call_that_is_cancelled_first(
    store: SlowStore, one: Process, two: Process
) -> None:
    """Two hosts on stdio ask the same, and one cancels."""
    async with (
        calling(lambda: host(one).ask_in_room(QUESTION, "kitchen")) as call,
        calling(lambda: two.voice.ask_in_room(QUESTION, "kitchen")),
    ):
        await calls_of(store, 2)
        await shown(one)
        call.cancel()
        await anyio.sleep(3 * hanging_up.ENDING_SECONDS)
        assert [each.is_withdrawn for each in states(store)] == [False]


async def test_a_question_that_somebody_still_attends_is_never_withdrawn(store: SlowStore, one: Process) -> None:
    """Though nothing tells of another call: it was attended after ours had ended."""
    first = host(one, HANG_UP)
    async with calling(lambda: first.ask_in_room(QUESTION, "kitchen")) as call:
        await shown(one)
        call.cancel()
        await until(lambda: not one.voice._asks._calling._waiting, limit=LIMIT)
        await anyio.sleep(HANG_UP / 2)
        await store.attend(states(store)[0].request.id, subject="")
        await anyio.sleep(2 * HANG_UP + hanging_up.LOOK_SECONDS)
        assert [each.is_withdrawn for each in states(store)] == [False]


@pytest.mark.parametrize(
    "call",
    [
        lambda one: one.voice.ask_in_room(QUESTION, "kitchen"),
        lambda one: one.voice.say_in_room("Fire!", "kitchen"),
        lambda one: one.voice.listen_in_room("kitchen", wait_seconds=LIMIT),
    ],
    ids=["ask", "say", "listen"],
)
async def test_what_is_cancelled_while_it_is_being_opened_is_over(
    store: SlowStore, one: Process, call: Callable[[Process], Any]
) -> None:
    """The store is slow to say that it has it."""
    store.slow = 0.3
    async with calling(lambda: call(one)) as calls:
        await until(lambda: states(store), limit=LIMIT)
        calls.cancel()
        await until(lambda: not [each for each in states(store) if each.is_open], limit=LIMIT)
    assert not said(one)


async def test_a_message_whose_call_has_failed_is_not_said_as_well(
    store: SlowStore, one: Process, two: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever is told so says it again."""
    monkeypatch.setattr(following, "STORE_SECONDS", 0.2)
    two.line.failing.add("attend")
    with pytest.raises(StoreError):
        await two.voice.say_in_room("Deploying now.", "kitchen")
    assert [each.is_open for each in states(store)] == [False]
    assert not said(one, two)


async def test_a_call_that_is_cancelled_while_the_store_is_away_ends_as_cancelled(
    store: SlowStore, one: Process
) -> None:
    """And not by what the store does."""
    raised: list[BaseException] = []

    async def say() -> None:
        try:
            await one.voice.say_in_room("Done.", "kitchen")
        except BaseException as error:
            raised.append(error)
            raise

    async with calling(say) as call:
        await until(lambda: said(one), limit=LIMIT)
        one.line.failing.add("*")
        call.cancel()
        await until(lambda: raised, limit=LIMIT)
    assert isinstance(raised[0], anyio.get_cancelled_exc_class())


async def test_a_message_sounds_only_once_the_store_knows_that_it_is_about_to(one: Process) -> None:
    """Whoever is killed then is followed by nobody who says it again."""
    one.line.failing.add("renew")
    async with calling(lambda: one.voice.say_in_room("Done.", "kitchen")):
        await until(lambda: one.line.log.count("renew") > 2, limit=LIMIT)
        assert not said(one)
        one.line.failing.clear()
        await until(lambda: said(one) == ["Done."], limit=LIMIT)
