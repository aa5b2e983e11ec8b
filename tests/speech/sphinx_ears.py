"""Ears without Moonshine's weights, and what is said to them."""

from __future__ import annotations

from livekit import rtc

from mcp_voice.speech.offline.engines import OfflineEngines
from mcp_voice.speech.pool import Pool
from tests.speech.offline.weights import NO_WEIGHTS
from tests.speech.offline_audio import CLIPS, Clip, decoded, room

__all__ = ["MINUTES", "RATE", "YES", "frames_of", "sphinx"]

RATE = 48_000
YES = next(clip for clip in CLIPS if clip.text == "yes please go ahead")
MINUTES = next(clip for clip in CLIPS if clip.text == "I need five more minutes")


def frames_of(clip: Clip) -> list[rtc.AudioFrame]:
    """A clip as a WebRTC microphone gives it."""
    return room(decoded(clip.path, rate=RATE), rate=RATE)


def sphinx(pool: Pool | None = None) -> OfflineEngines:
    """Ears on a machine without Moonshine's weights."""
    return OfflineEngines(NO_WEIGHTS, pool=pool)
