"""An ASGI application served over real HTTP, in this event loop."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import anyio
import uvicorn
from starlette.types import ASGIApp

__all__ = ["serving"]

START_SECONDS = 10.0
STOP_SECONDS = 3


class _Uvicorn(uvicorn.Server):
    """Leaves the process's signals alone, and says when it has started."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = anyio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()


@asynccontextmanager
async def serving(app: ASGIApp, *, port: int = 0) -> AsyncIterator[int]:
    """Serve on a port of the loopback, by default a free one, which is given, until the block ends."""
    with socket.create_server(("127.0.0.1", port)) as listening:
        config = uvicorn.Config(
            app,
            lifespan="off",
            log_config=None,
            log_level="critical",
            timeout_graceful_shutdown=STOP_SECONDS,
            # Whatever packages are installed: a WebSocket is asked for by HTTP, and may be redirected.
            ws="none",
        )
        http = _Uvicorn(config)

        async def serve() -> None:
            await http.serve(sockets=[listening])

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(serve)
            with anyio.fail_after(START_SECONDS):
                await http.up.wait()
            try:
                yield listening.getsockname()[1]
            finally:
                http.should_exit = True
