"""LiveKit's commands for a worker, which ``mcp-voice-agent`` passes on, and what each is for."""

from __future__ import annotations

__all__ = ["LIVEKITS"]

LIVEKITS = {
    "dev": "Run a worker for development, with a readable log.",
    "start": "Run a worker in production.",
    "connect": "Join one room (--room NAME).",
    "console": "Talk to the companion in this terminal.",
}
