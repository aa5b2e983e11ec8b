"""Where the page is listened for: on the loopback, and at one more address of this machine where that is asked for."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mcp_voice.errors import PageError
from mcp_voice.page.origins import is_loopback
from mcp_voice.settings import Settings

__all__ = ["HOST", "Listening", "listening"]

HOST = "127.0.0.1"
TRIES = 20


@dataclass(frozen=True)
class Listening:
    """One socket, and how it is reached."""

    socket: socket.socket
    url: str
    certificate: Path | None = None
    """With its key, of what is https."""
    key: Path | None = None


@contextmanager
def listening(settings: Settings) -> Iterator[list[Listening]]:
    """The loopback first, then the address of ``MCP_VOICE_PAGE_HOST``, both at one port. Raises PageError.

    The loopback has no TLS: a browser of this machine takes it for secure as it is.
    """
    host = "" if is_loopback(settings.page_host) else settings.page_host
    opened = _opened(host, settings.page_port)
    try:
        port = opened[0].getsockname()[1]
        found = [Listening(opened[0], f"http://{HOST}:{port}")]
        if host:
            scheme = "https" if settings.page_certificate else "http"
            shown = f"[{host}]" if ":" in host else host
            url = f"{scheme}://{shown}:{port}"
            found.append(Listening(opened[1], url, settings.page_certificate, settings.page_key))
        yield found
    finally:
        for each in opened:
            each.close()


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
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise PageError(
            f"The join page cannot be served on port {port} of {host} ({error.strerror}).",
            fix="Set MCP_VOICE_PAGE_PORT to another port, or unset it for a free one"
            + (", and MCP_VOICE_PAGE_HOST to an address of this machine." if host != HOST else "."),
            code="page-port-taken",
        ) from error
