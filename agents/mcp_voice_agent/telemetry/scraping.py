"""Where the figures of all rooms are, which the one Prometheus endpoint of LiveKit's worker shows."""

from __future__ import annotations

from pathlib import Path

from platformdirs import user_cache_path

from mcp_voice.errors import BadSettings
from mcp_voice_agent.settings import AgentSettings

__all__ = ["cache", "folder"]


def cache() -> Path:
    """Where folders of figures are, unless the settings name one; raises RuntimeError where the user has no home."""
    return user_cache_path("mcp-voice", appauthor=False).expanduser().absolute()


def folder(settings: AgentSettings) -> str | None:
    """Where the figures of a worker's processes are, if it has an endpoint; LiveKit empties it when it starts.

    Raises BadSettings where the user has no home, and the settings name no folder.
    """
    if settings.agent_prometheus_port is None:
        return None
    name = f"prometheus-{settings.agent_prometheus_port}"
    try:
        return str(settings.agent_prometheus_dir or cache() / name)
    except RuntimeError as error:
        raise BadSettings(
            "There is no folder for the figures of the Prometheus endpoint: the user has no home folder.",
            fix="Set MCP_VOICE_AGENT_PROMETHEUS_DIR to a folder that you own.",
        ) from error
