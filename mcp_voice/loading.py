"""The engine, loaded in the background: a host gets its list of tools before LiveKit is imported."""

from __future__ import annotations

import importlib
import logging
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import Any

import anyio
from anyio.abc import TaskGroup

from mcp_voice.asks.figures import CallFigures
from mcp_voice.callers.rates import rate_of, too_many_calls
from mcp_voice.callers.subjects import Subject, narrowed
from mcp_voice.capacity import measured_capacity
from mcp_voice.errors import SHOWS_MORE, VoiceError, quoted
from mcp_voice.redaction import fault_place
from mcp_voice.settings import Settings
from mcp_voice.tasks import Resident, owned_tasks
from mcp_voice.voice import Voice
from mcp_voice.voices.apart import VoicesApart
from mcp_voice.voices.opening import stored_voice

__all__ = ["Loading", "loading"]

log = logging.getLogger(__name__)

ENGINE = "voice engine"
CLIENTS = "client for the store and LiveKit"
"""All that is loaded where workers carry the sound."""
LOAD_SECONDS = 30.0
"""With the wait for LiveKit it stays below the minute that most hosts give a call."""
AFTER_SECONDS = 0.05
"""Importing holds the interpreter for seconds; the answer that is being written must be out before."""


class Loading:
    """Gives the voice as soon as there can be one."""

    def __init__(self, settings: Settings, tasks: TaskGroup, figures: CallFigures) -> None:
        self.settings = settings
        self.what = CLIENTS if settings.workers else ENGINE
        """What is loaded, in words."""
        self._figures = figures
        self._tasks = tasks
        self._engine = Resident(tasks, self._loaded)
        self._apart = VoicesApart()

    def begin(self) -> None:
        """Start to load, if that has not happened yet."""
        self._engine.begin()

    def begin_soon(self) -> None:
        """Start to load after what is being answered now has gone out."""
        self._tasks.start_soon(self._begin_later)

    async def _begin_later(self) -> None:
        await anyio.sleep(AFTER_SECONDS)
        self._tasks.start_soon(self._begin_build)
        self.begin()

    async def _begin_build(self) -> None:
        """Have the embedded server built where it will have to be: that takes minutes, and goes on without us."""
        if self.settings.livekit_url:
            return
        try:
            embedded = await anyio.to_thread.run_sync(
                importlib.import_module, "mcp_voice.embedded", abandon_on_cancel=True
            )
            await embedded.begin_build(self.settings)
        except Exception as error:  # noqa: BLE001 - whoever needs the server meets it again, and is told
            log.info("the build of the LiveKit server could not begin: %s", fault_place(error))

    async def voice(self, subject: Subject | None = None) -> Voice:
        """The voice, or that of one of those who share this process, for one call; waits until the engine is there.

        Raises VoiceError if it cannot be, and BadInput where all processes that share the store have had too many.
        """
        try:
            voice = await self._engine.get(limit=LOAD_SECONDS)
        except TimeoutError:
            raise VoiceError(
                f"The {self.what} is not loaded after {LOAD_SECONDS:.0f} s.",
                fix="Call again in a minute.",
                code="not-loaded",
            ) from None
        if subject is None:
            return voice
        theirs = self._apart.of(subject, partial(self._voice_apart, voice))
        if seconds := await theirs.charge(rate_of(subject)):
            self._figures.refused("rate")
            raise too_many_calls(subject, seconds)
        return theirs

    def _voice_apart(self, voice: Voice, subject: Subject) -> Voice:
        theirs = narrowed(self.settings, subject)
        return voice.apart(theirs, inviter=subject.name, most_open=subject.open_asks, figures=self._figures)

    def rooms_entered(self) -> int:
        """How many rooms the subjects that share it are in now; one in which two of them are counts twice."""
        return sum(len(voice.entered()) for voice in self._apart)

    def asks_waiting(self) -> Counter[str]:
        """How many of their open asks wait, by what they wait for (``figures.WAITED_FOR``)."""
        return Counter(what for voice in self._apart for what in voice.asks_waiting())

    def return_calls(self) -> None:
        """Have every call of those subjects that waits, listens or speaks return what there is: this process ends."""
        for voice in self._apart:
            voice.return_calls()

    def _made(self) -> AbstractAsyncContextManager[Voice]:
        return _served(self.settings, self._figures) if self.settings.workers else _spoken(self.settings)

    @asynccontextmanager
    async def _loaded(self) -> AsyncIterator[Voice]:
        """The engine, and the voice that it gives."""
        try:
            async with self._made() as voice:
                try:
                    yield voice
                finally:
                    self._apart.clear()
        except VoiceError:
            raise
        except Exception as error:
            log.exception("the %s failed", self.what)
            raise VoiceError(
                f"The {self.what} cannot be loaded ({type(error).__name__}: {quoted(str(error))}).",
                fix=f"Install mcp-voice again; {SHOWS_MORE}.",
                code="cannot-load",
            ) from error


@asynccontextmanager
async def _spoken(settings: Settings) -> AsyncIterator[Voice]:
    """The voice of a process with an engine of its own."""
    # In a thread: importing takes 3 to 5 s, and the host may have other questions meanwhile.
    room, page = await anyio.to_thread.run_sync(_imported, abandon_on_cancel=True)
    async with (
        room.engine(settings) as engine,
        page.join_page(settings, engine) as served,
        measured_capacity(most=settings.most_rooms, behind=engine.behind) as capacity,
        stored_voice(settings, engine, page=served, capacity=capacity) as spoken,
        owned_tasks() as tasks,
    ):
        tasks.start_soon(engine.prepare)
        yield spoken
        tasks.cancel_scope.cancel()


@asynccontextmanager
async def _served(settings: Settings, figures: CallFigures) -> AsyncIterator[Voice]:
    """The voice of a process whose asks workers carry out."""
    served_voice = await anyio.to_thread.run_sync(_served_voice, abandon_on_cancel=True)
    async with served_voice(settings, figures) as voice:
        yield voice


def _served_voice() -> Any:
    return importlib.import_module("mcp_voice.workers.serving").served_voice


def _imported() -> list[Any]:
    return [importlib.import_module(name) for name in ("mcp_voice.room.engine", "mcp_voice.page.serving")]


@asynccontextmanager
async def loading(settings: Settings, figures: CallFigures | None = None) -> AsyncIterator[Loading]:
    """Own the engine for as long as the block lasts; leaving it leaves every room."""
    async with owned_tasks() as tasks:
        yield Loading(settings, tasks, figures or CallFigures())
        tasks.cancel_scope.cancel()
