"""The page of a process: served from the first link on, on the loopback, silently, and gone with its block."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Sequence
from urllib.parse import urlsplit

import anyio
import httpx2
import pytest

from mcp_voice.asks.join_links import JoinLink, NoPage
from mcp_voice.errors import BadInput, PageError, RoomForbidden
from mcp_voice.page import http_server
from mcp_voice.page.serving import join_page
from mcp_voice.results import RoomInfo
from mcp_voice.settings import load
from testkit.fake_link import FakeEngine

pytestmark = pytest.mark.anyio

LIMIT = 20.0


def place(link: JoinLink) -> tuple[str, int]:
    """Host and port of a link."""
    parts = urlsplit(link.url)
    return str(parts.hostname), int(parts.port or 0)


async def answered(host: str, port: int, sent: bytes) -> bytes:
    """What comes back for these bytes until the connection ends."""
    found = b""
    with anyio.fail_after(LIMIT):
        async with await anyio.connect_tcp(host, port) as connection:
            if sent:
                await connection.send(sent)
            try:
                while True:
                    found += await connection.receive()
            except (anyio.EndOfStream, anyio.BrokenResourceError):
                return found


async def test_a_link_leads_to_the_page_and_its_code_into_the_room() -> None:
    """The code is in the fragment, which no browser sends; and the next link is of the same page."""
    async with join_page(load(_env_file=None), FakeEngine()) as page:
        first, second = [await page.link("kitchen", name="Ann", asker="Claude") for _ in range(2)]
        base, _, code = first.url.partition("/#")
        assert (code, first.room_name, first.valid_seconds) == (first.code, "kitchen", 600)
        assert place(first) == place(second)
        assert place(first)[0] == "127.0.0.1"
        assert first.code != second.code
        assert first.code not in repr(first)
        async with httpx2.AsyncClient(base_url=base, headers={"origin": base}) as browser:
            assert (await browser.get("/")).status_code == 200
            assert (await browser.post("/api/join", json={"code": code})).json()["asker"] == "Claude"


async def test_nothing_is_served_before_the_first_link_and_after_the_block() -> None:
    """A process in which nobody is invited opens no port."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    async with join_page(load(_env_file=None, page_port=port), FakeEngine()) as page:
        with pytest.raises(OSError, match="attempts failed"):
            await anyio.connect_tcp("127.0.0.1", port)
        link = await page.link("kitchen")
        assert place(link) == ("127.0.0.1", port)
        waiting = await anyio.connect_tcp("127.0.0.1", port)
    with anyio.fail_after(LIMIT), pytest.raises((anyio.EndOfStream, anyio.BrokenResourceError)):
        await waiting.receive()
    await waiting.aclose()
    with pytest.raises(OSError, match="attempts failed"):
        await anyio.connect_tcp("127.0.0.1", port)


async def test_a_page_that_gives_tokens_is_served_from_the_start() -> None:
    """A front end of the user's own comes before anybody is invited."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    settings = load(_env_file=None, page_port=port, page_token="correct-horse-battery-staple")
    async with join_page(settings, FakeEngine()):
        with anyio.fail_after(LIMIT):
            while b"foreign-host" not in await _first(port):
                await anyio.lowlevel.checkpoint()


async def _first(port: int) -> bytes:
    try:
        return await answered("127.0.0.1", port, b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
    except OSError:
        return b""


async def test_a_port_that_is_taken_is_named_with_what_to_do() -> None:
    """And the next link tries again."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        async with join_page(load(_env_file=None, page_port=port), FakeEngine()) as page:
            with pytest.raises(PageError, match=f"port {port} of 127.0.0.1") as raised:
                await page.link("kitchen")
            assert raised.value.code == "page-port-taken"
            assert "MCP_VOICE_PAGE_PORT" in raised.value.fix
            taken.close()
            assert place(await page.link("kitchen")) == ("127.0.0.1", port)


async def test_nobody_is_invited_where_the_settings_forbid_it() -> None:
    """Nor into a room that has no name that can be seen."""
    async with join_page(load(_env_file=None, rooms="kitchen"), FakeEngine()) as page:
        with pytest.raises(RoomForbidden):
            await page.link("attic")
        for odd in ("", "\x1b", "x" * 200):
            with pytest.raises(BadInput):
                await page.link(odd)
        assert (await page.link("kitchen")).room_name == "kitchen"


async def test_a_link_begins_with_the_address_that_others_use() -> None:
    """Behind a proxy."""
    async with join_page(load(_env_file=None, page_url="https://voice.example.com/"), FakeEngine()) as page:
        link = await page.link("kitchen")
    assert link.url == f"https://voice.example.com/#{link.code}"


async def test_nobody_is_led_to_the_page_of_rooms_that_are_encrypted() -> None:
    """It has no passphrase: they would hear nothing, and nothing could be asked."""
    async with join_page(load(_env_file=None, e2ee_key="a passphrase"), FakeEngine()) as page:
        with pytest.raises(PageError, match="end-to-end encrypted") as raised:
            await page.link("kitchen")
    assert raised.value.code == "page-not-encrypted"


async def test_a_program_without_a_page_says_so() -> None:
    """A script around an engine of its own."""
    with pytest.raises(PageError, match="serves no join page"):
        await NoPage().link("kitchen")


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET / HTTP/1.1\r\nhost: ",
        b"\x16\x03\x01\x02\x00",
        b"POST /api/join HTTP/1.1\r\ncontent-length: x\r\n\r\n",
        b"GET /rtc HTTP/1.1\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: \x9e3\r\n\r\n",
    ],
    ids=["nothing", "half a head", "TLS", "no length", "a header that is no text"],
)
async def test_who_speaks_no_http_is_hung_up_on_in_silence(
    sent: bytes, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """A connection is held for ten seconds at most; stdout belongs to MCP, and the log is not a stranger's."""
    monkeypatch.setattr(http_server, "HEAD_SECONDS", 0.05)
    caplog.set_level("WARNING")
    async with join_page(load(_env_file=None), FakeEngine()) as page:
        found = await answered(*place(await page.link("kitchen")), sent)
    assert found == b"" or found.startswith(b"HTTP/1.1 400")
    assert caplog.records == []
    assert capfd.readouterr() == ("", "")


async def test_no_token_in_an_address_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """LiveKit's clients send theirs in the query; at no level does uvicorn or websockets write one down."""
    caplog.set_level("DEBUG")
    async with join_page(load(_env_file=None), FakeEngine(url="ws://127.0.0.1:1")) as page:
        host, port = place(await page.link("kitchen"))
        for path in ("/rtc/v1", "/rtc/validate", "/"):
            head = f"GET {path}?access_token=eyJsecret HTTP/1.1\r\nhost: {host}:{port}\r\nconnection: close\r\n"
            upgrade = "upgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\n"
            key = "sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
            await answered(host, port, f"{head}{upgrade}{key}".encode())
            await answered(host, port, f"{head}\r\n".encode())
    assert "eyJsecret" not in caplog.text


def test_nothing_of_the_page_is_loaded_before_there_is_a_link() -> None:
    """A host gets its list of tools as soon as without it."""
    code = (
        "import sys, mcp_voice.server.app\n"
        "print([name for name in sys.modules if name.startswith(('mcp_voice.page', 'websockets', 'segno', 'livekit'))])"
    )
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "[]\n"


async def test_no_request_outlives_the_page() -> None:
    """What it works with goes away after that."""
    engine = Slow()
    async with join_page(load(_env_file=None), engine) as page:
        link = await page.link("kitchen")
        host, port = place(link)
        body = b'{"code": "%s"}' % link.code.encode()
        names = host.encode(), port, host.encode(), port
        head = b"POST /api/join HTTP/1.1\r\nhost: %s:%d\r\norigin: http://%s:%d\r\n" % names
        asking = await anyio.connect_tcp(host, port)
        await asking.send(head + b"content-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
        with anyio.fail_after(LIMIT):
            await engine.asked.wait()
    assert engine.ended
    await asking.aclose()


class Slow(FakeEngine):
    """LiveKit does not answer."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = anyio.Event()
        self.ended = False

    async def rooms(self, only: str = "") -> Sequence[RoomInfo]:
        """Wait until it is given up."""
        self.asked.set()
        try:
            await anyio.sleep_forever()
        finally:
            self.ended = True
        return await super().rooms(only)
