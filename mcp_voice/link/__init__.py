"""The one seam to LiveKit: rooms we are in, and the server that has them.

All code above the seam knows LiveKit by these types only.
"""

from mcp_voice.link.events import (
    CallChanged,
    Event,
    Hint,
    Joined,
    Keyed,
    Left,
    Lost,
    MicrophoneChanged,
    Reachable,
    Reading,
    Reconnected,
    Reconnecting,
    SegmentRead,
    SpeechStarted,
    SpeechStopped,
    Trouble,
    Typed,
    Unreachable,
    Words,
)
from mcp_voice.link.room_link import Engine, Floor, RoomLink

__all__ = [
    "CallChanged",
    "Engine",
    "Event",
    "Floor",
    "Hint",
    "Joined",
    "Keyed",
    "Left",
    "Lost",
    "MicrophoneChanged",
    "Reachable",
    "Reading",
    "Reconnected",
    "Reconnecting",
    "RoomLink",
    "SegmentRead",
    "SpeechStarted",
    "SpeechStopped",
    "Trouble",
    "Typed",
    "Unreachable",
    "Words",
]
