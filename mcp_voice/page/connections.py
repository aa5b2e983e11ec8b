"""The connections of one place where the page is served: only so many, and whoever comes gets in all the same."""

from __future__ import annotations

import ipaddress
from collections import Counter
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Protocol

import anyio

__all__ = ["Connection", "HeldConnections", "Use", "peer_of"]

NETWORK_BITS = 64
"""Of an IPv6 address: whoever has one has the whole network."""


class Use(IntEnum):
    """What a connection is used for; the lower, the sooner it is ended for another one."""

    WAITING = 0
    """The other side has to send or to read something."""
    ANSWERING = 1
    SOCKET = 2
    """A WebSocket is open: it is never ended for another connection."""


class Held(Protocol):
    """What speaks on a connection."""

    @property
    def use(self) -> Use:
        """What for, now."""

    def shutdown(self) -> None:
        """Bring what goes on to an end."""

    def abort(self) -> None:
        """Hang up."""


@dataclass(eq=False, slots=True)
class Connection:
    """One connection, from when it is accepted until it is lost."""

    peer: str
    scope: anyio.CancelScope = field(default_factory=anyio.CancelScope)
    """Cancelled to end it."""
    lost: anyio.Event = field(default_factory=anyio.Event)
    held: Held | None = None
    """None before it can be spoken on: TLS is agreed on first."""

    @property
    def use(self) -> Use:
        """What it is used for, now."""
        return self.held.use if self.held is not None else Use.WAITING


@dataclass(eq=False, slots=True)
class HeldConnections:
    """Those of one place."""

    most: int
    most_each: int
    """Of one peer."""
    keeps_answers: bool = False
    """Whether what is being answered is never ended for another one either."""
    all: dict[Connection, None] = field(default_factory=dict)
    """The oldest first."""

    def make_room(self, peer: str) -> Connection | None:
        """The connection to be ended before one more of this peer's is held; None where none need be, or none may be.

        It is the oldest that waits, of the peer itself if it has its share, else of whoever has most.
        """
        shares = Counter(each.peer for each in self.all)
        if shares[peer] >= self.most_each:
            found = [each for each in self.all if each.peer == peer]
        elif len(self.all) >= self.most:
            found = list(self.all)
        else:
            return None
        least = Use.ANSWERING if self.keeps_answers else Use.SOCKET
        found = [each for each in found if each.use < least]
        return min(found, key=lambda each: (-shares[each.peer], each.use), default=None)

    def has_room(self, peer: str) -> bool:
        """Whether one more of this peer's may be held."""
        return len(self.all) < self.most and sum(each.peer == peer for each in self.all) < self.most_each


def peer_of(address: object) -> str:
    """Whose a socket's address is, as far as shares go."""
    host = str(address[0]) if isinstance(address, tuple) and address else ""
    try:
        found = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((found, NETWORK_BITS), strict=False))
    return str(found)
