"""MCP over streamable HTTP, for a team: one process, a token for each subject, nothing of one shown to another.

Stateless: no request needs another one before it, whatever protocol revision its client speaks.
"""

from __future__ import annotations

import gc
import logging
import math
import secrets
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

import anyio
from mcp.server.transport_security import TransportSecuritySettings
from starlette.types import ASGIApp

from mcp_voice.asks.figures import CallFigures
from mcp_voice.callers.subjects import Subjects, exposed_mode, subjects, with_printed_token
from mcp_voice.errors import BadSettings
from mcp_voice.logs.audit import audit_log
from mcp_voice.logs.setup import log_to_stderr
from mcp_voice.logs.start_line import start_log, tell_start
from mcp_voice.page.http_server import Bounds, serving
from mcp_voice.page.listening import Listening, open_socket
from mcp_voice.server.access_tokens import AccessTokens
from mcp_voice.server.address import PATH, HttpAddress, metrics_address, own_names, resource_of
from mcp_voice.server.app import VoiceServer, build
from mcp_voice.server.authenticating import Authenticating
from mcp_voice.server.issuer_keys import IssuerKeys
from mcp_voice.server.metrics_page import MetricsPage
from mcp_voice.server.open_calls import OpenCalls
from mcp_voice.server.own_hosts import OwnHosts
from mcp_voice.server.resource_metadata import metadata_url, pages
from mcp_voice.server.subject import SubjectVerifier
from mcp_voice.settings import Settings
from mcp_voice.tasks import owned_tasks

__all__ = ["serve_http", "served"]

LARGEST_BODY = 65_536
"""Bytes of a request; the longest arguments of a tool have a fraction of them."""
DRAIN_SECONDS = 1.6
"""For open calls to return what there is, once the process is told to end."""
LAST_SECONDS = 0.4
"""For those that have not to return that it ends."""
LEAST_SECONDS = 1.0
"""For so long `/health` says that the process drains, even where no call is open, and each answer closes its
connection: whoever has connections to us learns of it before they end."""
MOST_EACH = 100
"""Requests of one token at a time; each host that follows notifications has one open."""
BOUNDS = Bounds(connections=400, each=200, request_seconds=math.inf, keeps_answers=True)
"""Fewer than there are file descriptors; a call may wait for an hour, and a stream of notifications for ever."""
METRICS_BOUNDS = Bounds(connections=16, each=8, request_seconds=30.0)
METRICS_PATH = "/metrics"


@dataclass(frozen=True, slots=True)
class Served:
    """MCP that is being served."""

    url: str
    token: str
    """The one that opens it where none is set, else nothing."""
    calls: OpenCalls
    server: VoiceServer

    async def drain(self) -> None:
        """Take no more calls, and let the open ones return."""
        begun = anyio.current_time()
        self.calls.is_draining = True
        self.server.end_calls()
        with anyio.move_on_after(DRAIN_SECONDS):
            await self.calls.finished()
        self.server.breaking_off.come()
        with anyio.move_on_after(LAST_SECONDS):
            await self.calls.finished()
        await anyio.sleep_until(begun + LEAST_SECONDS)


async def serve_http(settings: Settings, address: HttpAddress) -> None:
    """Serve until SIGTERM or SIGINT; then open calls return what there is.

    Raises BadSettings where others than this machine could call and nobody has a token, and for tokens that are none.
    """
    log_to_stderr(settings)
    for each in (audit_log, start_log):
        each.setLevel(logging.INFO)
    async with served(settings, address) as running:
        # What is loaded is never looked through again: its 117,000 objects held the loop for 70 ms each time.
        gc.collect()
        gc.freeze()
        names = ["anyone with the printed token"] if running.token else [each.name for each in subjects(settings)]
        tell_start(settings, f"MCP over HTTP at {running.url}", subjects=names)
        if mode := exposed_mode(settings.http_tokens_file):
            start_log.warning(
                "MCP_VOICE_HTTP_TOKENS_FILE can be read by every user of this machine (mode %s): let only the server's "
                "user read it (chmod 600), or write the sha256 of each token in place of it",
                mode,
            )
        if running.token:
            # Once, and to whoever started it alone: no log has it.
            print(f"Authorization: Bearer {running.token}", file=sys.stderr)  # noqa: T201
        print(f"MCP is served at {running.url}", file=sys.stderr)  # noqa: T201
        if settings.store.get_secret_value():
            # What others have left there is to be carried out, though nobody calls this process.
            running.server.begin_loading()
        with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
            async for _ in signals:
                break
        await running.drain()


@asynccontextmanager
async def served(settings: Settings, address: HttpAddress) -> AsyncIterator[Served]:
    """Serve until the block ends; raises BadSettings."""
    resource = resource_of(settings)
    known = _known(settings, address)
    token = "" if list(known) or resource else secrets.token_urlsafe(32)
    figures = CallFigures()
    server = build(settings, figures=figures)
    security = _security(settings, address)
    app = server.streamable_http_app(
        streamable_http_path=PATH,
        stateless_http=True,
        max_request_body_size=LARGEST_BODY,
        transport_security=security,
    )
    keys = IssuerKeys(settings.http_issuer, jwks_url=settings.http_jwks_url)
    audience = settings.http_audience or resource
    tokens = AccessTokens(issuer=settings.http_issuer, audience=audience, keys=keys) if resource else None
    verifier = SubjectVerifier(with_printed_token(token) if token else known, tokens)
    known_only = Authenticating(app, verifier, figures, metadata_url=metadata_url(resource) if resource else "")
    metrics = MetricsPage(figures)
    calls = OpenCalls(
        OwnHosts(known_only, security.allowed_hosts, figures),
        largest_body=LARGEST_BODY,
        most_each=MOST_EACH,
        figures=figures,
        pages=dict(_pages(settings, address, resource, metrics)),
    )
    metrics.watch(calls, server)
    with _listening(address) as listener:
        url = HttpAddress(address.shown, listener.getsockname()[1]).url
        place = Listening(listener, url, is_local=address.is_local)
        async with (
            app.router.lifespan_context(app),
            _metrics_served(settings, metrics, address),
            owned_tasks() as tasks,
        ):
            tasks.start_soon(keys.keep_fresh)
            async with serving(calls, place, bounds=_bounds(settings)):
                yield Served(url, token, calls, server)
            # Not before: it would cut off the requests that are answered last.
            tasks.cancel_scope.cancel()


def _bounds(settings: Settings) -> Bounds:
    """Behind a proxy all connections come from one address."""
    return replace(BOUNDS, each=BOUNDS.connections) if settings.http_url else BOUNDS


@contextmanager
def _listening(
    address: HttpAddress, fix: str = "Name another with `mcp-voice serve --http HOST:PORT`."
) -> Iterator[socket.socket]:
    """A socket there; raises BadSettings."""
    try:
        opened = open_socket(address.host, address.port)
    except OSError as error:
        raise BadSettings(
            f"Cannot listen at {address.host}:{address.port} ({error.strerror or error}).", fix=fix
        ) from None
    with opened:
        yield opened


@asynccontextmanager
async def _metrics_served(settings: Settings, metrics: MetricsPage, mcp: HttpAddress) -> AsyncIterator[None]:
    """CallFigures at an address of their own, where one is set: a network in which Prometheus is, and no client."""
    async with AsyncExitStack() as stack:
        if settings.http_metrics:
            address = metrics_address(settings, mcp)
            listener = stack.enter_context(_listening(address, "Set MCP_VOICE_HTTP_METRICS to another HOST:PORT."))
            place = Listening(listener, address.url, is_local=address.is_local)
            await stack.enter_async_context(serving(metrics.alone(METRICS_PATH), place, bounds=METRICS_BOUNDS))
        yield


def _pages(
    settings: Settings, address: HttpAddress, resource: str, metrics: MetricsPage
) -> Iterator[tuple[str, ASGIApp]]:
    """What everybody who reaches us may read."""
    if resource:
        yield from pages(resource, settings.http_issuer)
    # Behind a proxy whoever reaches that one would read them.
    if address.is_local and not settings.http_url and not settings.http_metrics:
        yield METRICS_PATH, metrics.of_this_machine


def _known(settings: Settings, address: HttpAddress) -> Subjects:
    """All who may call; on the loopback alone nobody need be known: whoever can read our stderr may."""
    known = subjects(settings)
    if not list(known) and not address.is_local and not settings.http_issuer:
        raise BadSettings(
            f"Without tokens, anybody who can reach {address.host} could speak in your rooms.",
            fix="Set MCP_VOICE_HTTP_TOKENS, MCP_VOICE_HTTP_TOKENS_FILE or MCP_VOICE_HTTP_ISSUER, or serve on "
            "127.0.0.1.",
        )
    return known


def _security(settings: Settings, address: HttpAddress) -> TransportSecuritySettings:
    """Which Host and Origin are ours, always said: pages of others must not reach us through somebody's browser."""
    names = ["127.0.0.1", "localhost", "::1", address.host, *(own_names() if address.is_any else [])]
    bracketed = [f"[{name}]" if ":" in name else name for name in names]
    # Without a port where it is the scheme's own.
    hosts = [*bracketed, *(f"{name}:*" for name in bracketed)]
    url = urlsplit(settings.http_url)
    if url.netloc:
        hosts += [url.netloc, f"{url.hostname}:*"]
    origins = [f"{url.scheme}://{url.netloc}"] if url.netloc else []
    if address.is_local:
        # Pages of this machine, such as MCP Inspector's: they need a token like everybody, and none is in a cookie.
        origins += ["http://127.0.0.1:*", "http://localhost:*", "http://[::1]:*"]
    return TransportSecuritySettings(allowed_hosts=hosts, allowed_origins=origins)
