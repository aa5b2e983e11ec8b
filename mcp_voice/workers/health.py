"""Whether the worker is well, over HTTP: 200 at ``/`` and ``/health`` while it can take rooms, else 503 and the reason.

LiveKit's own check at ``/`` is well before the worker is registered, and while it drains.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.typedefs import Middleware
from livekit.agents.utils.http_server import HttpServer

__all__ = ["answer_for_health"]

PATHS = ("/", "/health")
CurrentTrouble = Callable[[], str]


def answer_for_health(server: HttpServer, trouble: CurrentTrouble) -> None:
    """Answer for the health of the worker at a server of LiveKit's that has not been started.

    ``trouble`` gives what is wrong now in a few words, empty: nothing.
    """
    server.app.middlewares.append(_health(trouble))


def _health(trouble: CurrentTrouble) -> Middleware:
    @web.middleware
    async def health(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        if request.path not in PATHS:
            return await handler(request)
        wrong = trouble()
        return web.Response(status=503, text=wrong) if wrong else web.Response(text="OK")

    return health
