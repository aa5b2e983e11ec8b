"""The requests that are being answered, counted, and whether more may come."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping

import anyio
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mcp_voice.asks.figures import CallFigures
from mcp_voice.tasks import Bell

__all__ = ["OpenCalls"]

HEALTH = "/health"
STREAMS = frozenset({"GET", "DELETE"})
"""How the SDK's clients ask for the messages of a session, and end one."""
RETRY_SECONDS = "10"
BODY_SECONDS = 20.0
"""For a request's body to come, however slowly it is sent."""


class OpenCalls:
    """An ASGI application around another one."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        largest_body: int,
        most_each: int,
        figures: CallFigures,
        pages: Mapping[str, ASGIApp] | None = None,
    ) -> None:
        """``largest_body`` in bytes; ``most_each`` requests are answered at a time for one token.

        ``pages`` are read by whoever likes, by their paths.
        """
        self.is_draining = False
        self._app = app
        self._largest_body = largest_body
        self._most_each = most_each
        self._figures = figures
        self._pages = dict(pages or {})
        self._open_by = Counter[bytes]()
        self._changed = Bell()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close"})  # before it is accepted: 403
        elif scope["type"] != "http":
            await self._app(scope, receive, send)
        else:
            await self._http(scope, receive, self._closing(send))

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == HEALTH:
            await self._health()(scope, receive, send)
        elif scope["method"] in ("GET", "HEAD") and (page := self._pages.get(scope["path"])):
            await page(scope, receive, send)
        elif scope["method"] in STREAMS:
            # Nothing is ever said on a stream without a session, which would take a place for as long as it likes.
            await JSONResponse({"error": "this server has no sessions; use POST"}, 405, headers={"Allow": "POST"})(
                scope, receive, send
            )
        elif self._open_by[caller := _caller(scope)] >= self._most_each:
            self._figures.refused("too_many_open")
            error = "too many open requests with this token; try again once one is answered"
            await JSONResponse({"error": error}, 429, headers={"Retry-After": RETRY_SECONDS})(scope, receive, send)
        else:
            await self._answer(caller, scope, receive, send)

    @property
    def open(self) -> int:
        """How many requests are being answered."""
        return self._open_by.total()

    async def finished(self) -> None:
        """Wait until no request is being answered."""
        while self._open_by:
            await self._changed.wait()

    async def _answer(self, caller: bytes, scope: Scope, receive: Receive, send: Send) -> None:
        self._open_by[caller] += 1
        try:
            read: list[Message] = []
            with anyio.move_on_after(BODY_SECONDS):
                read.append(await self._read(receive))
            if not read:
                await JSONResponse({"error": "the request took too long to arrive; send it again"}, 408)(
                    scope, receive, send
                )
                return

            async def replay() -> Message:
                return read.pop() if read else await receive()

            await self._app(scope, replay, send)
        finally:
            self._open_by[caller] -= 1
            self._open_by += Counter[bytes]()  # without those that have none
            self._changed.ring()

    async def _read(self, receive: Receive) -> Message:
        """The whole body as one message, or as much of it as is too much already; or that they are gone."""
        chunks: list[bytes] = []
        size, more = 0, True
        while more and size <= self._largest_body:
            message = await receive()
            if message["type"] != "http.request":
                return message
            chunks.append(message.get("body", b""))
            size, more = size + len(chunks[-1]), bool(message.get("more_body"))
        return {"type": "http.request", "body": b"".join(chunks), "more_body": more}

    def _closing(self, send: Send) -> Send:
        """The same, whose answer is the last one on its connection where it begins while we drain."""

        async def sent(message: Message) -> None:
            if self.is_draining and message["type"] == "http.response.start":
                kept = [each for each in message.get("headers", ()) if each[0].lower() != b"connection"]
                message = {**message, "headers": [*kept, (b"connection", b"close")]}
            await send(message)

        return sent

    def _health(self) -> JSONResponse:
        status = "draining" if self.is_draining else "ready"
        return JSONResponse({"status": status}, 503 if self.is_draining else 200)


def _caller(scope: Scope) -> bytes:
    """Which token a request has, right or wrong."""
    given = [value for name, value in scope["headers"] if name == b"authorization"]
    return hashlib.sha256(b"\n".join(given)).digest()
