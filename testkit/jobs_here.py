"""LiveKit's dispatch of workers, which starts their jobs in this process: each as ``mcp-voice worker`` does it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
from anyio.abc import TaskGroup

from mcp_voice.asks.room_voice import room_voice
from mcp_voice.requests.carrying import carry_out
from mcp_voice.room.dispatch_api import Dispatch
from mcp_voice.settings import Settings
from mcp_voice.store.opening import open_store
from mcp_voice.tasks import owned_tasks
from mcp_voice.workers.dispatching import worker_name
from mcp_voice.workers.job import wanted
from mcp_voice.workers.metadata import Assignment
from testkit.fake_link import FakeEngine

__all__ = ["JobsHere", "jobs_here"]


class JobsHere:
    """Satisfies ``workers.dispatching.Dispatching``; a worker is always free."""

    def __init__(self, settings: Settings, engine: FakeEngine, tasks: TaskGroup) -> None:
        """``settings`` are those of the workers."""
        self._settings = settings
        self._engine = engine
        self._tasks = tasks
        self._there: defaultdict[str, dict[Dispatch, anyio.CancelScope]] = defaultdict(dict)
        self.metadata: list[str] = []
        """Of all that were asked for."""

    async def room_id(self, room_name: str) -> str:
        """Of a room that there is."""
        return f"RM_{room_name}" if room_name in self._engine.people else ""

    async def listed(self, room_name: str) -> list[Dispatch]:
        """Those of a room, oldest first."""
        return list(self._there[room_name])

    async def create(self, room_name: str, metadata: str) -> None:
        """A worker takes it at once."""
        self.metadata.append(metadata)
        number = len(self.metadata)
        dispatch = Dispatch(f"AD_{number}", metadata, number, is_taken=True, identities=(f"mcp-voice-{number}",))
        self._there[room_name][dispatch] = scope = anyio.CancelScope()
        self._tasks.start_soon(self._job, room_name, dispatch, scope)

    async def delete(self, room_name: str, dispatch_id: str) -> None:
        """Its job ends."""
        for dispatch, scope in list(self._there[room_name].items()):
            if dispatch.id == dispatch_id:
                scope.cancel()

    async def remove(self, room_name: str, identity: str) -> None:
        """It has gone with its job."""

    async def is_deserted(self, room_name: str) -> bool:
        """As the rooms are."""
        return not any(each.is_there for each in self._engine.people.get(room_name, ()))

    async def close_made(self, room_name: str, room_id: str) -> None:
        """No dispatch makes a room here."""

    async def _job(self, room_name: str, dispatch: Dispatch, scope: anyio.CancelScope) -> None:
        assignment = Assignment.read(dispatch.metadata)
        assert assignment is not None
        with scope:
            # As workers.job has it: a store and a voice of its own; nothing but the metadata tells whose place it is.
            async with open_store(self._settings) as store, room_voice(self._settings, self._engine) as voice:
                if (place := await wanted(store, assignment, room_name)) is not None:
                    await carry_out(place, store=store, voice=voice, worker=worker_name(dispatch.id, "job"))
        del self._there[room_name][dispatch]


@asynccontextmanager
async def jobs_here(settings: Settings, engine: FakeEngine) -> AsyncIterator[JobsHere]:
    """Such a dispatch, for as long as the block lasts; then its jobs end."""
    async with owned_tasks() as tasks:
        yield JobsHere(settings, engine, tasks)
        tasks.cancel_scope.cancel()
