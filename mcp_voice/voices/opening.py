"""The voice of a process that shares a store, around the one of its own."""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from mcp_voice.asks.join_links import JoinPage
from mcp_voice.asks.room_voice import Voice
from mcp_voice.callers.caller import script
from mcp_voice.link.room_server import RoomServer
from mcp_voice.requests.local import LocalCarriers
from mcp_voice.settings import Settings
from mcp_voice.store.opening import signed_store
from mcp_voice.store.seam import AskStore
from mcp_voice.tasks import owned_tasks
from mcp_voice.voice import SharedVoice

__all__ = ["shared_voice", "stored_voice"]


def worker_name() -> str:
    """Of this process, and of no other one."""
    return f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"


@asynccontextmanager
async def stored_voice(
    settings: Settings, server: RoomServer, voice: Voice, *, page: JoinPage | None = None
) -> AsyncIterator[SharedVoice]:
    """The same with the store of ``MCP_VOICE_STORE``; raises BadSettings."""
    async with (
        signed_store(settings) as store,
        shared_voice(settings, server, voice, store, page=page) as spoken,
    ):
        yield spoken


@asynccontextmanager
async def shared_voice(
    settings: Settings, server: RoomServer, voice: Voice, store: AskStore, *, page: JoinPage | None = None
) -> AsyncIterator[SharedVoice]:
    """A voice whose asks are in the store, and which carries out by ``voice`` what no other process does.

    Leaving the block ends no ask: what is open is given back, for whoever has the store to carry it on.
    """
    async with owned_tasks() as carrying:
        carriers = LocalCarriers(store, voice, settings, carrying, worker=worker_name())
        carrying.start_soon(carriers.sweep)
        carrying.start_soon(carriers.heed)
        async with owned_tasks() as tasks:
            spoken = SharedVoice(settings, server, tasks, script(settings), store=store, carriers=carriers, page=page)
            try:
                yield spoken
            finally:
                # Whichever call is cancelled from now on was not hung up.
                tasks.cancel_scope.cancel()
        carrying.cancel_scope.cancel()
