"""MCP servers whose tools a companion may use."""

from __future__ import annotations

from mcp_voice_agent.mcp_servers.fault import ServerFault
from mcp_voice_agent.mcp_servers.file import servers
from mcp_voice_agent.mcp_servers.server import Http, McpServer, Stdio

__all__ = ["Http", "McpServer", "ServerFault", "Stdio", "servers"]
