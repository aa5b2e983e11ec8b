"""The sound of one track, also where the track is gone before anybody could hear it."""

from __future__ import annotations

import pytest
from livekit import rtc
from livekit.rtc._ffi_client import FfiClient

from mcp_voice.people.recorder import Recorder
from mcp_voice.room.sdk import TrackGone, track_audio

pytestmark = pytest.mark.anyio

RATE = 48_000


async def test_a_track_that_is_gone_is_not_heard_and_leaves_nothing_behind() -> None:
    """A guest who comes and goes in a moment is no fault; each time the SDK would keep a queue of all events."""
    track = rtc.LocalAudioTrack.create_audio_track("x", rtc.AudioSource(RATE, 1))
    subscribers = FfiClient.instance.queue._subscribers
    before = list(subscribers)
    track._ffi_handle.dispose()
    with pytest.raises(TrackGone):
        track_audio(track, sample_rate=RATE, frame_ms=20)
    assert subscribers == before
    heard = Recorder()
    await heard.listen(track, "eve")
    assert not heard.sounds
    assert subscribers == before
