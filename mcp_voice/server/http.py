"""MCP over streamable HTTP, for a team: one process, a token for each subject, nothing of one shown to another.

Stateless: no request needs another one before it, whatever protocol revision its client speaks.
"""

from __future__ import annotations

import logging
import math
import secrets
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

import anyio
import psutil
from mcp.server.transport_security import TransportSecuritySettings

from mcp_voice.errors import BadInput, BadSettings
from mcp_voice.logs import log_to_stderr
from mcp_voice.loopback import is_loopback
from mcp_voice.page.http_server import Bounds, serving
from mcp_voice.page.listening import Listening, open_socket
from mcp_voice.server.accounts import audit_log
from mcp_voice.server.app import build
from mcp_voice.server.open_calls import OpenCalls
from mcp_voice.server.subject import SubjectVerifier
from mcp_voice.settings import Settings
from mcp_voice.subjects import Subjects, subjects, with_printed_token

__all__ = ["HttpAddress", "serve_http"]

PATH = "/mcp"
LARGEST_BODY = 65_536
"""Bytes of a request; the longest arguments of a tool have a fraction of them."""
DRAIN_SECONDS = 2.0
"""For open calls to return what there is, once the process is told to end."""
MOST_EACH = 100
"""Requests of one token at a time; each host that follows notifications has one open."""
BOUNDS = Bounds(connections=400, each=200, request_seconds=math.inf)
"""Fewer than there are file descriptors; a call may wait for an hour, and a stream of notifications for ever."""


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
            raise BadInput(f"{text!r} is no address to serve at.", fix="Write HOST:PORT, such as 127.0.0.1:8765.")
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


async def serve_http(settings: Settings, address: HttpAddress) -> None:
    """Serve until SIGTERM or SIGINT; then open calls return what there is.

    Raises BadSettings where others than this machine could call and nobody has a token, and for tokens that are none.
    """
    log_to_stderr(settings)
    audit_log.setLevel(logging.INFO)
    known = _known(settings, address)
    token = "" if list(known) else secrets.token_urlsafe(32)
    server = build(settings, verifier=SubjectVerifier(with_printed_token(token) if token else known))
    app = server.streamable_http_app(
        streamable_http_path=PATH,
        stateless_http=True,
        max_request_body_size=LARGEST_BODY,
        transport_security=_security(settings, address),
    )
    calls = OpenCalls(app, largest_body=LARGEST_BODY, most_each=MOST_EACH)
    with _listening(address) as listener:
        url = HttpAddress(address.shown, listener.getsockname()[1]).url
        place = Listening(listener, url, is_local=address.is_local)
        async with app.router.lifespan_context(app), serving(calls, place, bounds=BOUNDS):
            if token:
                # Once, and to whoever started it alone: no log has it.
                print(f"Authorization: Bearer {token}", file=sys.stderr)  # noqa: T201
            print(f"MCP is served at {url}", file=sys.stderr)  # noqa: T201
            await _told_to_end()
            calls.is_draining = True
            server.end_calls()
            with anyio.move_on_after(DRAIN_SECONDS):
                await calls.finished()


async def _told_to_end() -> None:
    """Wait for SIGTERM or SIGINT."""
    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        async for _ in signals:
            return


@contextmanager
def _listening(address: HttpAddress) -> Iterator[socket.socket]:
    """A socket there; raises BadSettings."""
    try:
        opened = open_socket(address.host, address.port)
    except OSError as error:
        raise BadSettings(
            f"MCP cannot be served at {address.url} ({error.strerror or error}).",
            fix="Name another address or port with `mcp-voice serve --http HOST:PORT`.",
        ) from None
    with opened:
        yield opened


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


def _known(settings: Settings, address: HttpAddress) -> Subjects:
    """All who may call; on the loopback alone nobody need be known: whoever can read our stderr may."""
    known = subjects(settings)
    if not list(known) and not address.is_local:
        raise BadSettings(
            f"Everybody who reaches {address.host} could speak in your rooms: there are no tokens.",
            fix="Set MCP_VOICE_HTTP_TOKENS or MCP_VOICE_HTTP_TOKENS_FILE, or serve on 127.0.0.1.",
        )
    return known


def _security(settings: Settings, address: HttpAddress) -> TransportSecuritySettings:
    """Which Host and Origin are ours, always said: pages of others must not reach us through somebody's browser."""
    names = ["127.0.0.1", "localhost", "::1", address.host, *(own_names() if address.is_any else [])]
    hosts = [f"[{name}]:*" if ":" in name else f"{name}:*" for name in names]
    url = urlsplit(settings.http_url)
    if url.netloc:
        hosts += [url.netloc, f"{url.hostname}:*"]
    origins = [f"{url.scheme}://{url.netloc}"] if url.netloc else []
    return TransportSecuritySettings(allowed_hosts=hosts, allowed_origins=origins)
