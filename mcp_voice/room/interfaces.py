"""Whether this machine has a network interface from which LiveKit's library can reach a server on the loopback.

libwebrtc gathers on no loopback interface, whatever its configuration. With the loopback alone it opens no socket, for
UDP, TCP or TURN (traced, livekit 1.1.21), and joining fails after three tries of 15 s. One more interface with an IPv4
address is enough, without any route.
"""

from __future__ import annotations

from ipaddress import ip_address
from socket import AF_INET

import psutil

from mcp_voice.errors import LiveKitError
from mcp_voice.process.loopback import is_on_loopback

__all__ = ["check_network"]


def check_network(url: str) -> None:
    """Raise LiveKitError if the server is on the loopback and there is no other interface; takes 0.2 ms."""
    if is_on_loopback(url) and not _others():
        raise LiveKitError(
            "This machine has no network but loopback, and LiveKit clients cannot connect over that alone.",
            fix="Connect to any network, even one without internet, or add an interface with an address "
            "(docs/troubleshooting.md), then try again.",
            code="no-network",
        )


def _others() -> list[str]:
    """The interfaces that are up and have an IPv4 address of another network than the loopback's."""
    running = {name for name, each in psutil.net_if_stats().items() if each.isup}
    return [
        name
        for name, addresses in psutil.net_if_addrs().items()
        for each in addresses
        if name in running and each.family == AF_INET and not ip_address(each.address).is_loopback
    ]
