"""What the companion hears of a human with several microphones, or with one of an unknown source."""

from __future__ import annotations

import numpy as np
import pytest
from livekit import rtc

from mcp_voice_agent.conversation.human_audio import RATE, HumanAudio

FIRST = "microphone"
SAMPLES = 480
FRAME_SECONDS = SAMPLES / RATE


def frame(level: int) -> rtc.AudioFrame:
    """20 ms of that level."""
    return rtc.AudioFrame(np.full(SAMPLES, level, np.int16).tobytes(), RATE, 1, SAMPLES)


class Mixed(HumanAudio):
    """One human's sound, and what came out of it."""

    def __init__(self) -> None:
        self.frames: list[rtc.AudioFrame] = []
        super().__init__(self.frames.append)


def levels(audio: Mixed) -> list[int]:
    """The level of each frame that came out since the last look."""
    found = [int(each.data[0]) for each in audio.frames]
    audio.frames.clear()
    return found


@pytest.fixture
def audio() -> Mixed:
    """Nobody has been heard yet."""
    return Mixed()


def test_one_microphone_is_passed_on_as_it_is(audio: Mixed) -> None:
    """At once, whichever it is."""
    for sid in (FIRST, "unknown"):
        for number in range(3):
            audio.push(sid, frame(number), number * FRAME_SECONDS)
        audio.forget(sid)
    assert levels(audio) == [0, 1, 2, 0, 1, 2]


def test_the_frames_of_a_single_microphone_are_not_made_anew(audio: Mixed) -> None:
    """Fifty times a second for each conversation, there is nothing to mix; once there is, what comes out is new."""
    given = [frame(level) for level in (1, 2)]
    for number, each in enumerate(given):
        audio.push(FIRST, each, number * FRAME_SECONDS)
    assert audio.frames == given
    audio.frames.clear()
    audio.push("headset", frame(3), 3 * FRAME_SECONDS)
    audio.push(FIRST, given[0], 3 * FRAME_SECONDS)
    assert levels(audio) == [4]
    assert int(given[0].data[0]) == 1


def test_two_microphones_are_mixed_and_the_length_stays_what_it_is(audio: Mixed) -> None:
    """The sum of both, frame by frame, without an overflow."""
    for number in range(5):
        audio.push(FIRST, frame(30_000), number * FRAME_SECONDS)
        audio.push("headset", frame(20_000), number * FRAME_SECONDS)
    assert levels(audio) == [30_000, *[32_767] * 4]


def test_when_one_falls_silent_for_good_the_other_goes_on(audio: Mixed) -> None:
    """Nothing of it is lost but what a moment of silence holds back, and nothing of it comes late."""
    audio.push(FIRST, frame(1), 0.0)
    for number in range(50):
        audio.push("headset", frame(2), number * FRAME_SECONDS)
    heard = levels(audio)
    assert heard[0] == 1
    assert 38 <= heard[1:].count(2) + heard[1:].count(4) <= 50
    assert heard[-1] in (2, 4)


def test_nothing_of_the_other_microphone_is_heard_twice_when_the_first_stalls(audio: Mixed) -> None:
    """What was held of it comes before its next frames, and is not laid over them."""
    audio.push(FIRST, frame(1), 0.0)
    for number in range(50):
        audio.push("headset", frame(100 + number), number * FRAME_SECONDS)
    assert sum(each.samples_per_channel for each in audio.frames[1:]) >= 49 * SAMPLES
    heard = levels(audio)[1:]
    assert heard == sorted(heard)
    assert set(range(101, 150)) <= set(heard) <= set(range(100, 150))
