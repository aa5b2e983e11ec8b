"""Requests for another Host are refused before anything is done for them, as looking up whose token they have."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from mcp_voice.asks.figures import CallFigures

__all__ = ["OwnHosts"]


class OwnHosts:
    """An ASGI application around another one."""

    def __init__(self, app: ASGIApp, hosts: Sequence[str], figures: CallFigures) -> None:
        """``hosts`` as the SDK's ``TransportSecuritySettings`` take them: ``name:*`` is a name with any port."""
        self._app = app
        self._hosts = frozenset(hosts)
        self._figures = figures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http" or self._is_for_us(scope):
            await self._app(scope, receive, send)
            return
        self._figures.refused("other_host")
        error = "unknown host name; set MCP_VOICE_HTTP_URL on the server to the address that clients use"
        await JSONResponse({"error": error}, 421)(scope, receive, send)

    def _is_for_us(self, scope: Scope) -> bool:
        given = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
        if len(given) != 1:
            return False
        name, colon, _ = given[0].rpartition(":")
        return given[0] in self._hosts or (bool(colon) and f"{name}:*" in self._hosts)
