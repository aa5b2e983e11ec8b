"""An OpenAI-Realtime-compatible server on the loopback: real WebSockets for the real plugin, with faults to switch on.

It stands beside ``openai_server``, whose HTTP server speaks no WebSocket.
"""

from __future__ import annotations

import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

import anyio
from aiohttp import WSMsgType, web

from testkit.babble import babble
from testkit.chat_model import Call, Message, Reply, echo, text_of
from testkit.clip_match import ClipMatch
from testkit.realtime_items import Event
from testkit.realtime_session import Asked, Minds, RealtimeSession, Step
from testkit.websocket_site import websocket_site

__all__ = [
    "RealtimeFault",
    "RealtimeServer",
    "closed_at_once",
    "obedient",
    "realtime_server",
    "refused",
    "silent",
    "turned_away",
]


RealtimeFault = Callable[["RealtimeServer", web.Request], Awaitable[web.StreamResponse]]


def refused(status: int) -> RealtimeFault:
    """Refuse the handshake with an HTTP status: 401 wrong key, 404 no such model, 503 broken."""

    async def answer(_: RealtimeServer, __: web.Request) -> web.StreamResponse:
        return web.json_response({"error": {"message": f"Injected fault {status}."}}, status=status)

    return answer


def turned_away(code: str) -> RealtimeFault:
    """Accept the connection, send an error and close: how OpenAI tells of a wrong key or an unknown model."""

    async def answer(_: RealtimeServer, request: web.Request) -> web.StreamResponse:
        websocket = web.WebSocketResponse()
        await websocket.prepare(request)
        key = request.headers.get("authorization", "")
        error = {"type": "invalid_request_error", "code": code, "message": f"Not with {key}.", "event_id": None}
        await websocket.send_json({"type": "error", "event_id": "event_0", "error": error})
        await websocket.close(code=3000)
        return websocket

    return answer


async def closed_at_once(_: RealtimeServer, request: web.Request) -> web.StreamResponse:
    """Accept the connection and drop it."""
    websocket = web.WebSocketResponse()
    await websocket.prepare(request)
    await websocket.close()
    return websocket


async def silent(server: RealtimeServer, request: web.Request) -> web.StreamResponse:
    """Accept the connection and say nothing, until the server stops."""
    websocket = web.WebSocketResponse()
    await websocket.prepare(request)
    await server.closing.wait()
    return websocket


def obedient(messages: list[Message]) -> str:
    """Say what the instructions for this response give to be said word for word, else say the human's words back."""
    last = messages[-1]
    return text_of(last).rpartition("\n\n")[2] if last["role"] == "system" and len(messages) > 1 else echo(messages)


class RealtimeServer:
    """The server while it runs; ``reply`` and ``fault`` may be replaced at any time."""

    def __init__(self, port: int, match: ClipMatch) -> None:
        self.base_url = f"http://127.0.0.1:{port}/v1"
        self.reply: Reply = obedient
        self.fault: RealtimeFault | None = None
        self.handshakes: list[tuple[str, str]] = []
        """Model and authorization of each, refused ones too."""
        self.sessions: list[RealtimeSession] = []
        self.breaks: Step | None = None
        """Before which step the connection breaks, once (the words of a human are written down before the answer);
        an answer that cannot be spoken fails, and the connection stays.
        """
        self.ready = anyio.Event()
        """Replaced by one that is not set, it holds all responses back."""
        self.ready.set()
        self.closing = anyio.Event()
        self._minds = Minds(match.words, self._reply, babble, self._may, self._ready)

    @property
    def asked(self) -> list[Asked]:
        """What the responses of all sessions were made from."""
        return [asked for session in self.sessions for asked in session.asked]

    @contextmanager
    def failing(self, fault: RealtimeFault) -> Iterator[None]:
        """Have a fault in new connections for as long as the block lasts."""
        self.fault = fault
        try:
            yield
        finally:
            self.fault = None

    def hang_up(self) -> None:
        """Break all connections, as a network does."""
        for session in self.sessions:
            session.hang_up()

    def _reply(self, messages: list[Message]) -> str | Call:
        return self.reply(messages)

    async def _ready(self) -> None:
        await self.ready.wait()

    def _may(self, step: Step) -> bool:
        if self.breaks != step:
            return True
        self.breaks = None
        return False

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Serve one connection."""
        model = request.query.get("model", "")
        self.handshakes.append((model, request.headers.get("authorization", "")))
        if self.fault is not None:
            return await self.fault(self, request)
        websocket = web.WebSocketResponse()
        await websocket.prepare(request)
        alive = anyio.CancelScope()

        async def send(event: Event) -> None:
            if not websocket.closed:
                with suppress(ConnectionError):  # Broken by hang_up, or left by the client.
                    await websocket.send_json(event)

        def hang_up() -> None:
            if request.transport is not None:
                request.transport.abort()
            alive.cancel()

        with alive:
            async with anyio.create_task_group() as tasks:
                session = RealtimeSession(model, self._minds, send, hang_up, tasks)
                self.sessions.append(session)
                await session.tell("session.created", session=session.settings)
                async for message in websocket:
                    if message.type is WSMsgType.TEXT:
                        await session.take(json.loads(message.data))
                tasks.cancel_scope.cancel()
        return websocket


@asynccontextmanager
async def realtime_server(match: ClipMatch) -> AsyncIterator[RealtimeServer]:
    """Serve on a free port of the loopback, in this event loop, until the block ends; ``match`` recognises."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = RealtimeServer(listening.getsockname()[1], match)
        async with websocket_site(listening, "/v1/realtime", server.serve):
            try:
                yield server
            finally:
                server.closing.set()
                server.hang_up()
