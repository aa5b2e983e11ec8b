"""One JSON document of an authorization server, bounded in time and in size."""

from __future__ import annotations

import json
import socket
import ssl
from typing import Any

import anyio
import httpx2

__all__ = ["Unfetched", "fetch_json"]

SECONDS = 5.0
LARGEST = 262_144
"""Bytes; a hundred RSA keys have 60,000."""
HEADERS = {"Accept": "application/json", "Accept-Encoding": "identity"}
"""What was compressed could be a thousand times as large."""

REASONS: tuple[tuple[type[BaseException], str], ...] = (
    (ssl.SSLCertVerificationError, "its certificate is not accepted"),
    (ssl.SSLError, "no TLS connection could be made"),
    (socket.gaierror, "its host name cannot be resolved"),
    (ConnectionRefusedError, "nothing listens there"),
)


class Unfetched(Exception):
    """There is no such document, or it is none; says why, without a byte of it."""


async def fetch_json(url: str) -> dict[str, Any]:
    """The object there; raises Unfetched. No redirect is followed: it could lead anywhere."""
    try:
        with anyio.fail_after(SECONDS):
            text = await _read(url)
        found: Any = json.loads(text)
    except httpx2.HTTPError as error:
        raise Unfetched(_reason(error)) from None
    except httpx2.InvalidURL:
        raise Unfetched("not a URL") from None
    except TimeoutError:
        raise Unfetched(f"no answer within {SECONDS:g} s") from None
    except (ValueError, RecursionError):
        raise Unfetched("not JSON") from None
    if not isinstance(found, dict):
        raise Unfetched("not a JSON object")
    return found


def _reason(error: httpx2.HTTPError) -> str:
    """Its kind, and what is behind it where that is known; its own text may quote."""
    cause: BaseException | None = error
    while cause is not None:
        for kind, reason in REASONS:
            if isinstance(cause, kind):
                return f"{reason} ({type(error).__name__})"
        cause = cause.__cause__ or cause.__context__
    return type(error).__name__


async def _read(url: str) -> bytes:
    async with (
        httpx2.AsyncClient(headers=HEADERS, timeout=SECONDS, follow_redirects=False) as client,
        client.stream("GET", url) as answer,
    ):
        if answer.status_code != httpx2.codes.OK:
            raise Unfetched(f"status {answer.status_code}")
        read = bytearray()
        async for chunk in answer.aiter_raw():
            read += chunk
            if len(read) > LARGEST:
                raise Unfetched(f"more than {LARGEST} bytes")
        return bytes(read)
