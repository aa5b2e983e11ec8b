"""Whether a speech server is on this machine or in its network, and so, as a rule, the user's own."""

from __future__ import annotations

from contextlib import suppress
from ipaddress import ip_address
from socket import inet_aton, inet_ntoa

import httpx2

__all__ = ["is_nearby"]

OWN_NAMES = (".local", ".localhost", ".internal", ".lan", ".home.arpa")
"""Names that no public DNS has (RFC 6761, 6762, 8375 and ICANN's reserved ``internal``), and the usual ``lan``."""


def is_nearby(url: str) -> bool:
    """Whether the host is this machine, has a private address, or a name that only a network of one's own knows."""
    host = httpx2.URL(url).host.rstrip(".").lower()
    with suppress(OSError, UnicodeError):
        # Clients take "0x08080808" and "134744072" for addresses, too.
        host = inet_ntoa(inet_aton(host))
    try:
        return not ip_address(host).is_global
    except ValueError:
        return bool(host) and ("." not in host or host.endswith(OWN_NAMES))
