"""Around every answer of the page: nothing is served under a foreign name, or without the headers that bound it."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mcp_voice.page.headers import FIXED
from mcp_voice.page.origins import Origins
from mcp_voice.page.refusals import RequestRefused, refused

__all__ = ["Guard", "refusal_response"]

NOTHING = "default-src 'none'; frame-ancestors 'none'"
"""The policy of what is no page."""


class Guard:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, origins: Origins) -> None:
        self._app = app
        self._origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, if its Host header is one of ours: no name that somebody else points at us (rebinding)."""

        async def send_bounded(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                headers = MutableHeaders(scope=message)
                headers.setdefault("cache-control", "no-store")
                headers.setdefault("content-security-policy", NOTHING)
                for name, value in FIXED:
                    headers[name] = value
            await send(message)

        if self._origins.serves(Headers(scope=scope).get("host", "")):
            await self._app(scope, receive, send_bounded)
        else:
            await refusal_response(refused("foreign-host"))(scope, receive, send_bounded)


def refusal_response(error: RequestRefused) -> JSONResponse:
    """A refusal as the page reads it; what is left of the request's body is not read."""
    headers = {"connection": "close"}
    if error.retry_seconds:
        headers["retry-after"] = str(error.retry_seconds)
    body = {"error": {"code": error.code, "message": str(error)}}
    return JSONResponse(body, status_code=error.status, headers=headers)
