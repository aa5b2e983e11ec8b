"""Owned tasks, and changes to wait for: what is raised of several errors, and who is woken."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import anyio
import pytest
from anyio.abc import TaskGroup

from mcp_voice.errors import LiveKitError, TTSError, VoiceError
from mcp_voice.tasks import Bell, Resident, either_set, owned_tasks
from testkit.waiting import settled, until

pytestmark = pytest.mark.anyio

LIMIT = 5.0
SPOKEN = "my pin is 1234"


@pytest.fixture
async def tasks() -> AsyncIterator[TaskGroup]:
    """Who owns those who wait."""
    async with owned_tasks() as group:
        yield group
        group.cancel_scope.cancel()


async def test_a_ring_wakes_all_who_wait_and_none_who_come_later(tasks: TaskGroup) -> None:
    """Each change is one."""
    bell = Bell()
    woken: list[str] = []

    async def wait(name: str) -> None:
        await bell.wait()
        woken.append(name)

    for name in ("one", "two"):
        tasks.start_soon(wait, name)
    await settled()
    bell.ring()
    tasks.start_soon(wait, "later")
    await settled()
    assert sorted(woken) == ["one", "two"]
    bell.ring()
    await until(lambda: woken[-1] == "later", limit=LIMIT)


async def test_a_change_between_the_look_and_the_wait_is_seen_by_who_took_the_next_before() -> None:
    """Several in between count as one, and one that nobody waited for is no change to who comes later."""
    bell = Bell()
    bell.ring()
    change = bell.next
    assert not change.is_set()
    bell.ring()
    bell.ring()
    with anyio.fail_after(LIMIT):
        await change.wait()
    assert not bell.next.is_set()


async def fails(error: Exception) -> None:
    """A task that breaks."""
    raise error


async def all_fail(*errors: Exception) -> None:
    """Tasks of one group that break at once."""
    async with owned_tasks() as tasks:
        for error in errors:
            tasks.start_soon(fails, error)


async def test_a_groups_only_error_is_raised_as_it_is(caplog: pytest.LogCaptureFixture) -> None:
    """Whoever catches it by its type finds it; nested groups count as one."""
    with pytest.raises(KeyError):
        await all_fail(ExceptionGroup("nested", [KeyError("key")]))
    assert caplog.messages == []


async def test_the_first_voice_error_is_raised_and_the_others_are_logged_without_their_texts(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """What fails beside it leaves a trace, which quotes nobody."""
    with pytest.raises(LiveKitError, match="LiveKit went"):
        await all_fail(ValueError(SPOKEN), LiveKitError("LiveKit went."), TTSError("TTS went."))
    assert [(each.levelname, "LiveKitError is raised" in each.getMessage()) for each in caplog.records] == [
        ("WARNING", True),
        ("WARNING", True),
    ]
    assert "ValueError at test_tasks.py" in caplog.text
    assert "TTSError at test_tasks.py" in caplog.text
    assert SPOKEN not in caplog.text


async def test_several_errors_that_say_the_same_are_one(caplog: pytest.LogCaptureFixture) -> None:
    """A connection that goes is told by every task that used it."""
    with pytest.raises(VoiceError, match="LiveKit went"):
        await all_fail(*(LiveKitError("LiveKit went.") for _ in range(3)))
    assert caplog.messages == []


async def test_errors_none_of_which_is_ours_stay_a_group() -> None:
    """None of them is lost."""
    with pytest.raises(ExceptionGroup) as raised:
        await all_fail(KeyError("key"), ValueError("value"))
    assert {type(each) for each in raised.value.exceptions} == {KeyError, ValueError}


async def test_a_future_that_is_cancelled_while_a_resource_is_opened_ends_nothing_else() -> None:
    """LiveKit cancels futures of its own; the whole group ended without an error, and with it every room."""
    cancelled: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    cancelled.cancel()
    waits = [cancelled]

    @asynccontextmanager
    async def enter() -> AsyncIterator[str]:
        while waits:
            await waits.pop()
        yield "open"

    async with owned_tasks() as tasks:
        resident = Resident(tasks, enter)
        with pytest.raises(RuntimeError, match="was cancelled"):
            await resident.get(limit=LIMIT)
        assert await resident.get(limit=LIMIT) == "open"
        tasks.cancel_scope.cancel()


@pytest.mark.parametrize("which", [0, 1])
async def test_whoever_waits_for_one_of_two_events_goes_on_at_either(which: int) -> None:
    """And after the limit where neither comes."""
    events = anyio.Event(), anyio.Event()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(partial(either_set, *events, limit=math.inf))
        await settled()
        events[which].set()
    await either_set(anyio.Event(), anyio.Event(), limit=0.01)
