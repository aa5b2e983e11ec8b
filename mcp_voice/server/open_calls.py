"""The requests that are being answered, counted, and whether more may come."""

from __future__ import annotations

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from mcp_voice.tasks import Bell

__all__ = ["OpenCalls"]

HEALTH = "/health"


class OpenCalls:
    """An ASGI application around another one."""

    def __init__(self, app: ASGIApp) -> None:
        self.is_draining = False
        self._app = app
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
            await self._app(scope, receive, send)
        finally:
            self._open -= 1
            self._changed.ring()

    def _health(self) -> JSONResponse:
        status = "draining" if self.is_draining else "ready"
        return JSONResponse({"status": status, "open_calls": self._open}, 503 if self.is_draining else 200)
