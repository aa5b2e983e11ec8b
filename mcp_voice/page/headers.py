"""What every answer of the page tells the browser: what may run, what may be reached, and that nothing is kept."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from mcp_voice.page.origins import origin_of

__all__ = ["FIXED", "connections", "http_url", "policy", "websocket_url"]

CLOUD = ".livekit.cloud"
ANY_LOOPBACK = ("ws://127.0.0.1:*", "http://127.0.0.1:*")
"""Where the embedded server will be, while it is being built or started."""
HTTP_OF = {"ws": "http", "wss": "https", "http": "http", "https": "https"}
WEBSOCKET_OF = {"ws": "ws", "wss": "wss", "http": "ws", "https": "wss"}
FIXED = (
    ("referrer-policy", "no-referrer"),
    ("permissions-policy", "microphone=(self), camera=(), geolocation=(), screen-wake-lock=(self)"),
    ("x-content-type-options", "nosniff"),
    ("cross-origin-opener-policy", "same-origin"),
    ("x-frame-options", "DENY"),
)


def connections(livekit_url: str) -> tuple[str, ...]:
    """Where LiveKit's client connects to, for ``connect-src``: by WebSocket, and by HTTP to have a refusal explained.

    With LiveKit Cloud it also looks up which region is near, and may be sent to another host.
    """
    if not livekit_url:
        return ANY_LOOPBACK
    parts = urlsplit(livekit_url)
    if (parts.hostname or "").endswith(CLOUD):
        return f"wss://*{CLOUD}", f"https://*{CLOUD}"
    rest = f"//{parts.netloc.rpartition('@')[2]}"
    kinds = (WEBSOCKET_OF[parts.scheme], HTTP_OF[parts.scheme])
    return tuple(origin_of(f"{kind}:{rest}") for kind in kinds)


def websocket_url(url: str) -> str:
    """The same address for a WebSocket."""
    scheme, _, rest = url.partition("://")
    return f"{WEBSOCKET_OF[scheme]}://{rest}"


def http_url(url: str) -> str:
    """The same address for plain requests."""
    scheme, _, rest = url.partition("://")
    return f"{HTTP_OF[scheme]}://{rest}"


def policy(reached: Iterable[str]) -> str:
    """The content security policy of a page that may connect to these origins beside its own."""
    connect = " ".join(("'self'", *reached))
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self'; connect-src {connect}; img-src 'self' data:; "
        "media-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
