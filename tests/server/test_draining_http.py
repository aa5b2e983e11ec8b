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
from mcp_voice.loading import Loading
from mcp_voice.server import http as serving_http
from mcp_voice.server.address import HttpAddress
from mcp_voice.server.app import build
from mcp_voice.server.http import LEAST_SECONDS, Served, served
from mcp_voice.server.open_calls import OpenCalls
from mcp_voice.settings import load
from testkit.figures import figures_in
from testkit.waiting import until

pytestmark = pytest.mark.anyio

TOKEN = "o" * 32
HEALTH = b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
LIMIT = 20.0
TOLD_SECONDS = 2.0
"""What README and documents promise: by then every call has returned."""
HEADERS = {"Authorization": f"Bearer {TOKEN}", "Accept": "application/json, text/event-stream"}
CALL = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "list_rooms", "arguments": {}}}
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


def is_draining(page: httpx2.Response) -> float:
    """What its figures say of that."""
    return figures_in(page.text)["mcp_voice_draining[]"]


async def test_a_server_that_drains_says_so_for_a_while_and_closes_what_it_answers(running: Served) -> None:
    """Though no call is open: else whoever looks once a second never sees it, and connections end under requests."""
    url, figures = (running.url.replace("/mcp", page) for page in ("/health", "/metrics"))
    async with httpx2.AsyncClient() as http:
        ready = await http.get(url)
        assert (ready.status_code, ready.headers.get("connection")) == (200, None)
        assert is_draining(await http.get(figures)) == 0
        begun = anyio.current_time()
        await running.drain()
        assert anyio.current_time() - begun >= LEAST_SECONDS
        assert is_draining(await http.get(figures)) == 1
        draining = await http.get(url)
        assert (draining.status_code, draining.json()) == (503, {"status": "draining"})
        assert draining.headers["connection"] == "close"
        refused = await http.post(running.url, headers=HEADERS, json=CALL)
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


@pytest.fixture
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same end in less time; the constants themselves are what is promised."""
    assert serving_http.DRAIN_SECONDS + serving_http.LAST_SECONDS <= TOLD_SECONDS
    for name in ("DRAIN_SECONDS", "LAST_SECONDS", "LEAST_SECONDS"):
        monkeypatch.setattr(serving_http, name, 0.2)


@pytest.mark.usefixtures("_soon")
async def test_a_call_that_would_never_return_is_told_that_the_server_ends(
    running: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its rooms never load, say; whoever made it learns within the time of the drain that it may call again."""
    answers: list[httpx2.Response] = []

    async def never(*_: object) -> None:
        await anyio.sleep_forever()

    async def call() -> None:
        answers.append(await http.post(running.url, headers=HEADERS, json=CALL))

    monkeypatch.setattr(Loading, "voice", never)
    async with httpx2.AsyncClient(timeout=LIMIT) as http, anyio.create_task_group() as tasks:
        tasks.start_soon(call)
        await until(lambda: running.calls.open, limit=LIMIT)
        with anyio.fail_after(LIMIT):
            await running.drain()
        assert running.calls.open == 0
    (answer,) = answers
    assert '"mcp-voice/code":"ending"' in answer.text.replace(" ", "")


@pytest.mark.usefixtures("_soon")
async def test_no_call_holds_up_the_end_though_it_cannot_even_be_cut_off() -> None:
    """Whoever stops the process would kill it in the end, and every other call with it."""
    done = anyio.Event()

    async def obstinate(_: Scope, __: Receive, ___: Send) -> None:
        with anyio.CancelScope(shield=True):
            await done.wait()

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(_: Message) -> None:
        pass

    calls = OpenCalls(obstinate, largest_body=1, most_each=1, figures=CallFigures())
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(calls, {"type": "http", "method": "POST", "path": "/mcp", "headers": []}, receive, send)
        await until(lambda: calls.open, limit=LIMIT)
        try:
            with anyio.fail_after(LIMIT):
                await Served("", "", calls, build(SETTINGS)).drain()
            assert calls.open == 1
        finally:
            done.set()
