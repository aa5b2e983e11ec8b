"""A resource that is shared: who waits for its opening, and what each is told."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import pytest
from anyio.abc import TaskGroup

from mcp_voice.errors import LiveKitError
from mcp_voice.tasks import Resident, owned_tasks
from testkit.waiting import settled, until

pytestmark = pytest.mark.anyio

LIMIT = 5.0
SPOKEN = "my pin is 1234"


class Inn:
    """Resources of a test: each stay is a number, and the test says when one is opened or left, and what breaks."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.faults: list[Exception] = []
        """Raised by the next openings, in turn."""
        self.opened = anyio.Event()
        self.opened.set()
        self.undone = anyio.Event()
        self.undone.set()
        self.leaving_fault: Exception | None = None
        self.broken: dict[int, Exception] = {}
        """What breaks a stay as soon as it begins, by its number."""
        self.break_now = anyio.Event()
        self._number = 0

    @asynccontextmanager
    async def enter(self) -> AsyncIterator[int]:
        """One stay."""
        self._number += 1
        number = self._number
        self.log.append(f"open {number}")
        await self.opened.wait()
        if self.faults:
            raise self.faults.pop(0)
        try:
            async with owned_tasks() as tasks:
                if number in self.broken:
                    tasks.start_soon(self._break, self.broken[number])
                yield number
                tasks.cancel_scope.cancel()
        finally:
            with anyio.CancelScope(shield=True):
                await self.undone.wait()
            self.log.append(f"leave {number}")
        if self.leaving_fault is not None:
            raise self.leaving_fault

    async def _break(self, error: Exception) -> None:
        await self.break_now.wait()
        raise error


class Guest:
    """Somebody who waits for the resource."""

    def __init__(self) -> None:
        self.scope = anyio.CancelScope()
        self.got: int | None = None
        self.error: Exception | None = None

    @property
    def told(self) -> bool:
        """Whether the wait is over."""
        return self.got is not None or self.error is not None

    async def get(self, resident: Resident[int]) -> None:
        """Wait; errors are kept."""
        with self.scope:
            try:
                self.got = await resident.get()
            except Exception as error:  # noqa: BLE001 - looked at by the test
                self.error = error


@pytest.fixture
def inn() -> Inn:
    """Where everything is well."""
    return Inn()


@pytest.fixture
async def tasks() -> AsyncIterator[TaskGroup]:
    """Who owns what is entered, and the guests."""
    async with owned_tasks() as group:
        yield group
        group.cancel_scope.cancel()


async def guests(tasks: TaskGroup, resident: Resident[int], count: int = 1) -> list[Guest]:
    """So many who wait already."""
    waiting = [Guest() for _ in range(count)]
    for each in waiting:
        tasks.start_soon(each.get, resident)
    await settled()
    return waiting


async def told(waiting: list[Guest]) -> None:
    """Wait until all of them know."""
    await until(lambda: all(each.told for each in waiting), limit=LIMIT)


async def test_several_who_wait_share_one_opening(tasks: TaskGroup, inn: Inn) -> None:
    """And so does who comes when it is open."""
    inn.opened = anyio.Event()
    resident = Resident(tasks, inn.enter)
    waiting = await guests(tasks, resident, 3)
    assert (resident.value, resident.occupied) == (None, True)
    inn.opened.set()
    await told(waiting)
    assert [each.got for each in waiting] == [1, 1, 1]
    assert await resident.get() == resident.value == 1
    assert inn.log == ["open 1"]


async def test_a_failed_opening_is_told_to_all_who_wait_and_can_be_tried_again(tasks: TaskGroup, inn: Inn) -> None:
    """Nobody waits for what will not come, and the error is not kept for who comes later."""
    inn.opened = anyio.Event()
    inn.faults = [LiveKitError("No.")]
    resident = Resident(tasks, inn.enter)
    waiting = await guests(tasks, resident, 3)
    inn.opened.set()
    await told(waiting)
    assert [str(each.error) for each in waiting] == ["No."] * 3
    assert not resident.occupied
    assert await resident.get() == 2
    assert inn.log == ["open 1", "open 2"]


async def test_the_limit_ends_a_wait_and_not_the_opening(tasks: TaskGroup, inn: Inn) -> None:
    """What takes long goes on, and the next call has it."""
    inn.opened = anyio.Event()
    resident = Resident(tasks, inn.enter)
    with pytest.raises(TimeoutError):
        await resident.get(limit=0.01)
    assert resident.occupied
    inn.opened.set()
    assert await resident.get(limit=LIMIT) == 1


async def test_whoever_is_cancelled_takes_nothing_from_the_others(tasks: TaskGroup, inn: Inn) -> None:
    """Be it the one who began the opening."""
    inn.opened = anyio.Event()
    resident = Resident(tasks, inn.enter)
    first, second = await guests(tasks, resident, 2)
    first.scope.cancel()
    await settled()
    assert not second.told
    inn.opened.set()
    await told([second])
    assert (first.got, second.got) == (None, 1)


async def test_an_opening_that_nobody_waits_for_any_more_is_there_for_the_next(tasks: TaskGroup, inn: Inn) -> None:
    """All have gone, and it goes on."""
    inn.opened = anyio.Event()
    resident = Resident(tasks, inn.enter)
    for each in await guests(tasks, resident, 2):
        each.scope.cancel()
    inn.opened.set()
    await until(lambda: resident.value == 1, limit=LIMIT)
    assert await resident.get() == 1


async def test_it_can_be_begun_before_anybody_waits(tasks: TaskGroup, inn: Inn) -> None:
    """Once, however often that is asked for."""
    resident = Resident(tasks, inn.enter)
    resident.begin()
    resident.begin()
    await until(lambda: resident.value == 1, limit=LIMIT)
    assert inn.log == ["open 1"]


async def test_leaving_while_it_opens_gives_the_opening_up(tasks: TaskGroup, inn: Inn) -> None:
    """Whoever wants out does not wait until we are in."""
    inn.opened = anyio.Event()
    resident = Resident(tasks, inn.enter)
    resident.begin()
    await until(lambda: inn.log, limit=LIMIT)
    resident.leave()
    with anyio.fail_after(LIMIT):
        await resident.left()
    assert not resident.occupied
    assert inn.log == ["open 1"]


async def test_who_still_waits_when_an_opening_is_given_up_has_it_opened_anew(tasks: TaskGroup, inn: Inn) -> None:
    """They are told of nothing that they did not ask for."""
    inn.opened = anyio.Event()
    resident = Resident(tasks, inn.enter)
    waiting = await guests(tasks, resident, 2)
    resident.leave()
    await until(lambda: len(inn.log) == 2, limit=LIMIT)
    inn.opened.set()
    await told(waiting)
    assert [each.got for each in waiting] == [2, 2]


async def test_it_is_opened_anew_only_once_it_has_been_left(tasks: TaskGroup, inn: Inn) -> None:
    """Two of it at once never, however long its undoing takes; and nobody finds the one that is being left."""
    resident = Resident(tasks, inn.enter)
    await resident.get()
    inn.undone = anyio.Event()
    resident.leave()
    resident.leave()
    waiting = await guests(tasks, resident, 2)
    assert (resident.value, resident.occupied, inn.log) == (None, True, ["open 1"])
    inn.undone.set()
    await told(waiting)
    assert [each.got for each in waiting] == [2, 2]
    assert inn.log == ["open 1", "leave 1", "open 2"]


async def test_an_error_while_it_is_left_is_not_told_to_those_who_have_it_opened_anew(
    tasks: TaskGroup, inn: Inn, caplog: pytest.LogCaptureFixture
) -> None:
    """It is the last stay's, and leaves a trace in the log that quotes nobody."""
    caplog.set_level(logging.INFO)
    resident = Resident(tasks, inn.enter)
    await resident.get()
    inn.undone, inn.leaving_fault = anyio.Event(), ValueError(SPOKEN)
    resident.leave()
    waiting = await guests(tasks, resident)
    inn.undone.set()
    await told(waiting)
    assert waiting[0].got == 2
    assert "ValueError at test_resident.py" in caplog.text
    assert SPOKEN not in caplog.text
    inn.leaving_fault = None


async def test_leaving_what_is_not_entered_does_nothing(tasks: TaskGroup, inn: Inn) -> None:
    """Nor does waiting for it take time."""
    resident = Resident(tasks, inn.enter)
    resident.leave()
    await resident.left()
    assert await resident.get() == 1


async def test_whoever_uses_it_is_told_when_it_is_gone_and_the_next_has_another(tasks: TaskGroup, inn: Inn) -> None:
    """It broke while it was in use: that is seen by its users, and ends nothing else."""
    inn.broken = {1: LiveKitError("It went.")}
    resident = Resident(tasks, inn.enter)
    used = await resident.get()
    inn.break_now.set()
    with anyio.fail_after(LIMIT):
        await resident.gone(used)
        assert await resident.get() == 2
    assert inn.log == ["open 1", "leave 1", "open 2"]


async def test_those_who_wait_are_told_when_its_owner_is_cancelled(inn: Inn) -> None:
    """They do not wait for ever, and do not start it in a group that ends."""
    inn.opened = anyio.Event()
    guest = Guest()
    async with anyio.create_task_group() as outside, anyio.create_task_group() as owner:
        resident = Resident(owner, inn.enter)
        outside.start_soon(guest.get, resident)
        await until(lambda: inn.log, limit=LIMIT)
        owner.cancel_scope.cancel()
    assert isinstance(guest.error, anyio.ClosedResourceError)
    assert not resident.occupied


async def test_its_owner_leaves_it_when_the_group_is_cancelled(inn: Inn) -> None:
    """What is open is undone."""
    async with anyio.create_task_group() as owner:
        assert await Resident(owner, inn.enter).get() == 1
        owner.cancel_scope.cancel()
    assert inn.log == ["open 1", "leave 1"]


async def test_a_group_that_is_over_is_told_of_and_nothing_is_taken_for_open(inn: Inn) -> None:
    """The error is asyncio's; what matters is that nobody waits after it."""
    async with anyio.create_task_group() as owner:
        resident = Resident(owner, inn.enter)
    for _ in range(2):
        with anyio.fail_after(LIMIT), pytest.raises(RuntimeError, match="not active"):
            await resident.get()
    assert not resident.occupied
