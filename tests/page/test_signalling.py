"""LiveKit's signalling through the page's own origin, where a browser cannot reach LiveKit's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import anyio
import httpx2
import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.http11 import Request, Response
from websockets.typing import Origin

from mcp_voice.page.headers import connections
from mcp_voice.page.origins import reaches_directly
from mcp_voice.page.serving import join_page
from mcp_voice.page.signalling import LARGEST_UP
from mcp_voice.settings import load
from testkit.fake_link import FakeEngine
from testkit.join_site import JoinSite, join_site

pytestmark = pytest.mark.anyio

LIMIT = 20.0
PHONE = "https://laptop.example.ts.net"


@dataclass
class Upstream:
    """In LiveKit's place: says everything back, and knows which paths were asked for."""

    page: str = ""
    paths: list[str] = field(default_factory=list)
    closed: anyio.Event = field(default_factory=anyio.Event)

    async def echo(self, connection: ServerConnection) -> None:
        """One client."""
        assert connection.request is not None
        self.paths.append(connection.request.path)
        async for message in connection:
            if message == "end":
                await connection.close(1000)
            await connection.send(message)
        self.closed.set()

    def refuse(self, connection: ServerConnection, request: Request) -> Response | None:
        """Refuse a wrong token, as LiveKit does."""
        return connection.respond(401, "invalid token\n") if "wrong" in request.path else None

    @property
    def socket(self) -> str:
        """The page's address for a WebSocket."""
        return self.page.replace("http", "ws")


@asynccontextmanager
async def carried() -> AsyncIterator[Upstream]:
    """A page in front of it."""
    upstream = Upstream()
    async with serve(upstream.echo, "127.0.0.1", 0, process_request=upstream.refuse) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        async with join_page(load(_env_file=None), FakeEngine(url=f"ws://127.0.0.1:{port}")) as page:
            upstream.page = (await page.link("kitchen")).url.partition("/#")[0]
            with anyio.fail_after(LIMIT):
                yield upstream


async def test_messages_of_both_kinds_are_carried_both_ways() -> None:
    """With the path and the query as they are; as many as come."""
    async with carried() as upstream:
        for path in ("/rtc?access_token=a%20b", "/rtc/v1?access_token=c&join_request=d"):
            async with connect(f"{upstream.socket}{path}", origin=Origin(upstream.page), proxy=None) as client:
                for message in ("offer", b"\x00\xff" * 50_000, "", b""):
                    await client.send(message)
                    assert await client.recv() == message
        assert upstream.paths == ["/rtc?access_token=a%20b", "/rtc/v1?access_token=c&join_request=d"]


async def test_when_one_side_ends_so_does_the_other() -> None:
    """Nobody stays in a room whose browser is gone, and no browser waits for a server that is."""
    async with carried() as upstream:
        async with connect(f"{upstream.socket}/rtc", origin=Origin(upstream.page), proxy=None):
            pass
        await upstream.closed.wait()
        async with connect(f"{upstream.socket}/rtc", origin=Origin(upstream.page), proxy=None) as client:
            await client.send("end")
            with pytest.raises(ConnectionClosed) as raised:
                await client.recv()
            assert raised.value.rcvd is not None
            assert raised.value.rcvd.code == 1000


async def test_a_message_that_is_too_large_ends_the_connection() -> None:
    """A session's description is a hundredth of that."""
    async with carried() as upstream:
        async with connect(
            f"{upstream.socket}/rtc", origin=Origin(upstream.page), proxy=None, compression=None
        ) as client:
            await client.send(b" " * (LARGEST_UP + 1))
            with pytest.raises(ConnectionClosed):
                await client.recv()
        await upstream.closed.wait()


async def test_livekits_refusal_reaches_the_browser() -> None:
    """Its client asks once more by HTTP, to learn why."""
    async with carried() as upstream:
        with pytest.raises(InvalidStatus) as raised:
            await connect(f"{upstream.socket}/rtc/v1?access_token=wrong", origin=Origin(upstream.page), proxy=None)
        assert (raised.value.response.status_code, raised.value.response.body) == (401, b"invalid token\n")
        async with httpx2.AsyncClient(base_url=upstream.page) as browser:
            answer = await browser.get("/rtc/v1/validate?access_token=wrong")
        assert (answer.status_code, answer.text) == (401, "invalid token\n")


@pytest.mark.parametrize(
    ("path", "origin"),
    [
        ("/rtc", "https://evil.test"),
        ("/rtc", "null"),
        ("/rtc/v2", ""),
        ("/twirp/livekit.RoomService/ListRooms", ""),
        ("/rtc/../twirp/livekit.RoomService/ListRooms", ""),
        ("//rtc", ""),
        ("/", ""),
    ],
)
async def test_nothing_else_is_carried(path: str, origin: str) -> None:
    """No other site, and no other path of the LiveKit server, whose API stays behind."""
    async with carried() as upstream:
        headers = {"origin": origin} if origin else {}
        with pytest.raises(InvalidStatus) as raised:
            await connect(f"{upstream.socket}{path}", additional_headers=headers, proxy=None)
        assert raised.value.response.status_code == 403
        assert upstream.paths == []


async def test_a_foreign_name_carries_nothing() -> None:
    """A web site that points its name at this machine would be of our origin to the browser."""
    upgrade = "upgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\n"
    key = "sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    async with carried() as upstream:
        port = int(upstream.page.rpartition(":")[2])
        async with await anyio.connect_tcp("127.0.0.1", port) as connection:
            await connection.send(f"GET /rtc HTTP/1.1\r\nhost: evil.test\r\n{upgrade}{key}\r\n".encode())
            assert (await connection.receive()).startswith(b"HTTP/1.1 421 ")
        assert upstream.paths == []


async def test_a_server_that_is_not_there_is_told_as_such() -> None:
    """By the WebSocket and by HTTP."""
    async with join_page(load(_env_file=None), FakeEngine(url="ws://127.0.0.1:1")) as page:
        base = (await page.link("kitchen")).url.partition("/#")[0]
        with pytest.raises(InvalidStatus) as raised:
            await connect(f"{base.replace('http', 'ws')}/rtc", origin=Origin(base), proxy=None)
        assert raised.value.response.status_code == 503
        async with httpx2.AsyncClient(base_url=base) as browser:
            assert (await browser.get("/rtc/validate")).status_code == 503


@pytest.mark.parametrize(
    ("page", "livekit", "directly"),
    [
        ("http://127.0.0.1:8123", "ws://127.0.0.1:20123", True),
        ("http://localhost:8123", "ws://localhost:7880", True),
        ("https://127.0.0.1:8123", "ws://127.0.0.1:20123", True),
        (PHONE, "ws://127.0.0.1:20123", False),
        ("http://192.168.1.5:8123", "ws://127.0.0.1:20123", False),
        ("http://192.168.1.5:8123", "ws://192.168.1.9:7880", True),
        (PHONE, "ws://192.168.1.9:7880", False),
        (PHONE, "wss://project.livekit.cloud", True),
        ("http://127.0.0.1:8123", "wss://project.livekit.cloud", True),
    ],
)
def test_livekit_is_reached_directly_where_a_browser_can(page: str, livekit: str, directly: bool) -> None:  # noqa: FBT001
    """On this machine, and wherever it has a certificate; else through the page."""
    assert reaches_directly(page, livekit) is directly


async def test_a_phone_is_given_the_pages_own_origin() -> None:
    """And its policy names no other."""
    async with join_site(FakeEngine(url="ws://127.0.0.1:20123"), page_url=PHONE) as site:
        there = {"origin": PHONE, "host": "laptop.example.ts.net"}
        answer = (await site.post("/api/join", {"code": site.code()}, **there)).json()
        assert answer["server_url"] == "wss://laptop.example.ts.net"
        allowed = (await site.browser.get("/", headers=there)).headers["content-security-policy"]
        assert "connect-src 'self' wss://laptop.example.ts.net https://laptop.example.ts.net;" in allowed
        assert await direct(site) == "ws://127.0.0.1:20123"


async def test_a_proxy_that_asks_under_our_own_name_makes_no_difference() -> None:
    """Some pass on the Host of the address that they forward to; the browser's own word for where it is counts."""
    async with join_site(FakeEngine(url="ws://127.0.0.1:20123"), page_url=PHONE) as site:
        response = await site.post("/api/join", {"code": site.code()}, origin=PHONE)
    assert response.json()["server_url"] == "wss://laptop.example.ts.net"
    assert "Secure" in response.headers["set-cookie"]


async def direct(site: JoinSite) -> str:
    """What a browser on this machine is given."""
    return str((await site.join(site.code())).json()["server_url"])


def test_a_policy_names_what_livekits_client_connects_to() -> None:
    """Cloud sends it to another host of its own; a server that is not up yet will be on the loopback."""
    assert connections("wss://project.livekit.cloud") == ("wss://*.livekit.cloud", "https://*.livekit.cloud")
    assert connections("http://10.0.0.1:7880") == ("ws://10.0.0.1:7880", "http://10.0.0.1:7880")
    assert connections("wss://voice.example.com:443") == ("wss://voice.example.com", "https://voice.example.com")
    assert connections("") == ("ws://127.0.0.1:*", "http://127.0.0.1:*")
    assert connections("wss://livekit.cloud.evil.test") == (
        "wss://livekit.cloud.evil.test",
        "https://livekit.cloud.evil.test",
    )
