"""Where the page is listened for: on the loopback, and at one more address of this machine where that is asked for."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from mcp_voice.errors import PageError
from mcp_voice.settings import Settings

__all__ = ["HOST", "Listening", "is_assigned", "listening", "network_address", "open_socket"]

log = logging.getLogger(__name__)

HOST = "127.0.0.1"
TRIES = 20
ELSEWHERE = ("203.0.113.1", 9)
"""RFC 5737: nobody's."""


@dataclass(frozen=True)
class Listening:
    """One socket, and how it is reached."""

    socket: socket.socket
    url: str
    certificate: Path | None = None
    """With its key, of what is https."""
    key: Path | None = None
    is_local: bool = False
    """Whether only this machine reaches it."""


@contextmanager
def listening(settings: Settings) -> Iterator[list[Listening]]:
    """The loopback first, then the address of ``MCP_VOICE_PAGE_HOST``, both at one port. Raises PageError.

    An address that the machine does not have today, in another network, leaves the loopback.
    The loopback has no TLS: a browser of this machine takes it for secure as it is.
    """
    host = "" if settings.page_host == HOST else settings.page_host
    if host and not is_assigned(host):
        log.warning("the join page is served on this machine only: it has no address %s (MCP_VOICE_PAGE_HOST)", host)
        host = ""
    opened = _opened(host, settings.page_port)
    try:
        port = opened[0].getsockname()[1]
        found = [Listening(opened[0], f"http://{HOST}:{port}", is_local=True)]
        if host:
            scheme = "https" if settings.page_certificate else "http"
            shown = f"[{host}]" if ":" in host else host
            url = f"{scheme}://{shown}:{port}"
            found.append(Listening(opened[1], url, settings.page_certificate, settings.page_key))
        yield found
    finally:
        for each in opened:
            each.close()


def is_assigned(host: str) -> bool:
    """Whether this machine has that address now."""
    try:
        with socket.socket(_family(host), socket.SOCK_DGRAM) as probe:
            probe.bind((host, 0))
    except OSError:
        return False
    return True


def network_address() -> str:
    """This machine's address on its network, for ``MCP_VOICE_PAGE_HOST``; raises PageError where it has none.

    It is the one from which packets to the world would be sent; none is.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(ELSEWHERE)
        except OSError:
            found = ""
        else:
            found = str(probe.getsockname()[0])
    if not found or ip_address(found).is_loopback or ip_address(found).is_unspecified:
        raise PageError(
            "This machine is not on a network, so no phone can reach it.",
            fix="Connect to one, or set MCP_VOICE_PAGE_HOST to an address that the phone can reach.",
            code="no-network",
        )
    return found


def _opened(host: str, port: int | None) -> list[socket.socket]:
    """Sockets at one port; a free one that is taken at the other address is passed over."""
    tries = TRIES if host and not port else 1
    while True:
        tries -= 1
        local = _bound(HOST, port or 0)
        try:
            return [local, _bound(host, local.getsockname()[1])] if host else [local]
        except PageError:
            local.close()
            if not tries:
                raise


def _bound(host: str, port: int) -> socket.socket:
    try:
        return open_socket(host, port)
    except OSError as error:
        raise PageError(
            f"The join page cannot be served on port {port} of {host} ({error.strerror}).",
            fix="Set MCP_VOICE_PAGE_PORT to another port, or unset it for a free one"
            + (", and MCP_VOICE_PAGE_HOST to an address of this machine." if host != HOST else "."),
            code="page-port-taken",
        ) from error


def open_socket(host: str, port: int) -> socket.socket:
    """One that listens there, on a free port for 0; raises OSError."""
    opened = socket.create_server((host, port), family=_family(host))
    # asyncio does so for its own; else each answer waits 40 ms for the browser to confirm its headers.
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return opened


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
