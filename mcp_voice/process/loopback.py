"""Which hosts and addresses are this machine's own."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

__all__ = ["is_loopback", "is_on_loopback"]


def is_loopback(host: str) -> bool:
    """Whether a host's name or address is this machine."""
    try:
        return host == "localhost" or ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def is_on_loopback(url: str) -> bool:
    """Whether only this machine reaches a URL's host."""
    return is_loopback(urlsplit(url).hostname or "")
