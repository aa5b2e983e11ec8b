"""Under which names the page is served, and which web sites may speak to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from mcp_voice.process.loopback import is_loopback

__all__ = ["Origins", "origin_of", "reaches_directly"]

SCHEMES = ("http://", "https://")
PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}


@dataclass(frozen=True, slots=True)
class Origins:
    """The page's own origins, such as ``http://127.0.0.1:8123``, in the form in which a browser sends them."""

    own: frozenset[str]

    @classmethod
    def of(cls, urls: Iterable[str]) -> Origins:
        """Those of these addresses."""
        return cls(frozenset(map(origin_of, urls)))

    def serves(self, host: str) -> bool:
        """Whether the page is served under what a request's Host header says."""
        return any(host.lower() in _hosts(origin) for origin in self.own)

    def is_own(self, origin: str) -> bool:
        """Whether a request comes from the page itself."""
        return origin in self.own

    def may_ask_for_tokens(self, origin: str) -> bool:
        """Whether a front end may: the page's own origin, one on this machine, or a program that is no browser."""
        return not origin or self.is_own(origin) or (origin.startswith(SCHEMES) and is_loopback(_hostname(origin)))

    def address(self, *, origin: str, host: str) -> str:
        """The page's own address as the browser has it: what it says itself, else what the name of the request tells.

        Behind a proxy the name may be the loopback's all the same.
        """
        if self.is_own(origin):
            return origin
        found = [origin for origin in self.own if host.lower() in _hosts(origin)]
        return max(found, default="", key=lambda origin: origin.startswith("https:"))


def origin_of(url: str) -> str:
    """Scheme, host and port (unless it is the scheme's own) of an address."""
    parts = urlsplit(url.lower())
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    port = "" if parts.port in (None, PORTS.get(parts.scheme)) else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"


def _hostname(origin: str) -> str:
    try:
        return urlsplit(origin).hostname or ""
    except ValueError:
        return ""


def _hosts(origin: str) -> tuple[str, ...]:
    """The host, with its port, and without where it is the scheme's own."""
    parts = urlsplit(origin)
    return (parts.netloc,) if parts.port else (parts.netloc, f"{parts.netloc}:{PORTS[parts.scheme]}")


def reaches_directly(page: str, livekit_url: str) -> bool:
    """Whether a browser that has the page from that origin can open LiveKit's own address.

    From another machine it cannot reach the loopback, and from a page of https nothing that is not encrypted, but for
    the loopback (https://www.w3.org/TR/mixed-content/#potentially-trustworthy-url).
    """
    livekit = urlsplit(livekit_url)
    if is_loopback(livekit.hostname or ""):
        return is_loopback(_hostname(page))
    return livekit.scheme in ("wss", "https") or not page.startswith("https:")
