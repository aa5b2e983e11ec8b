"""Voice tools over webhooks: e-mails, a database, and whatever else is declared in a file."""

from __future__ import annotations

from mcp_voice_agent.webhooks.declaration import declarations
from mcp_voice_agent.webhooks.tools import VoiceTools, voice_tools

__all__ = ["VoiceTools", "declarations", "voice_tools"]
