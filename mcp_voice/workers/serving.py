"""The voice of a process whose asks workers carry out: it is in no room, and loads no engine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from mcp_voice.asks.figures import CallFigures
from mcp_voice.callers.caller import script
from mcp_voice.page.serving import join_page
from mcp_voice.room.server_engine import server_engine
from mcp_voice.settings import Settings
from mcp_voice.store.opening import signed_store
from mcp_voice.tasks import owned_tasks
from mcp_voice.voice import Voice
from mcp_voice.workers.carriers import DispatchCarriers
from mcp_voice.workers.metadata import AGENT_NAME
from mcp_voice.workers.requirements import check_store

__all__ = ["served_voice"]


@asynccontextmanager
async def served_voice(settings: Settings, figures: CallFigures) -> AsyncIterator[Voice]:
    """A voice around the store of ``MCP_VOICE_STORE``, whose places without a worker are counted; raises BadSettings.

    Leaving the block ends no ask: whoever carries it out goes on.
    """
    check_store(settings)
    async with (
        server_engine(settings) as server,
        join_page(settings, server) as page,
        signed_store(settings) as store,
        owned_tasks() as tasks,
    ):
        carriers = DispatchCarriers(store, partial(server.dispatches, AGENT_NAME), page=page)
        figures.without_worker = lambda: carriers.without_worker
        tasks.start_soon(carriers.sweep)
        tasks.start_soon(carriers.heed)
        yield Voice(settings, server, tasks, script(settings), store=store, carriers=carriers, page=page)
        tasks.cancel_scope.cancel()
