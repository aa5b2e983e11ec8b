"""What an authorization server publishes: where its public keys are, and the keys."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from mcp_voice.process.loopback import is_loopback
from mcp_voice.server.fetching import Unfetched, fetch_json

__all__ = ["Fetch", "Key", "metadata_urls", "published_keys"]

MOST_KEYS = 100
Fetch = Callable[[str], Awaitable[dict[str, Any]]]
"""Gives the JSON object at an address; raises Unfetched."""
Key = Mapping[str, Any]
"""A JSON Web Key (RFC 7517)."""


async def published_keys(issuer: str, *, jwks_url: str = "", fetch: Fetch = fetch_json) -> tuple[Key, ...]:
    """The keys by which an issuer signs; raises Unfetched. ``jwks_url`` empty: as its metadata says."""
    document = await fetch(jwks_url or await _discovered(issuer, fetch))
    return tuple(_usable(document.get("keys")))


async def _discovered(issuer: str, fetch: Fetch) -> str:
    """Where its keys are, as its metadata says (RFC 8414, OpenID Connect Discovery); raises Unfetched."""
    reason = ""
    for url in metadata_urls(issuer):
        try:
            metadata = await fetch(url)
        except Unfetched as error:
            reason = str(error)
            continue
        # RFC 8414, section 3.3: another issuer's metadata must not be used.
        if metadata.get("issuer") != issuer:
            raise Unfetched("its metadata names another issuer")
        found = metadata.get("jwks_uri")
        if not isinstance(found, str) or not _is_safe(found, issuer):
            raise Unfetched("its metadata names no https address for its keys")
        return found
    raise Unfetched(f"no metadata ({reason})")


def metadata_urls(issuer: str) -> Iterator[str]:
    """Where an issuer's metadata may be, in the order of the MCP specification."""
    parts = urlsplit(issuer)
    origin, path = f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/")
    yield f"{origin}/.well-known/oauth-authorization-server{path}"
    yield f"{origin}/.well-known/openid-configuration{path}"
    if path:
        yield f"{origin}{path}/.well-known/openid-configuration"


def _usable(keys: Any) -> Iterator[Key]:
    """The keys for signatures; raises Unfetched where there is no list of any."""
    if not isinstance(keys, list) or len(keys) > MOST_KEYS:
        raise Unfetched("no list of keys")
    for key in keys:
        if isinstance(key, dict) and key.get("use", "sig") == "sig" and isinstance(key.get("kid", ""), str):
            yield key


def _is_safe(url: str, issuer: str) -> bool:
    """Whether keys may be fetched there: by TLS, or on this machine where the issuer itself is on it."""
    try:
        parts, own = urlsplit(url), urlsplit(issuer)
    except ValueError:
        return False
    is_here = parts.scheme == "http" and is_loopback(parts.hostname or "") and is_loopback(own.hostname or "")
    return bool(parts.hostname) and (parts.scheme == "https" or is_here)
