"""Whose the other end of a TCP connection on this machine is, where the kernel tells (Linux)."""

from __future__ import annotations

import socket
import struct
import sys
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

__all__ = ["PeerAddress", "can_tell", "is_owners"]

PeerAddress = tuple[str, int]
"""Host and port."""
TABLES = ("tcp", "tcp6")
FOLDER = Path("/proc/net")
LOCAL, REMOTE, STATE, USER = 1, 2, 3, 7
"""Columns of a table: proc_pid_net(5)."""
ESTABLISHED = "01"
"""Of one that has ended the kernel does not tell whose it was."""
WORD = 8
"""Digits of a word of 32 bits."""


def can_tell(folder: Path = FOLDER) -> bool:
    """Whether ``is_owners`` has anything to go by."""
    return sys.platform == "linux" and (folder / TABLES[0]).exists()


def is_owners(peer: PeerAddress, own: PeerAddress, *, user: int, folder: Path = FOLDER) -> bool:
    """Whether the connection from ``peer`` to ``own``, both on this machine, was made by a process of this user.

    It reads all connections there are, which takes milliseconds. No for one that is not among them.
    """
    ends = {(_written(*peer), _written(*own)), (_written(*peer, mapped=True), _written(*own, mapped=True))}
    found = (columns for columns in _rows(folder) if (columns[LOCAL], columns[REMOTE]) in ends)
    return any((columns[STATE], columns[USER]) == (ESTABLISHED, str(user)) for columns in found)


def _rows(folder: Path) -> Iterator[list[str]]:
    for table in TABLES:
        try:
            lines = (folder / table).read_text(encoding="ascii").splitlines()[1:]
        except (OSError, ValueError):
            continue
        yield from (columns for line in lines if len(columns := line.split()) > USER)


def _written(host: str, port: int, *, mapped: bool = False) -> str:
    """An address as the kernel writes it: in words of the machine's byte order; ``mapped`` into IPv6."""
    packed = ip_address(host).packed
    if mapped and len(packed) == len(socket.inet_aton("0.0.0.0")):  # noqa: S104  # a length
        packed = bytes(10) + b"\xff\xff" + packed
    words = struct.unpack(f"={len(packed) // 4}I", packed)
    return f"{''.join(f'{word:0{WORD}X}' for word in words)}:{port:04X}"
