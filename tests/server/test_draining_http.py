"""The end of a server over HTTP, as load balancers and clients see it: told first, then refused, never cut off."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator

import anyio
import httpx2
import pytest
from pydantic import SecretStr
from starlette.types import Message, Receive, Scope, Send

from mcp_voice.asks.figures import CallFigures
from mcp_voice.server.address import HttpAddress
from mcp_voice.server.http import LEAST_SECONDS, Served, served
from mcp_voice.server.open_calls import OpenCalls
from mcp_voice.settings import load

pytestmark = pytest.mark.anyio

TOKEN = "o" * 32
HEALTH = b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
LIMIT = 20.0
SETTINGS = load(http_tokens=SecretStr(f"ops={TOKEN}"), _env_file=None)


@pytest.fixture
async def running() -> AsyncIterator[Served]:
    """A server on a free port, whose rooms nobody needs."""
    async with served(SETTINGS, HttpAddress(port=0)) as started:
        yield started


def place(running: Served) -> tuple[str, int]:
    """Where it listens."""
    host, port = running.url.removeprefix("http://").removesuffix("/mcp").split(":")
    return host, int(port)


async def test_a_server_that_drains_says_so_for_a_while_and_closes_what_it_answers(running: Served) -> None:
    """Though no call is open: else whoever looks once a second never sees it, and connections end under requests."""
    url = running.url.replace("/mcp", "/health")
    async with httpx2.AsyncClient() as http:
        ready = await http.get(url)
        assert (ready.status_code, ready.headers.get("connection")) == (200, None)
        begun = anyio.current_time()
        await running.drain()
        assert anyio.current_time() - begun >= LEAST_SECONDS
        draining = await http.get(url)
        assert (draining.status_code, draining.json()) == (503, {"status": "draining"})
        assert draining.headers["connection"] == "close"
        headers = {"Authorization": f"Bearer {TOKEN}", "Accept": "application/json, text/event-stream"}
        call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "list_rooms", "arguments": {}}}
        refused = await http.post(running.url, headers=headers, json=call)
        assert "shutting down" in refused.text
        assert refused.headers["connection"] == "close"


async def test_whoever_has_sent_a_request_when_the_server_ends_is_answered_and_later_ones_are_refused() -> None:
    """One that has not been let in yet, and one that is in and has not been read; none is reset."""
    async with served(SETTINGS, HttpAddress(port=0)) as running:
        where = place(running)
        known = socket.create_connection(where, timeout=LIMIT)
        async with await anyio.connect_tcp(*where) as stream:
            await stream.send(HEALTH)
            assert b"ready" in await stream.receive()
        await running.drain()
        arriving = socket.create_connection(where, timeout=LIMIT)
        for each in (known, arriving):
            each.sendall(HEALTH)  # No turn of the loop lies between this and the end of the block.
    with known, arriving:
        assert [each.recv(4096).split(b"\r\n")[0] for each in (known, arriving)] == [
            b"HTTP/1.1 503 Service Unavailable"
        ] * 2
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(where, timeout=LIMIT)


async def test_a_call_that_was_open_when_the_draining_began_is_the_last_one_of_its_connection() -> None:
    """Its client would send the next one into a connection that ends."""
    sent: list[Message] = []

    async def answers(_: Scope, __: Receive, send: Send) -> None:
        calls.is_draining = True
        await send({"type": "http.response.start", "status": 200, "headers": [(b"connection", b"keep-alive")]})

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    calls = OpenCalls(answers, largest_body=1, most_each=1, figures=CallFigures())
    await calls({"type": "http", "method": "POST", "path": "/mcp", "headers": []}, receive, send)
    assert [each["headers"] for each in sent] == [[(b"connection", b"close")]]
