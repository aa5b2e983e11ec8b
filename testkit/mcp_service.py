"""An MCP server over HTTP in this event loop, made with the SDK; a test gives it its tools, and may change them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from mcp import types
from mcp.server.mcpserver import MCPServer
from mcp.server.subscriptions import InMemorySubscriptionBus, ToolsListChanged
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from testkit.serving import serving

__all__ = ["READS", "McpService", "mcp_service"]

READS = types.ToolAnnotations(read_only_hint=True)


class McpService:
    """The server while it runs."""

    def __init__(self) -> None:
        self._bus = InMemorySubscriptionBus()
        self.mcp = MCPServer("notes", subscriptions=self._bus, log_level="CRITICAL")
        self.port = 0
        self.requests: list[dict[str, str]] = []
        """The headers of all requests."""
        self.calls: list[tuple[str, dict[str, Any]]] = []
        """What the tools take down."""
        self.next_faults: list[int] = []
        """The HTTP status of the next requests, instead of an answer."""

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}/mcp"

    async def changed(self) -> None:
        """Tell everybody who listens that there are other tools."""
        await self._bus.publish(ToolsListChanged())


@asynccontextmanager
async def mcp_service(service: McpService | None = None, *, port: int = 0) -> AsyncIterator[McpService]:
    """Run the server until the block ends."""
    service = service or McpService()
    app = service.mcp.streamable_http_app()

    async def taken_down(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            service.requests.append({name.decode(): value.decode() for name, value in scope["headers"]})
            if service.next_faults:
                await Response(status_code=service.next_faults.pop(0))(scope, receive, send)
                return
        await app(scope, receive, send)

    async with service.mcp.session_manager.run(), serving(taken_down, port=port) as service.port:
        yield service
