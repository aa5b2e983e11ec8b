"""A connection to one MCP server: its tools, its calls, and the changes that it tells of."""

from __future__ import annotations

import logging
import math
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import anyio
from mcp import Client, types
from mcp.client.session import IncomingMessage
from mcp.client.subscriptions import ListenNotSupportedError, SubscriptionLost
from pydantic import TypeAdapter

from mcp_voice.outside_faults.mcp_servers import MCP_SERVER
from mcp_voice.tasks import Bell, owned_tasks
from mcp_voice_agent.mcp_servers.errors import ended, fault_of
from mcp_voice_agent.mcp_servers.exchange import exchanging
from mcp_voice_agent.mcp_servers.fault import ServerFault
from mcp_voice_agent.mcp_servers.last_words import ServerWords
from mcp_voice_agent.mcp_servers.ourselves import is_ours
from mcp_voice_agent.mcp_servers.server import McpServer
from mcp_voice_agent.mcp_servers.transport import Trace, transport
from mcp_voice_agent.mcp_servers.trimmed import MOST_LISTED

__all__ = ["CONNECT_SECONDS", "ServerConnection", "connected"]

log = logging.getLogger(__name__)

CONNECT_SECONDS = 60.0
"""For a program that uvx or npx has to download first."""
LIST_SECONDS = 20.0
LISTEN_AGAIN_SECONDS = 5.0
MOST_PAGES = 20
CLIENT = types.Implementation(name="mcp-voice-agent", version="1")
RESULT: TypeAdapter[types.CallToolResult] = TypeAdapter(types.CallToolResult)


class ServerConnection:
    """A server that has answered, while `connected` lasts."""

    def __init__(self, client: Client, server: McpServer, trace: Trace, changed: Bell) -> None:
        self._client = client
        self._server = server
        self._trace = trace
        self._lost = anyio.Event()
        self._fault: ServerFault | None = None
        self.changed = changed
        """Rings when there may be other tools."""

    async def tools(self) -> list[types.Tool]:
        """What the server lists, up to a bound; raises ServerFault."""
        if self._client.server_capabilities.tools is None:
            return []
        found: list[types.Tool] = []
        try:
            with anyio.fail_after(LIST_SECONDS):
                cursor: str | None = None
                for _ in range(MOST_PAGES):
                    page = await self._client.list_tools(cursor=cursor)
                    found += page.tools
                    cursor = page.next_cursor
                    if cursor is None or len(found) >= MOST_LISTED:
                        break
        except TimeoutError:
            raise ServerFault.of(MCP_SERVER["late"].filled(seconds=LIST_SECONDS), passing=True) from None
        except Exception as error:  # noqa: BLE001 - whatever the SDK makes of a server
            raise fault_of(error, self._trace) from None
        if is_ours(tool.name for tool in found):
            raise ServerFault.of(MCP_SERVER["ourselves"], lasting=True)
        return found[:MOST_LISTED]

    async def call(self, tool: str, arguments: Mapping[str, Any]) -> types.CallToolResult:
        """Call a tool once, whatever it says; the caller sets the limit.

        Raises:
            ServerFault: The connection is gone, or the server refuses the call, or answers with what is no result.
        """
        request = types.CallToolRequest(params=types.CallToolRequestParams(name=tool, arguments=dict(arguments)))
        self._trace.words.withhold()
        with exchanging() as exchange:
            try:
                # Not the SDK's `call_tool`, which runs a schema of the server's, of any cost, over each result.
                return await self._client.session.send_request(request, RESULT)
            except Exception as error:  # noqa: BLE001 - as above
                fault = fault_of(error, self._trace, exchange, calling=True)
        if fault.passing:
            self._fault = fault
            self._lost.set()
        raise fault

    async def gone(self) -> ServerFault:
        """Wait until it can no longer be used, and say why."""
        async with owned_tasks() as tasks:
            for event in (self._lost, self._trace.words.ended):
                tasks.start_soon(_then_cancel, event, tasks.cancel_scope)
        if self._fault is not None:
            return self._fault
        return ServerFault.of(ended(self._trace), passing=True)

    async def follow(self) -> None:
        """Ring for the changes of which a server tells on request only (protocol 2026-07-28)."""
        while self._client.server_capabilities.tools is not None:
            try:
                async with self._client.listen(tools_list_changed=True) as changes:
                    async for _ in changes:
                        self.changed.ring()
            except ListenNotSupportedError:
                return  # it tells by itself
            except SubscriptionLost:
                pass
            except Exception as error:  # noqa: BLE001 - as above
                log.debug("the MCP server %s tells of no changes: %s", self._server.name, type(error).__name__)
                return
            await anyio.sleep(LISTEN_AGAIN_SECONDS)
            self.changed.ring()


async def _then_cancel(event: anyio.Event, scope: anyio.CancelScope) -> None:
    await event.wait()
    scope.cancel()


@asynccontextmanager
async def connected(
    server: McpServer, *, seconds: float = CONNECT_SECONDS, speech: bool = False
) -> AsyncIterator[ServerConnection]:
    """Start or call a server, and keep the connection while the block lasts.

    Args:
        server: Which.
        seconds: How long it may take to answer at first.
        speech: Whether what it writes may be logged even if it is what people say.

    Raises:
        ServerFault: It does not answer within so many seconds, or not as an MCP server; or it is our own; or it is gone
            within the block.
    """
    trace = Trace(ServerWords(server.name, server.secrets, speech=speech))
    changed = Bell()

    async def note(message: IncomingMessage) -> None:
        if isinstance(message, types.ToolListChangedNotification):
            changed.ring()

    try:
        with anyio.CancelScope(deadline=anyio.current_time() + seconds) as limit:
            async with Client(transport(server, trace), message_handler=note, client_info=CLIENT, cache=None) as client:
                limit.deadline = math.inf
                connection = ServerConnection(client, server, trace, changed)
                async with owned_tasks() as tasks:
                    tasks.start_soon(connection.follow)
                    yield connection
                    tasks.cancel_scope.cancel()
    except Exception as error:  # noqa: BLE001 - as above
        raise fault_of(error, trace) from None
    if limit.cancelled_caught:
        raise ServerFault.of(MCP_SERVER["late"].filled(seconds=seconds), passing=True)
