"""The HTTP client of fetches: limits, proxy, certificates, redirects, and each fault in our words."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from types import SimpleNamespace
from urllib.parse import urlsplit
from urllib.request import proxy_bypass

import aiohttp
import anyio.to_thread

from mcp_voice.errors import ModelError
from mcp_voice.redaction import without_login

__all__ = ["Limits", "Link", "NoRanges", "Passing", "Transport", "mismatch", "transport"]

AGENT = "mcp-voice"
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
MOST_REDIRECTS = 5
GONE = {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}
REFUSED = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.PROXY_AUTHENTICATION_REQUIRED}
BUSY = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}
WANTED = {HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE}


@dataclass(frozen=True, slots=True)
class Limits:
    """How long is waited for what."""

    connect_seconds: float = 15.0
    quiet_seconds: float = 30.0
    """Without a byte."""
    slow_seconds: float = 60.0
    slow_bytes: int = 120_000
    """What must come in ``slow_seconds`` at least: at half of that, 29 MB take eight hours."""
    attempts: int = 3
    """Failures in a row, without so many bytes between them."""
    pause_seconds: float = 1.0
    """Before the second try, and twice as long before each further one."""
    whole_seconds: float = 3_600.0
    """For a model, with all tries and waiting for another process."""


@dataclass(frozen=True, slots=True)
class Link:
    """An address; a login in it is sent to that place only, and never shown."""

    url: str

    def __str__(self) -> str:
        return without_login(self.url)


class Passing(Exception):
    """A fault that may be gone at the next try; ``error`` is what is told if it is not."""

    def __init__(self, error: ModelError) -> None:
        super().__init__(str(error))
        self.error = error


class NoRanges(Exception):
    """The server gives files as a whole only."""


def mismatch(link: Link, why: str) -> ModelError:
    """What is at the address is not what it should be."""
    return ModelError(
        f"{link} is not the file that it should be: {why}. It was not used.",
        fix="Try again; if it persists, check the mirror, the package index and the proxy, and report it.",
        code="model-mismatch",
    )


@dataclass(frozen=True, slots=True)
class Transport:
    """Makes requests."""

    session: aiohttp.ClientSession
    limits: Limits
    proxy: str = ""
    spares: bool = False
    """Whether ``NO_PROXY`` holds for it, as for one of the environment."""

    @asynccontextmanager
    async def get(self, link: Link, headers: dict[str, str]) -> AsyncIterator[aiohttp.ClientResponse]:
        """An answer with its body still to be read, of a status that makes sense; raises ModelError or Passing."""
        with _making_sense(link), _told(link):
            async with self.session.get(
                link.url,
                headers=headers,
                proxy=self._proxy(link) or None,
                max_redirects=MOST_REDIRECTS,
                trace_request_ctx=link,
            ) as answer:
                _check(link, answer)
                yield answer

    def _proxy(self, link: Link) -> str:
        host = urlsplit(link.url).hostname or ""
        return "" if self.spares and (host in LOOPBACK or proxy_bypass(host)) else self.proxy


@asynccontextmanager
async def transport(
    limits: Limits, *, proxy: str = "", spares: bool = False, certificates: str = ""
) -> AsyncIterator[Transport]:
    """A client; without ``proxy`` that of the environment; ``certificates``: a file, trusted beside the system's."""
    try:
        # Some 150 certificates, which would hold up the loop.
        trusted = await anyio.to_thread.run_sync(_trusted, certificates)
    except (OSError, ssl.SSLError) as error:
        raise ModelError(
            f"The certificates in {certificates!r} cannot be read: {error}.",
            fix="Correct PIP_CERT, REQUESTS_CA_BUNDLE or pip's cert.",
            code="model-certificate",
        ) from error
    timeout = aiohttp.ClientTimeout(
        total=None, sock_connect=limits.connect_seconds, connect=limits.connect_seconds, sock_read=limits.quiet_seconds
    )
    redirects = aiohttp.TraceConfig()
    redirects.on_request_redirect.append(_stay_encrypted)
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(ssl=trusted, limit=2),
        timeout=timeout,
        trust_env=True,
        auto_decompress=False,
        headers={"User-Agent": AGENT},
        cookie_jar=aiohttp.DummyCookieJar(),
        trace_configs=[redirects],
    ) as session:
        yield Transport(session, limits, proxy, spares)


def _trusted(certificates: str) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if certificates:
        context.load_verify_locations(certificates)
    return context


async def _stay_encrypted(
    _: aiohttp.ClientSession, context: SimpleNamespace, redirect: aiohttp.TraceRequestRedirectParams
) -> None:
    """Go from TLS nowhere without it; called before a redirect is followed."""
    headers = redirect.response.headers
    # aiohttp reads both.
    target = headers.get("Location") or headers.get("URI") or ""
    if redirect.url.scheme == "https" and target.lower().startswith("http:"):
        raise ModelError(
            f"{context.trace_request_ctx} redirects to an unencrypted address.",
            fix="Check the mirror or the package index.",
            code="model-server",
        )


def _check(link: Link, answer: aiohttp.ClientResponse) -> None:
    status = answer.status
    if status in GONE:
        raise ModelError(
            f"{link} is not there (HTTP {status}).",
            fix="Check MCP_VOICE_MODELS_MIRROR, or update mcp-voice: the makers may have moved it.",
            code="model-not-found",
        )
    if status in REFUSED:
        raise ModelError(
            f"Access to {link} is denied (HTTP {status}).",
            fix="Check the login in the address of the mirror, the package index or the proxy.",
            code="model-refused",
        )
    if status not in WANTED:
        error = ModelError(f"{link} cannot be fetched (HTTP {status}).", fix="Try again later.", code="model-server")
        if status in BUSY or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise Passing(error)
        raise error


@contextmanager
def _told(link: Link) -> Iterator[None]:
    """What an HTTP client may raise, in our words."""
    try:
        yield
    except (aiohttp.ClientConnectorCertificateError, aiohttp.ClientSSLError) as error:
        raise ModelError(
            f"{link} cannot be trusted: its certificate is not accepted.",
            fix="Make this machine trust its issuer, or name a certificate file in SSL_CERT_FILE or PIP_CERT.",
            code="model-certificate",
        ) from error
    except aiohttp.ClientHttpProxyError as error:
        if error.status in REFUSED:
            raise ModelError(
                f"The proxy denies access (HTTP {error.status}).",
                fix="Check the login in MCP_VOICE_MODELS_PROXY or HTTPS_PROXY.",
                code="model-refused",
            ) from error
        raise Passing(_unreachable(link, f"the proxy answers HTTP {error.status}")) from error
    except aiohttp.ClientProxyConnectionError as error:
        raise Passing(_unreachable(link, "the proxy does not answer")) from error
    except aiohttp.ClientConnectorDNSError as error:
        raise Passing(_unreachable(link, "its host name cannot be resolved")) from error
    except TimeoutError as error:  # aiohttp's own are among them
        raise Passing(
            ModelError(
                f"{link} does not answer in time.", fix="Try again: it resumes where it stopped.", code="model-late"
            )
        ) from error
    except aiohttp.ClientConnectorError as error:
        raise Passing(_unreachable(link, error.strerror or "no connection")) from error
    except (aiohttp.InvalidURL, aiohttp.TooManyRedirects) as error:
        raise ModelError(
            f"{link} is not a usable address ({type(error).__name__}).",
            fix="Check the mirror or the package index.",
            code="model-server",
        ) from error
    except aiohttp.ClientError as error:
        raise Passing(
            ModelError(
                f"{link} broke off ({type(error).__name__}).",
                fix="Try again: it resumes where it stopped.",
                code="model-server",
            )
        ) from error


@contextmanager
def _making_sense(link: Link) -> Iterator[None]:
    """What is no fault of a connection: an HTTP client asserts much, and raises ValueError."""
    try:
        yield
    except (ValueError, AssertionError) as error:  # a header that is none, an address of a proxy that is none
        raise ModelError(
            f"{link} cannot be requested, or its answer makes no sense ({type(error).__name__}).",
            fix="Check the mirror, the package index, and the proxy (MCP_VOICE_MODELS_PROXY, PIP_PROXY, HTTPS_PROXY).",
            code="model-server",
        ) from error


def _unreachable(link: Link, why: str) -> ModelError:
    return ModelError(
        f"{link} cannot be reached: {why}.",
        fix="Check the network; behind a proxy set MCP_VOICE_MODELS_PROXY or HTTPS_PROXY, and for your own copy "
        "MCP_VOICE_MODELS_MIRROR or MCP_VOICE_MODELS_DIR.",
        code="model-unreachable",
    )
