"""Voice tools: e-mails, a database, whatever else is declared in a file, and what MCP servers offer."""

from __future__ import annotations

from mcp_voice_agent.webhooks.confirmation import END_CALL
from mcp_voice_agent.webhooks.declaration import declarations
from mcp_voice_agent.webhooks.growing import VoiceTools
from mcp_voice_agent.webhooks.tools import voice_tools

__all__ = ["END_CALL", "VoiceTools", "declarations", "voice_tools"]
