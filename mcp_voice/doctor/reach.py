"""The way to the LiveKit server, step by step: started, found by name, connected to, answering, with the same clock.

Nothing of LiveKit's Python packages is imported here.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from socket import gaierror
from typing import Any

import aiohttp
import anyio

from mcp_voice.doctor.audit import missing
from mcp_voice.doctor.problem import Problem, told
from mcp_voice.doctor.steps import Found, Step
from mcp_voice.doctor.visit import ENCRYPTED, Visit
from mcp_voice.embedded import embedded_server
from mcp_voice.errors import EmbeddedServerError

__all__ = ["REACH", "validate_url"]

BUILD_SECONDS = 4_400.0
"""More than the embedded server's own limits; it shows progress meanwhile."""
TOLERATED_SECONDS = 60.0
"""How far ahead our clock may be: livekit-server 1.13 takes a token from 50 s in the future, and none from 70 s."""
TOKEN_SECONDS = 3600.0
"""How long a token of ours is valid (``room.access.OUR_TOKEN_LIFETIME``)."""
NOTICED_SECONDS = 10.0
CERTIFICATE_ERRORS = (aiohttp.ClientConnectorCertificateError, ssl.SSLCertVerificationError)


async def embedded(visit: Visit) -> Found:
    """Start the embedded server, or join those who use it."""
    try:
        server = await visit.hold(embedded_server(visit.settings, progress=visit.tell))
    except EmbeddedServerError as error:
        raise told("embedded-server", error) from None
    visit.url, visit.api_key, visit.api_secret = server.url, server.api_key, server.api_secret
    return Found(f"{server.url} (no LIVEKIT_URL)")


async def address(visit: Visit) -> Found:
    """Find the host and connect to its port."""
    if visit.settings.livekit_url:
        if absent := missing(visit.settings):
            raise Problem("half-configured", missing=" and ".join(absent))
        visit.url = visit.settings.livekit_url
        visit.api_key = visit.settings.livekit_api_key
        visit.api_secret = visit.settings.livekit_api_secret.get_secret_value()
    host, port = visit.place
    try:
        async with await anyio.connect_tcp(host, port) as connection:
            found = connection.extra(anyio.abc.SocketAttribute.remote_address)  # noqa: S610  # anyio's, not Django's
    except gaierror:
        raise Problem("dns", host=host) from None
    except OSError as error:
        causes = list(_leaves(error))
        if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
            raise Problem("refused", host=host, port=port) from None
        raise Problem("unreachable", host=host, port=port, why=causes[0]) from None
    return Found(f"TCP to {host}:{port}" + (f" ({found[0]})" if found[0] != host else ""))


async def http(visit: Visit) -> Found:
    """Ask something that only a LiveKit server answers in this way: whether no token at all is valid."""
    scheme = visit.url.partition(":")[0]
    host, port = visit.place
    place: dict[str, Any] = {"host": host, "port": port}
    try:
        async with aiohttp.ClientSession() as client:
            begun = time.time()
            async with client.get(validate_url(visit.url), allow_redirects=False) as answer:
                ended = time.time()
                text = (await answer.content.read(200)).decode(errors="replace")
                status, date = answer.status, answer.headers.get("Date", "")
    except CERTIFICATE_ERRORS as error:
        raise Problem("certificate", host=host, why=_certificate_fault(error)) from None
    except (aiohttp.ClientConnectorSSLError, ssl.SSLError):
        raise Problem("tls-on-plain-port", scheme=scheme, **place) from None
    except aiohttp.ClientError as error:
        name = "plain-on-tls-port" if scheme not in ENCRYPTED and await _speaks_tls(*visit.place) else "broken-off"
        raise Problem(name, scheme=scheme, why=type(error).__name__, **place) from None
    if status == HTTPStatus.BAD_REQUEST and "HTTPS" in text:
        raise Problem("plain-on-tls-port", scheme=scheme, **place)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise Problem("server-trouble", answer=f"HTTP {status}")
    if status != HTTPStatus.UNAUTHORIZED:
        raise Problem("not-livekit", answer=f"HTTP {status}", **place)
    if date:
        # A date is cut off to the second below.
        visit.clock_ahead = (begun + ended) / 2 - _seconds(date) - 0.5
    return Found("like LiveKit" + ("" if scheme in ENCRYPTED else ", without TLS"))


async def clock(visit: Visit) -> Found:
    """Compare the clocks: tokens are valid for a time."""
    ahead = visit.clock_ahead
    if ahead > TOLERATED_SECONDS:
        raise Problem("clock-ahead", seconds=ahead)
    if -ahead > TOKEN_SECONDS:
        raise Problem("clock-behind", seconds=-ahead)
    way = "ahead of" if ahead > 0 else "behind"
    if abs(ahead) > NOTICED_SECONDS:
        return Found("not the same time", [Problem("clock-drift", seconds=abs(ahead), way=way)])
    return Found("same time to the second" if abs(ahead) <= 1 else f"{abs(ahead):.0f} s {way} the server's")


def validate_url(url: str) -> str:
    """Where LiveKit's clients ask what is wrong with a token."""
    scheme, _, rest = url.partition("://")
    return f"{'https' if scheme in ENCRYPTED else 'http'}://{rest.rstrip('/')}/rtc/validate"


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from _leaves(each)
    elif error.__cause__ is not None:
        yield from _leaves(error.__cause__)
    else:
        yield error


def _certificate_fault(error: BaseException) -> str:
    inner = getattr(error, "certificate_error", error)
    return str(getattr(inner, "verify_message", "") or inner)


async def _speaks_tls(host: str, port: int) -> bool:
    trusting = ssl.create_default_context()
    trusting.check_hostname = False
    trusting.verify_mode = ssl.CERT_NONE
    try:
        with anyio.fail_after(3):
            async with await anyio.connect_tcp(
                host, port, tls=True, ssl_context=trusting, tls_standard_compatible=False
            ):
                return True
    except (OSError, anyio.BrokenResourceError, anyio.EndOfStream, TimeoutError):
        return False


def _seconds(date: str) -> float:
    try:
        return parsedate_to_datetime(date).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return datetime.now(UTC).timestamp()


def _configured(visit: Visit) -> bool:
    return bool(visit.settings.livekit_url)


def _not_configured(visit: Visit) -> bool:
    return not _configured(visit)


REACH = (
    Step("server", "embedded LiveKit server", embedded, BUILD_SECONDS, ("settings",), _not_configured, own_time=True),
    Step("address", "LiveKit is reachable", address, 5.0, ("settings", "server"), late="no-answer"),
    Step("http", "LiveKit answers", http, 5.0, ("address",), late="silent-server"),
    Step("clock", "clocks agree", clock, 1.0, ("http",)),
)
