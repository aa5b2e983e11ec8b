"""The asks that this process keeps: each has an owner task here, and calls that wait for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import anyio
from anyio.abc import TaskGroup

from mcp_voice.asks.ask import Ask
from mcp_voice.asks.follow import hang_up
from mcp_voice.asks.lifetime import AskMeans
from mcp_voice.asks.nobody_there import Waits
from mcp_voice.asks.registry import Registry

__all__ = ["KeptAsks"]


class KeptAsks:
    """What one voice was asked."""

    def __init__(self, registry: Registry, tasks: TaskGroup, *, ask_seconds: float) -> None:
        """``tasks`` owns them: an ask outlives the call that opened it."""
        self._registry = registry
        self._tasks = tasks
        self._ask_seconds = ask_seconds

    def open(self, ask: Ask, waits: Waits | None, means: AskMeans) -> None:
        """Keep an ask, and begin to ask by the means of its caller; raises BadInput where too many are open."""
        self._registry.add(ask)
        self._tasks.start_soon(self._run, ask, waits, means)

    @contextmanager
    def waited_for(self, ask: Ask, *, hang_up_seconds: float) -> Iterator[None]:
        """A call of ``ask_in_room`` waits for it while the block lasts; cancelling the last of them hangs up.

        That is done after so many seconds, unless another call waits for it by then.
        """
        ask.callers += 1
        ask.calls += 1
        ask.notify()
        try:
            yield
        except anyio.get_cancelled_exc_class():
            if ask.callers == 1 and hang_up_seconds:
                self._tasks.start_soon(hang_up, ask, hang_up_seconds)
            elif ask.callers == 1:
                ask.scope.cancel()
            raise
        finally:
            ask.callers -= 1
            ask.notify()

    async def _run(self, ask: Ask, waits: Waits | None, means: AskMeans) -> None:
        try:
            await means.put(ask, waits, move=self._registry.move, ask_seconds=self._ask_seconds)
        finally:
            self._registry.close(ask)
