"""Where MCP is served: an address, the names by which others reach this machine, and what clients call it."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

import psutil

from mcp_voice.errors import BadInput, BadSettings
from mcp_voice.process.loopback import is_loopback
from mcp_voice.settings import Settings

__all__ = ["PATH", "HttpAddress", "metrics_address", "own_names", "resource_of"]

PATH = "/mcp"


@dataclass(frozen=True, slots=True)
class HttpAddress:
    """Where MCP is served."""

    host: str = "127.0.0.1"
    port: int = 8765

    @classmethod
    def read(cls, text: str) -> HttpAddress:
        """From ``HOST:PORT``, ``HOST`` or ``:PORT``, with brackets around IPv6; raises BadInput."""
        try:
            parts = urlsplit(f"//{text}")
            port = parts.port
        except ValueError:
            parts, port = urlsplit(""), None
        plain = parts.netloc == text and not parts.path and "@" not in text
        if not plain or (not parts.hostname and port is None) or text.endswith(":"):
            raise BadInput(f"{text!r} is not an address to serve at.", fix="Write HOST:PORT, such as 127.0.0.1:8765.")
        if parts.port is None and (parts.hostname or "").isdigit():
            raise BadInput(f"{text!r} is a port without a colon.", fix=f"Write :{text}, or HOST:{text}.")
        default = cls()
        return cls(parts.hostname or default.host, default.port if port is None else port)

    @property
    def is_local(self) -> bool:
        """Whether only this machine reaches it."""
        return is_loopback(self.host)

    @property
    def is_any(self) -> bool:
        """Whether it stands for every address of this machine."""
        try:
            return ip_address(self.host).is_unspecified
        except ValueError:
            return False

    @property
    def shown(self) -> str:
        """A host by which others reach it."""
        return next(iter(own_names()), self.host) if self.is_any else self.host

    @property
    def url(self) -> str:
        """Of MCP there."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}{PATH}"


def resource_of(settings: Settings) -> str:
    """For which resource an authorization server makes tokens: MCP's URL as clients know it; empty without a server.

    Raises BadSettings.
    """
    if not settings.http_issuer:
        return ""
    if not settings.http_url:
        raise BadSettings(
            "MCP_VOICE_HTTP_ISSUER is set, but MCP_VOICE_HTTP_URL is not: a token must name this server.",
            fix="Set MCP_VOICE_HTTP_URL to the address that clients use; it is the audience of their tokens.",
        )
    return f"{settings.http_url}{PATH}"


def metrics_address(settings: Settings, mcp: HttpAddress) -> HttpAddress:
    """Where figures are served, beside MCP at this address; raises BadSettings."""
    try:
        found = HttpAddress.read(settings.http_metrics)
    except BadInput as error:
        raise BadSettings(f"MCP_VOICE_HTTP_METRICS: {error.what}", fix="Write HOST:PORT.") from None
    if found.port and found.port == mcp.port:
        raise BadSettings("MCP_VOICE_HTTP_METRICS needs its own port.", fix="Write HOST:PORT, with another port.")
    return found


def own_names() -> list[str]:
    """By which others reach this machine: its addresses on networks, and its name."""
    found = [each.address.partition("%")[0] for all_of in psutil.net_if_addrs().values() for each in all_of]
    addresses = [each for each in found if _is_of_network(each)]
    return [*sorted(addresses, key=lambda each: ":" in each), socket.gethostname()]


def _is_of_network(text: str) -> bool:
    try:
        found = ip_address(text)
    except ValueError:
        return False  # of a network card
    return not found.is_loopback and not found.is_link_local
