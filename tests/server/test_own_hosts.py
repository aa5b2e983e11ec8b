"""Which Host a request is for."""

from __future__ import annotations

import httpx2
import pytest
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from mcp_voice.asks.figures import CallFigures
from mcp_voice.server.open_calls import OpenCalls
from mcp_voice.server.own_hosts import OwnHosts

pytestmark = pytest.mark.anyio

HOSTS = ["127.0.0.1:*", "localhost", "localhost:*", "[::1]", "[::1]:*", "voice.example"]


@pytest.mark.parametrize("host", ["127.0.0.1:8765", "localhost", "localhost:1", "[::1]", "[::1]:9", "voice.example"])
async def test_a_request_for_a_host_of_ours_goes_on(host: str) -> None:
    """With the ports that it may have."""
    assert await asked(host) == (200, 1)


@pytest.mark.parametrize(
    "host", ["", "evil.example", "voice.example:81", "127.0.0.1", "localhost.evil.example:80", ":"]
)
async def test_a_request_for_another_host_is_refused_before_anything_is_looked_up(host: str) -> None:
    """Whose token it has would cost a fetch of keys."""
    assert await asked(host) == (421, 0)


async def test_whoever_comes_by_another_name_is_told_which_setting_has_it() -> None:
    """Behind a proxy it is the first thing that goes wrong."""

    async def behind(*_: object) -> None:
        """Nothing is asked of it."""

    transport = httpx2.ASGITransport(app=OwnHosts(behind, HOSTS, CallFigures()))
    async with httpx2.AsyncClient(transport=transport, base_url="http://voice.other") as http:
        assert "MCP_VOICE_HTTP_URL" in (await http.post("/mcp")).text


async def test_a_websocket_is_refused_and_not_an_error_of_ours() -> None:
    """There are none, and a 500 would have somebody look for a fault."""

    async def behind(*_: object) -> None:
        raise AssertionError

    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    calls = OpenCalls(behind, largest_body=10, most_each=1, figures=CallFigures())
    await calls({"type": "websocket", "path": "/mcp", "headers": []}, receive, send)
    assert sent == [{"type": "websocket.close"}]


async def asked(host: str) -> tuple[int, int]:
    """What a request is answered, and how many reached what is behind."""
    figures, reached = CallFigures(), []

    async def behind(scope: Scope, receive: Receive, send: Send) -> None:
        reached.append(scope)
        await Response()(scope, receive, send)

    app = OwnHosts(behind, HOSTS, figures)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://anything") as http:
        status = (await http.post("/mcp", headers={"Host": host})).status_code
    assert figures.refusals["other_host"] == (status == 421)
    return status, len(reached)
