"""The sound that a companion's session gets of a room with two people, as fixtures of several files."""

from __future__ import annotations

import pytest

from mcp_voice_agent.conversation.partner import Partner
from mcp_voice_agent.conversation.room_audio import RoomAudio

__all__ = ["HOLD", "audio", "levels", "partner", "told"]

HOLD = 5.0


def partner(current: str = "alice") -> Partner:
    """Somebody is the partner, and nobody has spoken."""
    return Partner(HOLD, current)


def levels(audio: RoomAudio) -> list[int]:
    """The level of each frame that the session has been given since the last look."""
    return [int(audio._frames.get_nowait().data[0]) for _ in range(audio._frames.qsize())]


@pytest.fixture
def told() -> list[str]:
    """The partners that were told of."""
    return []


@pytest.fixture
def audio(told: list[str]) -> RoomAudio:
    """Alice is the partner, and Bob is there, too."""
    return RoomAudio(partner(), told.append)
