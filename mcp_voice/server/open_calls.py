"""The requests that are being answered, counted, and whether more may come."""

from __future__ import annotations

import anyio
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mcp_voice.tasks import Bell

__all__ = ["OpenCalls"]

HEALTH = "/health"
BODY_SECONDS = 20.0
"""For a request's body to come, however slowly it is sent."""


class OpenCalls:
    """An ASGI application around another one."""

    def __init__(self, app: ASGIApp, *, largest_body: int) -> None:
        """``largest_body`` in bytes."""
        self.is_draining = False
        self._app = app
        self._largest_body = largest_body
        self._open = 0
        self._changed = Bell()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["path"] == HEALTH:
            await self._health()(scope, receive, send)
        else:
            await self._answer(scope, receive, send)

    async def finished(self) -> None:
        """Wait until no request is being answered."""
        while self._open:
            await self._changed.wait()

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._open += 1
        try:
            read: list[Message] = []
            with anyio.move_on_after(BODY_SECONDS):
                read.append(await self._read(receive))
            if not read:
                await JSONResponse({"error": "the request took too long"}, 408)(scope, receive, send)
                return

            async def replay() -> Message:
                return read.pop() if read else await receive()

            await self._app(scope, replay, send)
        finally:
            self._open -= 1
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

    def _health(self) -> JSONResponse:
        status = "draining" if self.is_draining else "ready"
        return JSONResponse({"status": status, "open_calls": self._open}, 503 if self.is_draining else 200)
