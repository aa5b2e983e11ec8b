"""LiveKit's noise cancellation, whose plugin is an extra and works with LiveKit Cloud only."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from types import MappingProxyType

from livekit import rtc

from mcp_voice.errors import BadSettings
from mcp_voice_agent.settings import AgentSettings

__all__ = ["NOISE_PLUGIN", "check_noise_cancellation", "noise_cancellation"]

NOISE_PLUGIN = "livekit.plugins.noise_cancellation"
FILTERS = MappingProxyType({"nc": "NC", "bvc": "BVC", "bvc-telephony": "BVCTelephony"})
"""The plugin's functions, by what the setting says."""


def check_noise_cancellation(settings: AgentSettings) -> None:
    """Raise BadSettings where it is asked for and its plugin is not installed."""
    if settings.agent_noise_cancellation and find_spec(NOISE_PLUGIN) is None:
        raise BadSettings(
            f"MCP_VOICE_AGENT_NOISE_CANCELLATION is {settings.agent_noise_cancellation}, but "
            "livekit-plugins-noise-cancellation is not installed.",
            fix="Install it beside the companion (as in `uvx --from 'mcp-voice-agent[noise-cancellation]' "
            "mcp-voice-agent`), or unset MCP_VOICE_AGENT_NOISE_CANCELLATION.",
        )


def noise_cancellation(settings: AgentSettings) -> rtc.NoiseCancellationOptions | None:
    """What a room's microphones are heard through; None where nothing is set. Raises BadSettings."""
    check_noise_cancellation(settings)
    if not settings.agent_noise_cancellation:
        return None
    make = getattr(import_module(NOISE_PLUGIN), FILTERS[settings.agent_noise_cancellation])
    made: rtc.NoiseCancellationOptions = make()
    return made
