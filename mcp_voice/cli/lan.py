"""``mcp-voice invite --lan``: other devices on this network reach the page, and the embedded server's media."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from mcp_voice import embedded
from mcp_voice.page.listening import network_address
from mcp_voice.settings import Settings

__all__ = ["for_this_network", "what_is_open"]

OPEN = "While this runs, everybody on this network reaches {what} at {address}. Nobody gets in without a link."
NO_MICROPHONE = (
    "Without a certificate browsers give the page no microphone: people hear, type and tap their answers. "
    "docs/phones.md says what to do."
)


def for_this_network(settings: Settings, *, address: Callable[[], str] | None = None) -> Settings:
    """The same with the page at an address of this machine: that of ``MCP_VOICE_PAGE_HOST``, else its usual one.

    Raises PageError where it has none but the loopback.
    """
    host = settings.page_host or (address or network_address)()
    return settings.model_copy(update={"page_host": host})


def what_is_open(settings: Settings) -> str:
    """What others reach while it is, and what they lack, in sentences."""
    media = ""
    if not settings.livekit_url:
        port = urlsplit(embedded.status(settings).url).port
        media = f" and the LiveKit server's sound (UDP port {port})" if port else " and the LiveKit server's sound"
    told = OPEN.format(what=f"the join page{media}", address=settings.page_host)
    return told if settings.page_certificate or settings.page_url.startswith("https:") else f"{told} {NO_MICROPHONE}"
