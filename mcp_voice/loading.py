"""The engine, loaded in the background: a host gets its list of tools before LiveKit is imported."""

from __future__ import annotations

import importlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
from anyio.abc import TaskGroup

from mcp_voice.asks.facade import Asks, asks
from mcp_voice.errors import VoiceError, quoted
from mcp_voice.settings import Settings
from mcp_voice.tasks import owned_tasks

__all__ = ["Loading", "loading"]

log = logging.getLogger(__name__)

LOAD_SECONDS = 30.0
"""With the wait for LiveKit it stays below the minute that most hosts give a call."""
AFTER_SECONDS = 0.05
"""Importing holds the interpreter for seconds; the answer that is being written must be out before."""


class Loading:
    """Gives the asks as soon as there can be any."""

    def __init__(self, settings: Settings, tasks: TaskGroup) -> None:
        self.settings = settings
        self._tasks = tasks
        self._asks: Asks | None = None
        self._error: VoiceError | None = None
        self._begun = False
        self._changed = anyio.Event()

    def begin(self) -> None:
        """Start to load, if that has not happened yet."""
        if not self._begun:
            self._begun = True
            self._error = None
            self._tasks.start_soon(self._hold)

    def begin_soon(self) -> None:
        """Start to load after what is being answered now has gone out."""
        self._tasks.start_soon(self._begin_later)

    async def _begin_later(self) -> None:
        await anyio.sleep(AFTER_SECONDS)
        self.begin()

    async def asks(self) -> Asks:
        """The asks; waits until the engine is there. Raises VoiceError if it cannot be."""
        self.begin()
        with anyio.move_on_after(LOAD_SECONDS):
            while self._asks is None and self._error is None:
                await self._changed.wait()
        if self._error is not None:
            raise self._error
        if self._asks is None:
            raise VoiceError(f"The voice engine is not loaded after {LOAD_SECONDS:.0f} s. Call again in a minute.")
        return self._asks

    async def _hold(self) -> None:
        """The owner task of the engine."""
        try:
            # In a thread: importing takes 3 to 5 s, and the host may have other questions meanwhile.
            module = await anyio.to_thread.run_sync(
                importlib.import_module, "mcp_voice.room.engine", abandon_on_cancel=True
            )
            async with module.engine(self.settings) as engine, asks(self.settings, engine) as running:
                self._asks = running
                self._notify()
                await engine.prepare()
                await anyio.sleep_forever()
        except VoiceError as error:
            self._error = error
        except Exception as error:
            log.exception("the voice engine failed")
            self._error = VoiceError(
                f"The voice engine cannot be loaded ({type(error).__name__}: {quoted(str(error))}). Install mcp-voice "
                "again; `mcp-voice doctor` finds out more."
            )
        finally:
            self._asks = None
            self._begun = False
            self._notify()

    def _notify(self) -> None:
        self._changed.set()
        self._changed = anyio.Event()


@asynccontextmanager
async def loading(settings: Settings) -> AsyncIterator[Loading]:
    """Own the engine for as long as the block lasts; leaving it leaves every room."""
    async with owned_tasks() as tasks:
        yield Loading(settings, tasks)
        tasks.cancel_scope.cancel()
