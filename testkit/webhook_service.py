"""A service of webhooks on the loopback, as n8n is one: it takes down what it was sent, and can be made to fail."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

import anyio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from testkit.faults import Answer, Fault, Faulty
from testkit.serving import serving

__all__ = ["Received", "WebhookService", "huge", "redirected", "webhook_service"]

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
HUGE_BYTES = 2_000_000


async def huge(_: Answer) -> Response:
    """More JSON than anybody can want to hear."""
    return Response(json.dumps(["much"] * (HUGE_BYTES // 8)), media_type="application/json")


async def redirected(_: Answer) -> Response:
    """As a proxy in front of it does that wants another address."""
    return RedirectResponse("/elsewhere", status_code=307)


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it came."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any
    """Read from JSON; None without a body."""
    sent: bytes = b""
    """The body as it came, or with GET the query."""

    @property
    def key(self) -> str:
        """The idempotency key, empty without one."""
        return self.headers.get("idempotency-key", "")


class WebhookService(Faulty):
    """The service while it runs; ``answer`` and the faults may be changed at any time."""

    def __init__(self) -> None:
        super().__init__()
        self.url = ""
        self.received: list[Received] = []
        self.answer: Any = {"status": "accepted"}
        """What is answered, as JSON; bytes as they are."""
        self.next_faults: list[Fault] = []
        """What is wrong with the next requests, one each."""
        self._closing = anyio.Event()
        self._released = anyio.Event()
        self._released.set()

    @contextmanager
    def holding(self) -> Iterator[None]:
        """Answer nothing before the block ends, or `release` is called."""
        self._released = anyio.Event()
        try:
            yield
        finally:
            self.release()

    def release(self) -> None:
        """Answer what was held up."""
        self._released.set()

    async def _take(self, request: Request) -> Response:
        body = await request.body()
        self.received.append(
            Received(
                request.method,
                request.url.path,
                dict(request.query_params),
                dict(request.headers),
                json.loads(body) if body else None,
                request.scope["query_string"] if request.method == "GET" else body,
            )
        )
        await self._released.wait()
        content = self.answer if isinstance(self.answer, bytes) else json.dumps(self.answer).encode()
        fault = self.next_faults.pop(0) if self.next_faults else self.fault
        if fault is not None:
            return await fault(Answer(content, "application/json", self._closing))
        return Response(content, media_type="application/json")

    def app(self) -> Starlette:
        """The application: every path is a webhook."""
        return Starlette(routes=[Route("/{path:path}", self._take, methods=METHODS)])

    def close(self) -> None:
        """Let go of what hangs."""
        self._closing.set()
        self.release()


@asynccontextmanager
async def webhook_service() -> AsyncIterator[WebhookService]:
    """Serve on a free port of the loopback until the block ends."""
    service = WebhookService()
    async with serving(service.app()) as port:
        service.url = f"http://127.0.0.1:{port}"
        try:
            yield service
        finally:
            service.close()
