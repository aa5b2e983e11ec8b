"""What sees to it that an ask ends at its time, whatever broke, and that the room's next question is spoken.

The owner of an ask does none of its work: that is done by a task of its own, which may hang in anything from the
listener to a provider. The owner waits for the room, tells the ask when its time is over, and gives the room on.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial

import anyio
from anyio.abc import TaskGroup

from mcp_voice.asks.ask import Ask
from mcp_voice.asks.elsewhere import Elsewhere
from mcp_voice.asks.seat import Seat
from mcp_voice.bounds.limits import STUCK_SECONDS
from mcp_voice.errors import EverybodyLeft, VoiceError
from mcp_voice.redaction import fault_place

__all__ = ["own"]

log = logging.getLogger(__name__)

Work = Callable[[], Awaitable[None]]


class _Task:
    """The work of one ask, in a task of its own."""

    def __init__(self, work: Work, over: Callable[[], None]) -> None:
        self._work = work
        self._over = over
        self.scope = anyio.CancelScope()
        self.ended = anyio.Event()
        self.error: Exception | None = None

    async def run(self) -> None:
        try:
            with self.scope:
                await self._work()
        except Exception as error:  # noqa: BLE001 - its owner raises it
            self.error = error
        finally:
            self.ended.set()
            self._over()

    async def stop(self) -> None:
        """Cancel it; what cannot be cancelled is left to itself."""
        self.scope.cancel()
        with anyio.move_on_after(STUCK_SECONDS, shield=True):
            await self.ended.wait()
        if not self.ended.is_set():
            log.error("an ask hangs and was left to itself")


async def own(
    ask: Ask,
    tasks: TaskGroup,
    work: Callable[[Seat], Awaitable[None]],
    *,
    seat: Callable[[], Seat],
    move: Callable[[str], None],
    ask_seconds: float,
) -> None:
    """Have the work of an ask done, in ``tasks``; what became of it is kept in the ask, and nothing is raised.

    ``seat`` gives that of the room where it is asked now, and ``move`` has it asked in another one. For ``ask_seconds``
    it may wait until it can be spoken, and from its first sound on as long for its answer.
    """
    try:
        with ask.scope:
            moving = True
            while moving:
                try:
                    await _in_turn(ask, seat(), tasks, work, ask_seconds=ask_seconds)
                    moving = False
                except Elsewhere as found:
                    move(found.room_name)
    except EverybodyLeft:
        ask.left()
    except VoiceError as error:
        ask.failed(error)
    except Exception as error:  # noqa: BLE001  # whoever waits is told
        log.error("an ask failed: %s", fault_place(error))  # noqa: TRY400  # a traceback may quote what was said
        ask.failed(
            VoiceError(f"The ask failed inside mcp-voice ({type(error).__name__}).", fix="Try again.", code="internal")
        )
    finally:
        ask.cancelled()  # unless it has ended otherwise


async def _in_turn(
    ask: Ask, seat: Seat, tasks: TaskGroup, work: Callable[[Seat], Awaitable[None]], *, ask_seconds: float
) -> None:
    if seat.turn_to_ask.locked() or seat.turn_to_speak.locked():
        ask.queue_behind(partial(_ahead, ask, seat))
    due = ask.due_at(ask_seconds)
    async with seat.turn_to_ask.turn(ask.id, until=due) as first, AsyncExitStack() as until_spoken:
        if first and await until_spoken.enter_async_context(seat.turn_to_speak.turn(ask.id, until=due)):
            await _supervise(ask, tasks, partial(work, seat), ask_seconds=ask_seconds, spoken=until_spoken.aclose)
        else:
            ask.expired()


def _ahead(ask: Ask, seat: Seat) -> str:
    """Whose turn it is before this ask's."""
    asked = seat.turn_to_ask.first
    return seat.turn_to_speak.first if asked in ("", ask.id) else asked


async def _supervise(ask: Ask, tasks: TaskGroup, work: Work, *, ask_seconds: float, spoken: Work) -> None:
    """Have the work done until the ask is over; ``spoken`` is called once it only waits for its answer."""
    task = _Task(work, ask.notify)
    tasks.start_soon(task.run)
    try:
        while not task.ended.is_set():
            change = ask.change
            if ask.phase == "listening":
                await spoken()
            with anyio.move_on_at(ask.due_at(ask_seconds)) as late:
                await change.wait()
            if late.cancelled_caught:
                ask.expired()
                break
    finally:
        await task.stop()
    if task.error is not None:
        raise task.error
