"""MCP over streamable HTTP, for a team: one process, a token for each subject, nothing of one shown to another.

Stateless: no request needs another one before it, whatever protocol revision its client speaks.
"""

from __future__ import annotations

import logging
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
import uvicorn
from mcp.server.transport_security import TransportSecuritySettings

from mcp_voice.errors import BadInput, BadSettings
from mcp_voice.logs import log_to_stderr
from mcp_voice.loopback import is_loopback
from mcp_voice.server.accounts import audit_log
from mcp_voice.server.app import VoiceServer, build
from mcp_voice.server.open_calls import OpenCalls
from mcp_voice.server.subject import SubjectVerifier
from mcp_voice.settings import Settings
from mcp_voice.subjects import Subjects, subjects, with_printed_token

__all__ = ["HttpAddress", "serve_http"]

PATH = "/mcp"
LARGEST_BODY = 262_144
"""Bytes of a request; the longest arguments of a tool have a fraction of them."""
DRAIN_SECONDS = 2.0
"""For open calls to return what there is, once the process is told to end."""
CLOSE_SECONDS = 3
"""For connections that are open all the same."""
MOST_CONNECTIONS = 1_000
KEEP_ALIVE_SECONDS = 30


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

    def at(self, port: int) -> str:
        """The URL for clients on this machine, at the port that was found to be free."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{port}{PATH}"


async def serve_http(settings: Settings, address: HttpAddress) -> None:
    """Serve until SIGTERM or SIGINT; then open calls return what there is.

    Raises BadSettings where others than this machine could call and nobody has a token, and for tokens that are none.
    """
    log_to_stderr(settings)
    audit_log.setLevel(logging.INFO)
    callers = _callers(settings, address)
    server = build(settings, verifier=SubjectVerifier(callers))
    app = server.streamable_http_app(
        streamable_http_path=PATH,
        stateless_http=True,
        max_request_body_size=LARGEST_BODY,
        transport_security=_security(settings, address),
    )
    calls = OpenCalls(app)
    http = _Uvicorn(
        uvicorn.Config(
            calls,
            host=address.host,
            port=address.port,
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            limit_concurrency=MOST_CONNECTIONS,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=CLOSE_SECONDS,
        )
    )
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_end_on_signal, http, server, calls)
        try:
            await http.serve()
        except SystemExit:
            # uvicorn has logged why it cannot listen there.
            raise BadSettings(
                f"MCP cannot be served at {address.host}:{address.port}: it is taken, or no address of this machine.",
                fix="Name another with `mcp-voice serve --http HOST:PORT`.",
            ) from None
        finally:
            tasks.cancel_scope.cancel()


def _callers(settings: Settings, address: HttpAddress) -> Subjects:
    """All who may call; on the loopback alone whoever can read our stderr."""
    known = subjects(settings)
    if list(known):
        return known
    if not address.is_local:
        raise BadSettings(
            f"Everybody who reaches {address.host} could speak in your rooms: there are no tokens.",
            fix="Set MCP_VOICE_HTTP_TOKENS or MCP_VOICE_HTTP_TOKENS_FILE, or serve on 127.0.0.1.",
        )
    token = secrets.token_urlsafe(32)
    # Once, and to whoever started it alone: no log has it.
    print(f"Authorization: Bearer {token}", file=sys.stderr)  # noqa: T201
    return with_printed_token(token)


def _security(settings: Settings, address: HttpAddress) -> TransportSecuritySettings:
    """Which Host and Origin are ours, always said: pages of others must not reach us through somebody's browser."""
    hosts = ["127.0.0.1:*", "localhost:*", "[::1]:*"]
    if not address.is_local and not _is_any(address.host):
        hosts.append(f"{address.host}:*")
    url = urlsplit(settings.http_url)
    if url.netloc:
        hosts += [url.netloc, f"{url.hostname}:*"]
    origins = [f"{url.scheme}://{url.netloc}"] if url.netloc else []
    return TransportSecuritySettings(allowed_hosts=hosts, allowed_origins=origins)


def _is_any(host: str) -> bool:
    try:
        return ip_address(host).is_unspecified
    except ValueError:
        return not host


async def _end_on_signal(http: _Uvicorn, server: VoiceServer, calls: OpenCalls) -> None:
    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        async for _ in signals:
            calls.is_draining = True
            server.end_calls()
            with anyio.move_on_after(DRAIN_SECONDS):
                await calls.finished()
            http.should_exit = True


class _Uvicorn(uvicorn.Server):
    """Leaves the process's signals to us, and says where it listens."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Nothing."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen; then tell where."""
        await super().startup(sockets)
        for each in self.servers:
            for bound in each.sockets:
                host, port = bound.getsockname()[:2]
                print(f"MCP is served at {HttpAddress(host, port).at(port)}", file=sys.stderr)  # noqa: T201
