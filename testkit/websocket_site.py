"""A path that takes WebSockets, served by aiohttp in this event loop."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web

__all__ = ["websocket_site"]

STOP_SECONDS = 1.0


@asynccontextmanager
async def websocket_site(
    listening: socket.socket, path: str, serve: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> AsyncIterator[None]:
    """Serve this path on a socket until the block ends; whoever is connected then has a second to go."""
    app = web.Application()
    app.router.add_get(path, serve)
    runner = web.AppRunner(app, shutdown_timeout=STOP_SECONDS)
    await runner.setup()
    try:
        await web.SockSite(runner, listening).start()
        yield
    finally:
        await runner.cleanup()
