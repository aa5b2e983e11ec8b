"""Tasks that somebody owns: groups whose errors have types, changes to wait for, resources that are shared."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import anyio
from anyio.abc import TaskGroup

from mcp_voice.errors import VoiceError
from mcp_voice.redaction import fault_place

__all__ = ["Bell", "Resident", "either_set", "leaves", "owned_tasks"]

log = logging.getLogger(__name__)

T = TypeVar("T")


def leaves(error: BaseException) -> Iterator[BaseException]:
    """The errors that a group consists of, those of groups in it as well; of any other error itself."""
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from leaves(each)
    else:
        yield error


@asynccontextmanager
async def owned_tasks() -> AsyncIterator[TaskGroup]:
    """A task group that raises an only error, or else the first VoiceError, as it is instead of as a group.

    The other errors of such a group are logged, without their texts, which may quote what somebody said.
    """
    try:
        async with anyio.create_task_group() as tasks:
            yield tasks
    except BaseExceptionGroup as group:
        errors = list(leaves(group))
        spoken = [error for error in errors if isinstance(error, VoiceError)]
        if len(errors) == 1 or spoken:
            error = (spoken or errors)[0]
            _log_others(error, errors)
            raise error from error.__cause__  # which says what went wrong; the group adds nothing
        raise


def _log_others(raised: BaseException, errors: Sequence[BaseException]) -> None:
    """Log what is not raised, unless it says the same."""
    told = (type(raised), str(raised))
    for error in errors:
        if (type(error), str(error)) != told:
            log.warning(
                "a task failed beside another one, whose %s is raised: %s", told[0].__name__, fault_place(error)
            )


class Bell:
    """Wakes everybody who waits for a change; who comes later waits for the next one."""

    def __init__(self) -> None:
        self._next: anyio.Event | None = None

    @property
    def next(self) -> anyio.Event:
        """Set at the next change; take it before you look, or what happens before you wait is missed."""
        if self._next is None:
            self._next = anyio.Event()
        return self._next

    def ring(self) -> None:
        """Something has changed."""
        rung, self._next = self._next, None
        if rung is not None:
            rung.set()

    async def wait(self) -> None:
        """Wait for the next change; enough where nothing is awaited since the last look."""
        await self.next.wait()


async def either_set(first: anyio.Event, second: anyio.Event, *, limit: float) -> None:
    """Wait until one of these is set, for so many seconds at most."""
    with anyio.move_on_after(limit):
        async with anyio.create_task_group() as tasks:

            async def wake(event: anyio.Event) -> None:
                await event.wait()
                tasks.cancel_scope.cancel()

            tasks.start_soon(wake, first)
            tasks.start_soon(wake, second)


def _is_stray(error: BaseException) -> bool:
    """Whether a future that was awaited is cancelled, and not the task itself: LiveKit cancels some of its own."""
    task = asyncio.current_task()
    cancelled = anyio.current_effective_deadline() == -math.inf or (task is not None and task.cancelling() > 0)
    return isinstance(error, asyncio.CancelledError) and not cancelled


@dataclass(eq=False, slots=True)
class _Stay(Generic[T]):
    """One time that a resource is entered."""

    scope: anyio.CancelScope = field(default_factory=anyio.CancelScope)
    values: list[T] = field(default_factory=list)
    """What was entered, once it was."""
    leaving: bool = False
    error: Exception | None = None
    """Why it was not entered, or ended by itself."""


class Resident(Generic[T]):
    """A resource that is entered on demand by a task of its own, shared by all who want it, and left on request.

    Whoever gives up waiting stops nothing: the opening goes on for the others, and for whoever comes next. An opening
    that fails is told to all who wait for it; the next ``get`` tries again.
    """

    def __init__(self, tasks: TaskGroup, enter: Callable[[], AbstractAsyncContextManager[T]]) -> None:
        """``tasks`` owns every stay, and ends it when it is cancelled; ``enter`` makes the context of one stay."""
        self._tasks = tasks
        self._enter = enter
        self._stay: _Stay[T] | None = None
        self._changed = Bell()

    @property
    def value(self) -> T | None:
        """What is entered now; None while it is being opened or left."""
        stay = self._stay
        return stay.values[0] if stay is not None and stay.values and not stay.leaving else None

    @property
    def occupied(self) -> bool:
        """Whether it is being opened, open, or being left."""
        return self._stay is not None

    def begin(self) -> None:
        """Start to open it, if that has not happened yet."""
        self._begun()

    async def get(self, *, limit: float = math.inf) -> T:
        """What is entered, opened if need be; one that is being left is opened anew.

        Raises what opening it raised, TimeoutError after ``limit`` seconds, in which case the opening goes on, and
        anyio.ClosedResourceError where its owner is being cancelled.
        """
        with anyio.fail_after(limit):
            while True:
                stay = self._begun()
                while self._stay is stay and not stay.values:
                    await self._changed.wait()
                if self._stay is stay and not stay.leaving:
                    return stay.values[0]
                if stay.error is not None:
                    raise stay.error
                await self._until_left(stay)

    def leave(self) -> None:
        """Have it left; an opening is given up, and begins anew for those who still wait."""
        stay = self._stay
        if stay is not None and not stay.leaving:
            stay.leaving = True
            if not stay.values:
                stay.scope.cancel()
            self._changed.ring()

    async def left(self) -> None:
        """Wait until this stay, if there is one, is over."""
        if self._stay is not None:
            await self._until_left(self._stay)

    async def gone(self, value: T) -> None:
        """Wait until this is not what is entered any more."""
        while self.value is value:
            await self._changed.wait()

    def _begun(self) -> _Stay[T]:
        if self._stay is None:
            self._stay = _Stay()
            try:
                self._tasks.start_soon(self._own, self._stay)
            except BaseException:
                self._stay = None
                raise
        return self._stay

    async def _until_left(self, stay: _Stay[T]) -> None:
        while self._stay is stay:
            await self._changed.wait()

    async def _own(self, stay: _Stay[T]) -> None:
        """The owner task of one stay."""
        try:
            with stay.scope:
                async with self._enter() as value:
                    stay.values.append(value)
                    self._changed.ring()
                    while not stay.leaving:
                        await self._changed.wait()
        except Exception as error:  # noqa: BLE001 - told to those who wait
            self._note(stay, error)
        except BaseException as error:
            if _is_stray(error):
                self._note(stay, RuntimeError("something that it waited for was cancelled"))
                return
            stay.error = anyio.ClosedResourceError("what owns it is being cancelled")
            raise
        finally:
            self._stay = None
            self._changed.ring()

    def _note(self, stay: _Stay[T], error: Exception) -> None:
        if not stay.leaving:
            stay.error = error
        if stay.values or stay.leaving:
            log.info("a resource failed after it was opened: %s", fault_place(error))
