"""Frames of another length change what a synthetic human costs, and nothing of what is heard or of when."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import anyio
import numpy as np
import pytest
from livekit import rtc

from mcp_voice.embedded import embedded_server
from mcp_voice.people import recorder as module
from mcp_voice.people.framing import ALONE, CROWDED, Framing
from mcp_voice.people.human import human
from mcp_voice.people.recorder import Recorder
from mcp_voice.room.access import Access, token
from mcp_voice.settings import load
from testkit.clip_match import ClipMatch
from testkit.clips import clip

pytestmark = pytest.mark.anyio

LIMIT = 10.0
TOLERANCE = 0.2
"""Seconds that sound may take from one microphone to the other's ear; 0.05 on an idle machine."""
HUSHED = 0.4
"""As long may somebody be heard after a hush; 0.07 on an idle machine, and more than 0.6 if nothing were taken back."""
RATE = 24_000
FIRST_SAMPLE_AT = 100.0
LATE = (0.0, 0.07, 0.02, 0.0, 0.11)
"""By how many seconds frames come late, in turn: the event loop stalls."""
framings = pytest.mark.parametrize("framing", [ALONE, CROWDED], ids=["alone", "crowded"])


@dataclass
class Track:
    """A track whose samples are known, and the clock by which it is played, which stands still between frames."""

    samples: np.ndarray
    now: float = FIRST_SAMPLE_AT
    closed: bool = field(default=False)

    def __call__(self, _: object, *, sample_rate: int, frame_ms: int) -> Track:
        """Be read in frames of that length."""
        assert sample_rate == RATE
        self._size = RATE * frame_ms // 1000
        return self

    def monotonic(self) -> float:
        """The clock."""
        return self.now

    async def __aiter__(self) -> AsyncIterator[rtc.AudioFrameEvent]:
        """Each frame when its last sample was played, or later."""
        for number, start in enumerate(range(0, len(self.samples) - self._size + 1, self._size)):
            played_at = FIRST_SAMPLE_AT + (start + self._size) / RATE
            self.now = max(self.now, played_at + LATE[number % len(LATE)])
            data = self.samples[start : start + self._size].tobytes()
            yield rtc.AudioFrameEvent(rtc.AudioFrame(data, RATE, 1, self._size))

    async def aclose(self) -> None:
        """It is read no more."""
        self.closed = True


def sounding(level: int, *stretches: tuple[float, float]) -> np.ndarray:
    """Four seconds of soft noise, with a constant level from second to second."""
    samples = np.tile(np.array([20, -20], dtype=np.int16), 2 * RATE)
    for start, end in stretches:
        samples[round(start * RATE) : round(end * RATE)] = level
    return samples


async def heard_of(track: Track, framing: Framing, monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """Hear all of it."""
    monkeypatch.setattr(module, "track_audio", track)
    monkeypatch.setattr(module, "time", track)
    heard = Recorder(framing)
    await heard.listen(None, "ann")  # type: ignore[arg-type]  # the stream above is taken for any track
    assert track.closed
    return heard


@framings
@pytest.mark.parametrize("level", [5000, -5000, 200, -200])
async def test_instants_are_told_from_within_a_frame(
    framing: Framing, level: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To 10 ms, in long frames as in short ones, though frames come late; also what is only just sound."""
    track = Track(sounding(level, (1.23, 1.87), (2.51, 2.52)))
    heard = await heard_of(track, framing, monkeypatch)
    assert [each.began_at - FIRST_SAMPLE_AT for each in heard.sounds] == pytest.approx([1.23, 2.51], abs=0.01)
    assert [each.ended_at - FIRST_SAMPLE_AT for each in heard.sounds] == pytest.approx([1.87, 2.52], abs=0.01)


@framings
async def test_what_is_too_soft_is_no_sound(framing: Framing, monkeypatch: pytest.MonkeyPatch) -> None:
    """A level below 200, and a single loud sample in 10 ms."""
    samples = sounding(199, (1.0, 2.0))
    samples[3 * RATE] = 3000
    heard = await heard_of(Track(samples), framing, monkeypatch)
    assert not heard.sounds
    assert len(heard.recording("ann").samples) == len(samples)


async def test_two_of_a_crowd_hear_each_other_as_exactly(tmp_path: Path) -> None:
    """Over WebRTC: every word arrives, when the speaker says that it sounded."""
    yes = clip("yes please go ahead", voice="flite-rms")
    async with embedded_server(load(state_dir=tmp_path / "state", _env_file=None), grace=0.3) as server:
        access = Access(server.url, server.api_key, server.api_secret)
        ann, bob = (token(access, room_name="kitchen", identity=name, name=name) for name in ("ann", "bob"))
        async with (
            human(access.url, ann, framing=CROWDED) as speaker,
            human(access.url, bob, framing=CROWDED) as listener,
        ):
            await listener.heard.reach(identity="ann", limit=LIMIT)
            spoken = await speaker.speak(yes.pcm)
            await listener.heard.reach(spoken.ended_at + 1.0, "ann", limit=LIMIT)
            (sound,) = listener.heard.sounds
            assert 0 <= sound.began_at - spoken.started_at < TOLERANCE
            assert 0 <= sound.ended_at - spoken.ended_at < TOLERANCE
            assert ClipMatch().words(listener.heard.recording("ann")) == yes.text


async def test_a_hush_is_heard_at_once_whatever_was_handed_over(tmp_path: Path) -> None:
    """What is on its way to the SDK, 0.6 s of it in a crowd, is taken back."""
    async with embedded_server(load(state_dir=tmp_path / "state", _env_file=None), grace=0.3) as server:
        access = Access(server.url, server.api_key, server.api_secret)
        ann, bob = (token(access, room_name="kitchen", identity=name, name=name) for name in ("ann", "bob"))
        async with (
            human(access.url, ann, framing=CROWDED) as speaker,
            human(access.url, bob, framing=CROWDED) as listener,
            anyio.create_task_group() as tasks,
        ):
            await listener.heard.reach(identity="ann", limit=LIMIT)
            tasks.start_soon(speaker.speak, clip("we should use a different approach").pcm)
            began = await listener.hears_sound("ann", limit=LIMIT)
            await listener.heard.reach(began + 0.4, "ann", limit=LIMIT)
            hushed_at = time.monotonic()
            speaker.hush()
            assert await listener.hears_silence(limit=LIMIT) - hushed_at < HUSHED
