"""However many connections there are, and whatever they do: they are few, they end, and whoever comes gets in."""

from __future__ import annotations

import asyncio
import errno
import socket
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import anyio
import pytest
from anyio.abc import SocketStream

from mcp_voice.page import accepting, http_server, signalling
from mcp_voice.page.connections import Connection, HeldConnections, Use, peer_of
from mcp_voice.page.origins import Origins
from mcp_voice.page.serving import join_page
from mcp_voice.page.signalling import Signalling
from mcp_voice.settings import load
from testkit.fake_link import FakeEngine
from tests.page.test_serving import LIMIT, answered, place

pytestmark = pytest.mark.anyio

ONCE = b"GET / HTTP/1.1\r\nhost: 127.0.0.1:%d\r\nconnection: close\r\n\r\n"


@dataclass
class Spoken:
    """What speaks on a connection, in a state that the test sets."""

    use: Use = Use.WAITING

    def shutdown(self) -> None:
        """Nothing."""

    def abort(self) -> None:
        """Nothing."""


def held(connections: HeldConnections, peer: str, use: Use = Use.WAITING) -> Connection:
    """One more connection."""
    made = Connection(peer, held=Spoken(use))
    connections.all[made] = None
    return made


async def is_ended(connection: SocketStream) -> bool:
    """Whether the page ends it; what it says first is read."""
    with anyio.move_on_after(LIMIT):
        try:
            while True:
                await connection.receive()
        except (anyio.EndOfStream, anyio.BrokenResourceError):
            return True
    return False


async def test_a_flood_of_silent_connections_ends_itself_and_whoever_comes_is_answered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The oldest goes for each that comes; descriptors are taken for so many only."""
    monkeypatch.setattr(http_server, "MOST_CONNECTIONS", 4)
    async with join_page(load(_env_file=None), FakeEngine()) as page:
        host, port = place(await page.link("kitchen"))
        silent = [await anyio.connect_tcp(host, port) for _ in range(20)]
        assert (await answered(host, port, ONCE % port)).startswith(b"HTTP/1.1 200 ")
        for connection in silent[:17]:
            assert await is_ended(connection)
        for connection in silent:
            await connection.aclose()


@pytest.mark.parametrize(
    ("sent", "then"),
    [
        (b"GET / HTTP/1.1\r\nhost: x\r\nx-slow: ", b"a"),
        (b"GET / HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\n", b"a"),
        (b"POST /api/join HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\n", b"a"),
        (b"POST /api/join HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
    ],
    ids=["a head", "a body that nobody wants", "a body", "chunks"],
)
async def test_bytes_that_trickle_hold_no_connection(sent: bytes, then: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """A request has its time as a whole."""
    for name in ("HEAD_SECONDS", "REQUEST_SECONDS"):
        monkeypatch.setattr(http_server, name, 0.2)
    async with join_page(load(_env_file=None), FakeEngine()) as page:
        host, port = place(await page.link("kitchen"))
        with anyio.fail_after(LIMIT):
            async with await anyio.connect_tcp(host, port) as connection:
                await connection.send(sent)
                with suppress(anyio.BrokenResourceError):
                    while True:
                        await connection.send(then)
                        await anyio.sleep(0.01)


async def test_whoever_does_not_read_the_answer_is_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its bytes would wait for ever."""
    monkeypatch.setattr(http_server, "REQUEST_SECONDS", 0.2)
    async with join_page(load(_env_file=None), FakeEngine()) as page:
        host, port = place(await page.link("kitchen"))
        asked = b"GET /static/livekit-client.umd.js HTTP/1.1\r\nhost: 127.0.0.1:%d\r\n\r\n" % port
        slow = socket.socket()
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2_048)
        slow.connect((host, port))
        slow.sendall(asked * 20)
        await anyio.sleep(0.5)
        slow.settimeout(LIMIT)
        found = await anyio.to_thread.run_sync(_read, slow)
        slow.close()
    assert 0 < found < 20 * 500_000


def _read(slow: socket.socket) -> int:
    found = 0
    try:
        while part := slow.recv(65_536):
            found += len(part)
    except OSError:
        pass
    return found


async def test_a_slow_reader_that_reads_gets_the_whole_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time of an idle connection does not cut what is still on its way."""
    monkeypatch.setattr(http_server, "HEAD_SECONDS", 0.2)
    async with join_page(load(_env_file=None), FakeEngine()) as page:
        host, port = place(await page.link("kitchen"))
        asked = b"GET /static/livekit-client.umd.js HTTP/1.1\r\nhost: 127.0.0.1:%d\r\n" % port
        slow = socket.socket()
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2_048)
        slow.connect((host, port))
        slow.sendall(asked + b"connection: close\r\n\r\n")
        await anyio.sleep(0.5)
        slow.settimeout(LIMIT)
        found = await anyio.to_thread.run_sync(_read, slow)
        slow.close()
    assert found > 500_000


async def test_a_shortage_of_descriptors_pauses_the_page_and_is_logged_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The server of asyncio logs thousands of lines in a second."""
    loop: Any = asyncio.get_running_loop()
    accept, failures = loop.sock_accept, 0

    async def short(listener: socket.socket) -> Any:
        nonlocal failures
        if failures < 20:
            failures += 1
            raise OSError(errno.EMFILE, "Too many open files")
        return await accept(listener)

    monkeypatch.setattr(loop, "sock_accept", short, raising=False)
    monkeypatch.setattr(accepting, "SHORT_SECONDS", 0.01)
    async with join_page(load(_env_file=None), FakeEngine()) as page:
        host, port = place(await page.link("kitchen"))
        assert (await answered(host, port, ONCE % port)).startswith(b"HTTP/1.1 200 ")
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == [
        "nobody is let in over HTTP for now: Too many open files"
    ]


async def test_who_has_most_connections_makes_room_and_an_open_websocket_never_does() -> None:
    """A device that comes with its first one is not shut out by the flood of another; nor is one that works."""
    connections = HeldConnections(most=4, most_each=3)
    assert connections.make_room("ann") is None
    ann = held(connections, "ann")
    socket_of_eve = held(connections, "eve", Use.SOCKET)
    busy = held(connections, "eve", Use.ANSWERING)
    waits = held(connections, "eve")
    assert connections.make_room("bob") is waits, "who has most, and of hers what waits"
    assert connections.make_room("eve") is waits, "her share is used up"
    del connections.all[waits]
    assert connections.make_room("bob") is None
    for each in (ann, busy):
        del connections.all[each]
    for peer in ("eve", "eve", "bob"):
        held(connections, peer, Use.SOCKET)
    assert connections.make_room("ann") is None
    assert not connections.has_room("ann")
    assert socket_of_eve in connections.all


async def test_where_answers_are_kept_nobody_who_is_being_answered_makes_room() -> None:
    """A call that waits for a person's reply is no place for another one."""
    connections = HeldConnections(most=2, most_each=2, keeps_answers=True)
    for _ in range(2):
        held(connections, "proxy", Use.ANSWERING)
    assert connections.make_room("proxy") is None
    assert connections.make_room("bob") is None
    assert not connections.has_room("bob")
    connections.all.popitem()
    waits = held(connections, "proxy")
    assert connections.make_room("bob") is waits


@pytest.mark.parametrize(
    ("address", "peer"),
    [
        (("192.0.2.7", 5000), "192.0.2.7"),
        (("2001:db8:1:2:3::4", 5000, 0, 0), "2001:db8:1:2::/64"),
        (("fe80::1%eth0", 5000, 0, 2), "fe80::/64"),
        ("", ""),
    ],
)
def test_a_device_has_one_share_whatever_address_of_its_network_it_takes(address: object, peer: str) -> None:
    """An IPv6 network has more addresses than there are connections."""
    assert peer_of(address) == peer


async def test_websockets_are_bounded_for_each_device_and_those_of_the_network_leave_the_loopback_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """There a proxy's people have one address."""
    monkeypatch.setattr(signalling, "MOST_SOCKETS", 3)
    monkeypatch.setattr(signalling, "MOST_EACH", 2)

    async def nowhere() -> str:
        return ""

    carried = Signalling(nowhere, Origins.of([]))
    carried._open.update({"192.0.2.7": 2})
    assert not carried._has_room("192.0.2.7")
    assert carried._has_room("192.0.2.8")
    carried._open.update({"192.0.2.8": 1})
    assert not carried._has_room("192.0.2.9")
    carried._open.update({"127.0.0.1": 2})
    assert carried._has_room("127.0.0.1")
    carried._open.update({"127.0.0.1": 1})
    assert not carried._has_room("127.0.0.1")
