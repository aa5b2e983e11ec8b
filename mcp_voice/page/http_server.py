"""uvicorn inside our event loop: silent, without a task of its own while nobody asks for anything."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import h11
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from mcp_voice.errors import PageError
from mcp_voice.page.listening import Listening
from mcp_voice.page.signalling import LARGEST_UP, silent
from mcp_voice.redaction import fault_place

__all__ = ["serving"]

log = logging.getLogger(__name__)

MOST_CONNECTIONS = 100
HEAD_SECONDS = 10.0
KEEP_ALIVE_SECONDS = 10
STOP_SECONDS = 1.0
LARGEST_HEAD = 16_384
"""Bytes of a request's line and headers."""


class QuietHttp(H11Protocol):
    """Logs nothing, as a request's line may hold a token, and waits for a request's head for a while only."""

    _head_late: asyncio.TimerHandle | None = None

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # whatever uvicorn gives it
        self.logger = silent
        self.access_log = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Somebody has connected."""
        super().connection_made(transport)
        self._time_head()

    def data_received(self, data: bytes) -> None:
        """A part of a request, or a whole one; bytes that a library cannot bear end the connection."""
        try:
            super().data_received(data)
        except Exception as error:  # noqa: BLE001  # asyncio would log a traceback for each
            _hang_up(self.transport, error)
        self._time_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """They are gone."""
        self._stop_timing()
        super().connection_lost(exc)

    def _time_head(self) -> None:
        if self.conn.their_state is not h11.IDLE:
            self._stop_timing()
        elif self._head_late is None:
            self._head_late = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _stop_timing(self) -> None:
        if self._head_late is not None:
            self._head_late.cancel()
            self._head_late = None


class QuietWebSocket(WebSocketsSansIOProtocol):
    """The same."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # whatever uvicorn gives it
        self.logger = silent
        self.conn.logger = silent

    def data_received(self, data: bytes) -> None:
        """Some bytes of a browser's."""
        try:
            super().data_received(data)
        except Exception as error:  # noqa: BLE001  # as above
            _hang_up(self.transport, error)


def _hang_up(transport: asyncio.Transport, error: Exception) -> None:
    log.info("a connection to the join page is ended: %s", fault_place(error))
    transport.abort()


@asynccontextmanager
async def serving(app: ASGIApp, place: Listening) -> AsyncIterator[None]:
    """Serve an application at a place until the block ends; the process's signals and logging are left as they are.

    Raises PageError for a certificate that cannot be used.
    """
    config = uvicorn.Config(
        app,
        http=QuietHttp,
        ws=QuietWebSocket,
        ws_max_size=LARGEST_UP,
        ws_per_message_deflate=False,
        lifespan="off",
        log_config=None,
        # Whoever connects could say that it is somebody else.
        proxy_headers=False,
        server_header=False,
        date_header=False,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        h11_max_incomplete_event_size=LARGEST_HEAD,
        ssl_certfile=place.certificate,
        ssl_keyfile=place.key,
    )
    try:
        config.load()
    except OSError as error:
        raise PageError(
            f"The certificate {str(place.certificate)!r} cannot be used ({error.strerror or type(error).__name__}).",
            fix="Set MCP_VOICE_PAGE_CERTIFICATE and MCP_VOICE_PAGE_KEY to a pair of PEM files.",
            code="page-certificate",
        ) from error
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    # Not `serve`: it takes the process's signals, and wakes ten times a second.
    await server.startup(sockets=[place.socket])
    try:
        yield
    finally:
        with anyio.move_on_after(STOP_SECONDS, shield=True):
            await server.shutdown(sockets=[place.socket])
        for task in server.server_state.tasks:
            task.cancel()
