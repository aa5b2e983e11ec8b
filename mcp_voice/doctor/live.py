"""The checks that need LiveKit's packages: importing this module takes seconds, or fails where they are broken."""

from __future__ import annotations

from mcp_voice.doctor.key import KEY
from mcp_voice.doctor.room import ROOM
from mcp_voice.doctor.speech import SPEECH

__all__ = ["LIVE"]

LIVE = (*KEY, *SPEECH, *ROOM)
