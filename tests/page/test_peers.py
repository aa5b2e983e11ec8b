"""Whose a connection of this machine is, as the kernel has it."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest

from mcp_voice.page.peers import can_tell, is_owners

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="The tables are Linux's.")

HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
ROW = "   0: {local} {remote} 01 00000000:00000000 00:00000000 00000000  {user}        0 4711 1 0\n"
LITTLE = sys.byteorder == "little"
LOOPBACK = "0100007F" if LITTLE else "7F000001"
MAPPED = f"{'0000000000000000FFFF0000' if LITTLE else '00000000000000000000FFFF'}{LOOPBACK}"
PEER, OWN = ("127.0.0.1", 50_000), ("127.0.0.1", 8_080)


def test_a_connection_of_ours_is_ours() -> None:
    """As the kernel tells it now."""
    assert can_tell()
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as client,
        server.accept()[0] as accepted,
    ):
        peer, own = accepted.getpeername(), accepted.getsockname()
        assert client.getsockname() == peer
        assert is_owners(peer, own, user=os.getuid())
        assert not is_owners(peer, own, user=os.getuid() + 1)
        assert not is_owners(("127.0.0.1", 0), own, user=os.getuid())


@pytest.mark.parametrize(
    ("table", "host"), [("tcp", LOOPBACK), ("tcp6", MAPPED)], ids=["IPv4", "IPv4 by a socket of IPv6"]
)
def test_another_users_connection_is_not_ours(table: str, host: str, tmp_path: Path) -> None:
    """And the other end of it, which is our own, does not count."""
    theirs = ROW.format(local=f"{host}:{PEER[1]:04X}", remote=f"{host}:{OWN[1]:04X}", user=1001)
    ours = ROW.format(local=f"{host}:{OWN[1]:04X}", remote=f"{host}:{PEER[1]:04X}", user=1000)
    (tmp_path / table).write_text(HEAD + theirs + ours)
    assert is_owners(PEER, OWN, user=1001, folder=tmp_path)
    assert not is_owners(PEER, OWN, user=1000, folder=tmp_path)


@pytest.mark.parametrize("state", ["06", "08", "0A"], ids=["waiting", "closing", "listening"])
def test_a_connection_that_has_ended_is_nobodys(state: str, tmp_path: Path) -> None:
    """Some are told as root's by then, whoever made them."""
    row = ROW.format(local=f"{LOOPBACK}:{PEER[1]:04X}", remote=f"{LOOPBACK}:{OWN[1]:04X}", user=0)
    (tmp_path / "tcp").write_text(HEAD + row.replace(" 01 ", f" {state} ", 1))
    assert not is_owners(PEER, OWN, user=0, folder=tmp_path)


@pytest.mark.parametrize("text", ["", HEAD, HEAD + "   0: nonsense\n", "\xff"], ids=repr)
def test_a_table_that_tells_nothing_is_nobodys(text: str, tmp_path: Path) -> None:
    """What cannot be read lets nobody in."""
    (tmp_path / "tcp").write_text(text, encoding="latin-1")
    assert not is_owners(PEER, OWN, user=0, folder=tmp_path)
