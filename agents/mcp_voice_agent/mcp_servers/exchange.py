"""What HTTP says of one request to a server, and no more of an answer than can be taken.

The SDK tells neither the status nor the size, and reads JSON answers whole, whatever they unpack to.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

import httpx2

__all__ = ["HttpExchange", "exchanging", "http_client"]

FIRST_ERROR = 300
ACCEPTED = 202
STREAM = "text/event-stream"
TAKEN = ("application/json", STREAM)
AS_IT_IS = frozenset({"", "identity"})


@dataclass(slots=True)
class HttpExchange:
    """One request and its answer."""

    status: int = 0
    """HTTP's, if it was none of success."""
    too_long: bool = False
    """Whether the answer had more bytes than are taken, or was compressed: nobody knows what it unpacks to."""
    strange: bool = False
    """Whether it was a success of another kind than MCP has."""


_current: ContextVar[HttpExchange] = ContextVar("exchange")
"""The SDK sends a request in the context of whoever makes it."""


@contextmanager
def exchanging() -> Iterator[HttpExchange]:
    """What HTTP says of the one request that is made within this block."""
    exchange = HttpExchange()
    token = _current.set(exchange)
    try:
        yield exchange
    finally:
        _current.reset(token)


def http_client(
    otherwise: HttpExchange,
    *,
    longest: int,
    methods: frozenset[str],
    headers: dict[str, str] | None,
    timeout: httpx2.Timeout | None,
    auth: httpx2.Auth | None = None,
) -> httpx2.AsyncClient:
    """A client that takes down what it sees of the requests by these methods; ``otherwise``: outside of any block."""

    async def note(response: httpx2.Response) -> None:
        exchange = _current.get(otherwise) if response.request.method in methods else HttpExchange()
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if response.status_code >= FIRST_ERROR:
            exchange.status = response.status_code
        else:
            exchange.strange = response.status_code == ACCEPTED or kind not in TAKEN
        packed = response.headers.get("content-encoding", "").strip().lower() not in AS_IT_IS
        if packed or kind != STREAM:
            # Events have a bound of their own.
            assert isinstance(response.stream, httpx2.AsyncByteStream)  # noqa: S101 - of an AsyncClient
            response.stream = _BoundedAnswer(response.stream, exchange, most=0 if packed else longest)

    client = httpx2.AsyncClient(headers=headers, timeout=timeout, auth=auth, event_hooks={"response": [note]})
    client.headers["Accept-Encoding"] = "identity"
    return client


class _BoundedAnswer(httpx2.AsyncByteStream):
    """A body of so many bytes at most."""

    def __init__(self, inner: httpx2.AsyncByteStream, exchange: HttpExchange, *, most: int) -> None:
        self._inner = inner
        self._exchange = exchange
        self._left = most

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._inner:
            self._left -= len(piece)
            if self._left < 0:
                self._exchange.too_long = True
                # The one kind of error that the SDK takes for that of a single answer.
                raise httpx2.StreamError("the answer is too long")
            yield piece

    async def aclose(self) -> None:
        await self._inner.aclose()
