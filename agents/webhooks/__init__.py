"""Voice tools over webhooks: e-mails, a database, and whatever else is declared in a file."""

from __future__ import annotations

from agents.webhooks.declaration import declarations
from agents.webhooks.owed import Floor
from agents.webhooks.tools import VoiceTools, voice_tools

__all__ = ["Floor", "VoiceTools", "declarations", "voice_tools"]
