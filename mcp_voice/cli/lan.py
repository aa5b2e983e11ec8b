"""``mcp-voice invite --lan``: other devices on this network reach the page, and the embedded server's media."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from mcp_voice import embedded
from mcp_voice.errors import PageError
from mcp_voice.page.listening import is_assigned, network_address
from mcp_voice.settings import Settings

__all__ = ["for_this_network", "what_is_open"]

OPEN = "While this runs, anyone on this network can reach the join page at {address}. Nobody gets in without a link."
SOUND = " The LiveKit server accepts audio there{port} while anyone uses it; `mcp-voice server stop` stops it."
NO_MICROPHONE = (
    "Without a certificate, browsers give the page no microphone: people listen, and type or tap their answers. "
    "docs/phones.md says what to do."
)


def for_this_network(
    settings: Settings, *, address: Callable[[], str] | None = None, has: Callable[[str], bool] = is_assigned
) -> Settings:
    """The same with the page at an address of this machine: that of ``MCP_VOICE_PAGE_HOST``, else its usual one.

    Raises PageError where it has none but the loopback, or has not the one that is set.
    """
    host = settings.page_host or (address or network_address)()
    if settings.page_host and not has(host):
        raise PageError(
            f"This machine does not have the address {host} now (MCP_VOICE_PAGE_HOST).",
            fix="Set it to an address that this machine has on its network, or unset it.",
            code="page-address",
        )
    return settings.model_copy(update={"page_host": host})


def what_is_open(settings: Settings) -> str:
    """What others reach while it is, and what they lack, in sentences."""
    told = OPEN.format(address=settings.page_host)
    if not settings.livekit_url:
        port = urlsplit(embedded.status(settings).url).port
        told += SOUND.format(port=f" (UDP port {port})" if port else "")
    return told if settings.page_certificate or settings.page_url.startswith("https:") else f"{told} {NO_MICROPHONE}"
