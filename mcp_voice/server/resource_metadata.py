"""Where a host learns which authorization server gives tokens for us: protected resource metadata (RFC 9728)."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from starlette.responses import JSONResponse
from starlette.types import ASGIApp

__all__ = ["SCOPE", "metadata_url", "pages"]

SCOPE = "voice"
WELL_KNOWN = "/.well-known/oauth-protected-resource"


def metadata_url(resource: str) -> str:
    """Of the metadata of a resource (RFC 9728, section 3.1)."""
    parts = urlsplit(resource)
    return f"{parts.scheme}://{parts.netloc}{WELL_KNOWN}{parts.path.rstrip('/')}"


def pages(resource: str, issuer: str) -> Iterator[tuple[str, ASGIApp]]:
    """The metadata, by path; a host that finds none at the first looks at the second, as MCP has it."""
    told = JSONResponse(
        {
            "resource": resource,
            "authorization_servers": [issuer],
            "scopes_supported": [SCOPE],
            "bearer_methods_supported": ["header"],
            "resource_name": "Voice in LiveKit rooms",
        },
        # Hosts in a browser read it as well; it is no secret.
        headers={"Access-Control-Allow-Origin": "*", "Cache-Control": "max-age=300"},
    )
    yield urlsplit(metadata_url(resource)).path, told
    yield WELL_KNOWN, told
