"""One harmless request to a service of the user's, and what can be wrong on the way there."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import anyio

from mcp_voice.doctor.problem import Problem

__all__ = ["Reaction", "asked"]

ANSWER_SECONDS = 5.0
ANSWER_BYTES = 65_536
CERTIFICATES = (aiohttp.ClientConnectorCertificateError, ssl.SSLCertVerificationError)


@dataclass(frozen=True, slots=True)
class Reaction:
    """What a service said; ``whither`` is where it redirects to, as scheme and host."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    whither: str


async def asked(method: str, url: str, *, setting: str, headers: Mapping[str, str] | None = None) -> Reaction:
    """Ask once, without a body; no redirect is followed, so that the headers reach nobody else.

    Raises Problem with the way there that is broken; ``setting`` is what leads there.
    """
    parts = urlsplit(url)
    facts: dict[str, Any] = {"host": parts.hostname or "", "port": parts.port or {"https": 443}.get(parts.scheme, 80)}
    try:
        with anyio.fail_after(ANSWER_SECONDS):
            return await _sent(method, url, headers or {})
    except TimeoutError:
        raise Problem("service-silent", setting=setting, seconds=ANSWER_SECONDS, **facts) from None
    except aiohttp.ClientConnectorDNSError:
        raise Problem("service-dns", setting=setting, **facts) from None
    except CERTIFICATES as error:
        raise Problem("service-certificate", setting=setting, why=type(error).__name__, **facts) from None
    except aiohttp.ClientConnectorSSLError:
        raise Problem("service-tls", setting=setting, **facts) from None
    except aiohttp.ClientConnectorError as error:
        name = "service-refused" if isinstance(error.os_error, ConnectionRefusedError) else "service-unreachable"
        raise Problem(name, setting=setting, why=error.os_error.strerror or type(error).__name__, **facts) from None
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise Problem("service-broken", setting=setting, why=type(error).__name__, **facts) from None


async def _sent(method: str, url: str, headers: Mapping[str, str]) -> Reaction:
    async with (
        # Nothing is unpacked: a small body could become a huge one.
        aiohttp.ClientSession(auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar()) as client,
        client.request(
            method, url, headers={"Accept": "application/json", "Accept-Encoding": "identity", **headers},
            allow_redirects=False,
        ) as answer,
    ):  # fmt: skip
        body = b""
        async for piece in answer.content.iter_any():
            body += piece
            if len(body) >= ANSWER_BYTES:
                break
        leads = urlsplit(answer.headers.get("Location", ""))
        whither = f"{leads.scheme}://{leads.hostname}" if leads.hostname else "another path"
        return Reaction(answer.status, answer.headers, body[:ANSWER_BYTES], whither)
