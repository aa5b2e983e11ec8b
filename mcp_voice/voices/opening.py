"""The voice of a process, around what it says and hears in rooms itself."""

from __future__ import annotations

import importlib
import os
import socket
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio

from mcp_voice.asks.join_links import JoinPage
from mcp_voice.asks.room_voice import RoomVoice, room_voice
from mcp_voice.callers.caller import script
from mcp_voice.capacity import Capacity
from mcp_voice.link import Engine
from mcp_voice.requests.local import LocalCarriers
from mcp_voice.settings import Settings
from mcp_voice.store.memory import MemoryStore
from mcp_voice.store.seam import AskStore
from mcp_voice.tasks import owned_tasks
from mcp_voice.voice import Voice

__all__ = ["carrying_voice", "stored_voice", "voice_with"]


def worker_name() -> str:
    """Of this process, and of no other one."""
    return f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"


@asynccontextmanager
async def stored_voice(
    settings: Settings, engine: Engine, *, page: JoinPage | None = None, capacity: Capacity | None = None
) -> AsyncIterator[Voice]:
    """A voice around an engine whose asks are in ``MCP_VOICE_STORE``, else in memory; raises BadSettings."""
    if not settings.store.get_secret_value():
        async with voice_with(settings, engine, page=page, capacity=capacity) as voice:
            yield voice
        return
    # Its client takes a while to import, and most have no store.
    signed_store = await anyio.to_thread.run_sync(_signed_store, abandon_on_cancel=True)
    async with (
        signed_store(settings) as store,
        voice_with(settings, engine, page=page, capacity=capacity, store=store) as voice,
    ):
        yield voice


@asynccontextmanager
async def voice_with(
    settings: Settings,
    engine: Engine,
    *,
    page: JoinPage | None = None,
    capacity: Capacity | None = None,
    store: AskStore | None = None,
) -> AsyncIterator[Voice]:
    """A voice around an engine, for a script; leaving the block leaves every room.

    Asks are kept in ``store``, where whoever else has it carries on what is open by then; without one they are in the
    memory of this process, and end with the block. ``page`` and ``capacity`` are as in ``room_voice``.
    """
    async with (
        _kept_in(store, settings) as kept,
        room_voice(settings, engine, page=page, capacity=capacity) as inner,
        carrying_voice(settings, engine, inner, kept, page=page) as voice,
    ):
        yield voice


@asynccontextmanager
async def carrying_voice(
    settings: Settings, engine: Engine, inner: RoomVoice, store: AskStore, *, page: JoinPage | None = None
) -> AsyncIterator[Voice]:
    """A voice whose asks are in the store, and which carries out by ``inner`` what no other process does.

    Leaving the block ends no ask: what is open is given back.
    """
    async with owned_tasks() as carrying:
        carriers = LocalCarriers(store, inner, settings, carrying, worker=worker_name())
        carrying.start_soon(carriers.sweep)
        carrying.start_soon(carriers.heed)
        async with owned_tasks() as tasks:
            voice = Voice(settings, engine, tasks, script(settings), store=store, carriers=carriers, page=page)
            try:
                yield voice
            finally:
                # Whichever call is cancelled from now on was not hung up.
                tasks.cancel_scope.cancel()
        carrying.cancel_scope.cancel()


@asynccontextmanager
async def _kept_in(store: AskStore | None, settings: Settings) -> AsyncIterator[AskStore]:
    """That store, else one in memory for as long as the block lasts."""
    if store is not None:
        yield store
        return
    async with owned_tasks() as tasks:
        kept = MemoryStore(keep_seconds=settings.keep_seconds)
        tasks.start_soon(kept.forget_in_time)
        yield kept
        tasks.cancel_scope.cancel()


def _signed_store() -> Any:
    return importlib.import_module("mcp_voice.store.opening").signed_store
