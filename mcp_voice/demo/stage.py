"""What the demo needs around it: a LiveKit server, and the MCP server as a process that a real MCP client drives."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Any, TextIO

import anyio
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.shared.exceptions import MCPError
from mcp.types import Implementation, TextContent

from mcp_voice.embedded import embedded_server
from mcp_voice.errors import BadSettings, ModelError, VoiceError
from mcp_voice.models import MOONSHINE_TINY_EN
from mcp_voice.models import fetch as models
from mcp_voice.room.access import Access
from mcp_voice.settings import Settings
from mcp_voice.speech.catalogue import choose

__all__ = ["Tools", "ears", "livekit", "tools"]

AFTERWARDS_SECONDS = 1.0
"""How long an embedded server that the demo has started stays up without it."""
MODEL_SECONDS = 600.0
"""For 29 MB; nobody watches a demo that begins later."""
PROGRESS_SECONDS = 3.0
CALL_SECONDS = 90.0
"""A call of the demo waits for less; whatever takes longer is broken."""
NOTHING: Mapping[str, str] = MappingProxyType({})
TellProgress = Callable[[str], None]


class Tools:
    """The tools of the MCP server, called as a host calls them."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def names(self) -> list[str]:
        """The tools there are."""
        return [tool.name for tool in (await self._client.list_tools()).tools]

    async def call(self, name: str, *, show: TellProgress = lambda _: None, **arguments: Any) -> dict[str, Any]:
        """The structured result; raises VoiceError with the text of the tool's error."""

        async def report(progress: float, total: float | None, message: str | None) -> None:  # noqa: ARG001
            show(message or "")

        try:
            result = await self._client.call_tool(name, arguments, CALL_SECONDS, report)
        except MCPError as error:
            raise VoiceError(
                f"The MCP server broke off {name} ({error}).", fix="Start the demo again.", code="demo"
            ) from None
        if result.is_error:
            raise VoiceError(
                " ".join(each.text for each in result.content if isinstance(each, TextContent)), code="demo"
            )
        return dict(result.structured_content or {})


async def ears(settings: Settings, *, progress: TellProgress) -> None:
    """Fetch the offline recogniser's model, if that listens, before anybody speaks; without it an older one listens."""
    if settings.fetch_models == "never" or choose(settings, "stt").provider != "offline":
        return
    said = anyio.current_time()

    def tell(news: models.FetchProgress) -> None:
        nonlocal said
        if anyio.current_time() - said >= PROGRESS_SECONDS:
            said = anyio.current_time()
            progress(f"fetching a model (once): {news}")

    try:
        with anyio.fail_after(MODEL_SECONDS):
            await models.fetch(MOONSHINE_TINY_EN, settings, progress=tell)
    except ModelError as error:
        progress(f"{error} An older recogniser listens instead.")
    except TimeoutError:
        progress("The model takes too long to come. An older recogniser listens instead.")


@asynccontextmanager
async def livekit(settings: Settings, *, configured: bool, progress: TellProgress) -> AsyncIterator[Access]:
    """The embedded server, or the ``configured`` one; raises BadSettings where none is, and EmbeddedServerError."""
    if not configured:
        async with embedded_server(settings, progress=progress, grace=AFTERWARDS_SECONDS) as server:
            yield Access(server.url, server.api_key, server.api_secret, settings.e2ee_key)
        return
    if not settings.livekit_url:
        raise BadSettings(
            "--livekit uses the server of LIVEKIT_URL, which is not set.", fix="Set it, or leave --livekit out."
        )
    secret = settings.livekit_api_secret.get_secret_value()
    yield Access(settings.livekit_url, settings.livekit_api_key, secret, settings.e2ee_key)


@asynccontextmanager
async def tools(
    access: Access, *, room_name: str, log: TextIO, changed: Mapping[str, str] = NOTHING
) -> AsyncIterator[Tools]:
    """Start ``mcp-voice`` for this one room, as a host does; its log goes to ``log``. It ends with the block.

    ``changed`` are variables that it finds otherwise than we do. Raises VoiceError when it does not start.
    """
    server = StdioServerParameters(
        command=sys.executable,
        args=["-P", "-m", "mcp_voice"],
        env={
            "MCP_VOICE_LOG_LEVEL": "INFO",  # A log that says nothing helps nobody.
            **os.environ,
            "LIVEKIT_URL": access.url,
            "LIVEKIT_API_KEY": access.api_key,
            "LIVEKIT_API_SECRET": access.api_secret,
            "MCP_VOICE_ROOMS": room_name,
            **changed,
        },
    )
    host = Implementation(name="mcp-voice-demo", title="mcp-voice", version="1")
    try:
        async with Client(stdio_client(server, errlog=log), client_info=host) as client:
            yield Tools(client)
    except (MCPError, OSError, anyio.BrokenResourceError) as error:
        raise VoiceError(
            f"The MCP server ({sys.executable} -m mcp_voice) did not start, or disconnected: {error}.",
            fix=f"See {log.name!r}.",
            code="demo",
        ) from None
