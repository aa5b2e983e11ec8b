"""What providers' HTTP may do: nobody's voice or key goes to another host, and no answer is without end.

The plugins make their clients themselves and follow redirects, which sends the sound of a human, and keys in headers of
the provider's own, wherever the answer says.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import aiohttp
import httpx2
from livekit.agents.utils import http_context
from yarl import URL

from mcp_voice.errors import quoted
from mcp_voice.outside_faults.fault import OutsideFault
from mcp_voice.outside_faults.speech import REDIRECTED, TOO_LARGE, TOO_SLOW

__all__ = [
    "SOUND",
    "THOUGHT",
    "WORDS",
    "AnswerLimit",
    "Refused",
    "guard",
    "guard_session",
    "patient",
    "plugin_http",
    "provider_http",
]

MB = 1_000_000
MOST_REDIRECTS = 3
"""Each sends the question, or somebody's voice, once more."""
COMPRESSED = 100
"""An answer that comes compressed, though that was not asked for, may be that many times smaller than it says."""


class Refused(Exception):
    """What a provider did is not accepted; the text is the end of a sentence that begins with its name."""

    def __init__(self, fault: OutsideFault) -> None:
        """``fault``: filled."""
        super().__init__(f"it {fault.what}. {fault.fix}")
        self.fault = OutsideFault(fault.code, f"it {fault.what}", fault.fix)


@dataclass(frozen=True, slots=True)
class AnswerLimit:
    """What one answer may be at most: bytes and seconds."""

    size: int
    seconds: float


WORDS = AnswerLimit(4 * MB, 60.0)
"""A transcript; with the times of all words of 5 minutes it has less than 1 MB."""
SOUND = AnswerLimit(64 * MB, 600.0)
"""A sentence; 2,000 characters are less than 30 MB in the largest form that is asked for."""
THOUGHT = AnswerLimit(16 * MB, 300.0)
"""What a language model says, in events."""


class _Bounded(httpx2.AsyncByteStream):
    """The body of an answer, up to a limit; raises Refused beyond it."""

    def __init__(self, body: httpx2.AsyncByteStream, limit: AnswerLimit, *, size: float) -> None:
        self._body = body
        self._limit = limit
        self._size = size
        self._until = time.monotonic() + limit.seconds

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for part in self._body:
            size += len(part)
            if size > self._size:
                raise Refused(TOO_LARGE.filled(size=self._size / MB))
            if time.monotonic() > self._until:
                raise Refused(TOO_SLOW.filled(seconds=self._limit.seconds))
            yield part

    async def aclose(self) -> None:
        await self._body.aclose()


def guard(client: httpx2.AsyncClient, limit: AnswerLimit) -> None:
    """Have a client follow redirects within one origin only, and take answers up to a limit.

    What it sends then raises Refused, or an error of the client's whose cause that is.
    """

    async def check(response: httpx2.Response) -> None:
        if response.has_redirect_location:
            _stay(str(response.request.url), response.headers["location"])
        if isinstance(response.stream, httpx2.AsyncByteStream):
            plain = response.headers.get("content-encoding", "identity") == "identity"
            size = limit.size if plain else limit.size / COMPRESSED
            response.stream = _Bounded(response.stream, limit, size=size)

    client.headers["accept-encoding"] = "identity"
    client.max_redirects = MOST_REDIRECTS
    client.event_hooks = {**client.event_hooks, "response": [check, *client.event_hooks["response"]]}


def plugin_http(plugin: Any) -> httpx2.AsyncClient:
    """The client that a plugin has made for itself, and closes: one that is given it would have to be closed by us."""
    client: httpx2.AsyncClient = plugin._client._client  # noqa: SLF001  # quirk: plugin-http
    return client


def patient(client: httpx2.AsyncClient, seconds: float) -> None:
    """Have a client wait so long for each part of an answer: the plugins give up after 30 s, whatever they are told."""

    async def wait(request: httpx2.Request) -> None:
        request.extensions = {**request.extensions, "timeout": {**request.extensions["timeout"], "read": seconds}}

    client.event_hooks = {**client.event_hooks, "request": [wait, *client.event_hooks["request"]]}


def _stay(here: str, location: str) -> None:
    """Raise Refused if a redirect leads to another origin, or nowhere."""
    try:
        there = URL(here).join(URL(location))
        same = there.origin() == URL(here).origin()
        where = quoted(str(there.origin()))
    except ValueError:
        same, where = False, quoted(location)
    if not same:
        raise Refused(REDIRECTED.filled(where=where))


async def _on_redirect(
    _: aiohttp.ClientSession, __: SimpleNamespace, asked: aiohttp.TraceRequestRedirectParams
) -> None:
    _stay(str(asked.url), asked.response.headers.get("location") or asked.response.headers.get("uri") or "")


def guard_session(session: aiohttp.ClientSession) -> None:
    """The same for the client of the plugins that use WebSockets, whose messages have a limit of their own (4 MB)."""
    if not any(_on_redirect in trace.on_request_redirect for trace in session.trace_configs):
        trace = aiohttp.TraceConfig()
        trace.on_request_redirect.append(_on_redirect)
        trace.freeze()
        session.trace_configs.append(trace)


@asynccontextmanager
async def provider_http() -> AsyncIterator[aiohttp.ClientSession]:
    """LiveKit's ``http_context.open()``, guarded: plugins that use aiohttp take their client from it."""
    async with http_context.open() as session:
        guard_session(session)
        yield session
