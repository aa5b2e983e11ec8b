"""uvicorn's HTTP inside our event loop: silent, bounded, without a task that wakes while nobody asks for anything."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

import anyio
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState

from mcp_voice.errors import PageError
from mcp_voice.page.accepting import accepting
from mcp_voice.page.connections import Connection, HeldConnections, Use
from mcp_voice.page.listening import Listening
from mcp_voice.page.signalling import LARGEST_UP, silent
from mcp_voice.redaction import fault_place

__all__ = ["Bounds", "serving"]

log = logging.getLogger(__name__)

MOST_CONNECTIONS = 64
"""At one address of ours: more than its WebSockets may be (``signalling.MOST_SOCKETS``)."""
MOST_EACH = 32
"""Of one device on the network. On the loopback all have one address: this person's browser, and a proxy's people."""
HEAD_SECONDS = 10.0
"""From connecting, or the last answer, to a whole head."""
REQUEST_SECONDS = 60.0
"""From a head until the answer has gone out, however slowly somebody sends or reads."""
KEEP_ALIVE_SECONDS = 10
STOP_SECONDS = 1.0
CLOSE_SECONDS = 12.0
"""For a WebSocket that is over to be gone; uvicorn waits 10 s for the other side's goodbye."""
LARGEST_HEAD = 16_384
"""Bytes of a request's line and headers."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much is served at once, and for how long."""

    connections: int
    each: int
    """Of one device on the network."""
    request_seconds: float
    """From a head until the answer has gone out."""
    keeps_answers: bool = False
    """Whether whoever comes when there are as many is turned away, in place of somebody who is being answered."""


class QuietHttp(H11Protocol):
    """Logs nothing, as a request's line may hold a token, and has a limit for everything that the other side does."""

    def __init__(self, connection: Connection, *args: object, request_seconds: float, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # whatever uvicorn gives it
        self.logger = silent
        self.access_log = False
        self._request_seconds = request_seconds
        self.ws_protocol_class = partial(QuietWebSocket, connection)  # type: ignore[assignment]  # makes one
        self._connection = connection
        self._deadline = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._timed: RequestResponseCycle | None = None
        """The request whose limit it is."""

    @property
    def use(self) -> Use:
        """Whether an answer is being made."""
        cycle: RequestResponseCycle | None = self.cycle
        is_ours = cycle is not None and not cycle.response_complete and not cycle.more_body
        is_read = not self.transport.is_closing() and not self.transport.get_write_buffer_size()
        return Use.ANSWERING if is_ours and is_read else Use.WAITING

    def abort(self) -> None:
        """Hang up."""
        self.transport.abort()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Somebody has connected."""
        super().connection_made(transport)
        self._connection.held = self
        self._deadline = self.loop.time() + HEAD_SECONDS
        self._check()

    def data_received(self, data: bytes) -> None:
        """A part of a request, or a whole one; bytes that a library cannot bear end the connection."""
        try:
            super().data_received(data)
        except Exception as error:  # noqa: BLE001  # asyncio would log a traceback for each
            _hang_up(self.transport, error)
        self._time_request()

    def on_response_complete(self) -> None:
        """An answer is written, though it may not have gone out."""
        super().on_response_complete()
        if not self._time_request() and not self.transport.get_write_buffer_size():
            self._deadline = min(self._deadline, self.loop.time() + HEAD_SECONDS)
            self._check()

    def handle_websocket_upgrade(self, event: object) -> None:
        """From here on it is a WebSocket's."""
        self._stop_timing()
        super().handle_websocket_upgrade(event)  # type: ignore[arg-type]  # h11 has no types

    def connection_lost(self, exc: Exception | None) -> None:
        """They are gone."""
        self._stop_timing()
        super().connection_lost(exc)
        self._connection.lost.set()

    def _time_request(self) -> bool:
        """Whether another request has begun; then its time runs."""
        if self.cycle is self._timed:
            return False
        self._timed = self.cycle
        self._deadline = self.loop.time() + self._request_seconds
        self._check()
        return True

    def _check(self) -> None:
        self._stop_timing()
        if self._connection.held is not self:
            return  # It has become a WebSocket.
        if self.loop.time() >= self._deadline:
            self.transport.abort()
        else:
            self._timer = self.loop.call_at(self._deadline, self._check)

    def _stop_timing(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class QuietWebSocket(WebSocketsSansIOProtocol):
    """The same for a WebSocket, which has no limit while it is open."""

    def __init__(self, connection: Connection, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # whatever uvicorn gives it
        self.logger = silent
        self.conn.logger = silent
        self._connection = connection
        connection.held = self

    @property
    def use(self) -> Use:
        """Whether it is open, or will be."""
        if self.close_sent or self.transport.is_closing():
            return Use.WAITING
        return Use.SOCKET if self.handshake_complete else Use.ANSWERING

    def abort(self) -> None:
        """Hang up."""
        self.transport.abort()

    def data_received(self, data: bytes) -> None:
        """Some bytes of a browser's."""
        try:
            super().data_received(data)
        except Exception as error:  # noqa: BLE001  # as above
            _hang_up(self.transport, error)

    def on_task_complete(self, task: asyncio.Task[None]) -> None:
        """Nothing more is said on it."""
        super().on_task_complete(task)
        self.loop.call_later(CLOSE_SECONDS, self.transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        """They are gone."""
        super().connection_lost(exc)
        self._connection.lost.set()


def _hang_up(transport: asyncio.Transport, error: Exception) -> None:
    log.info("a connection to the join page is ended: %s", fault_place(error))
    transport.abort()


@asynccontextmanager
async def serving(app: ASGIApp, place: Listening, *, bounds: Bounds | None = None) -> AsyncIterator[None]:
    """Serve an application at a place until the block ends; the process's signals and logging are left as they are.

    Without ``bounds`` they are those of the join page.
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
            fix="Set MCP_VOICE_PAGE_CERTIFICATE and MCP_VOICE_PAGE_KEY to a matching pair of PEM files.",
            code="page-certificate",
        ) from error
    state = ServerState()
    held = bounds or Bounds(MOST_CONNECTIONS, MOST_EACH, REQUEST_SECONDS)
    make = partial(QuietHttp, config=config, server_state=state, app_state={}, request_seconds=held.request_seconds)
    each = held.connections if place.is_local else held.each
    try:
        async with accepting(
            place.socket, HeldConnections(held.connections, each, held.keeps_answers), make, tls=config.ssl
        ):
            yield
    finally:
        # What they use goes away after this.
        if tasks := list(state.tasks):
            for task in tasks:
                task.cancel()
            with anyio.CancelScope(shield=True):
                await asyncio.wait(tasks, timeout=STOP_SECONDS)
