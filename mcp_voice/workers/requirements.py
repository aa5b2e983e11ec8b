"""What workers, and those whose asks they carry out, cannot do without."""

from __future__ import annotations

from mcp_voice.errors import BadSettings
from mcp_voice.settings import Settings

__all__ = ["check_store"]


def check_store(settings: Settings) -> None:
    """Raise BadSettings where there is no store that both have."""
    if not settings.store.get_secret_value():
        raise BadSettings(
            "Workers and their servers share a store, but MCP_VOICE_STORE is not set.",
            fix="Set it to the same Redis for all of them, such as redis://host:6379.",
            code="no-store",
        )
