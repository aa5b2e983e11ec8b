"""Whether a server can be used: for whoever looks before a conversation needs it."""

from __future__ import annotations

import anyio.to_thread

from mcp_voice_agent.mcp_servers.connection import CONNECT_SECONDS, connected
from mcp_voice_agent.mcp_servers.listing import Listing, listing
from mcp_voice_agent.mcp_servers.server import McpServer

__all__ = ["reach"]


async def reach(server: McpServer, *, seconds: float = CONNECT_SECONDS) -> Listing:
    """Start or call a server, and list its tools as a conversation would be offered them; it is left again.

    Raises:
        ServerFault: It cannot be reached or used; ``what`` goes on after "the server ", ``fix`` says what to do.
    """
    async with connected(server, seconds=seconds) as connection:
        # As in a conversation: hundreds of schemas are 0.13 s of checking.
        return await anyio.to_thread.run_sync(listing, server.name, await connection.tools())
