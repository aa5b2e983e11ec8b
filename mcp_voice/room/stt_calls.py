"""How recognisers are called, whether they stream or take whole segments, and what they tell."""

from __future__ import annotations

from collections.abc import Callable

from livekit.agents import APIConnectOptions

from mcp_voice.errors import SpeechError
from mcp_voice.link import Event

__all__ = ["ONCE", "TELL_SECONDS", "Emit", "Fault"]

ONCE = APIConnectOptions(max_retry=0, timeout=10.0)
"""LiveKit would open the next stream without what the broken one had been given; and whether and when to ask again is
known best where the provider is asked (``speech.persistence``)."""
TELL_SECONDS = 1.0
"""How often it is told that words will come."""

Emit = Callable[[Event], None]
Fault = Callable[[BaseException], SpeechError]
"""What a failure of a recogniser means."""
