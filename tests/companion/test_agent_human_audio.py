"""What the companion hears of a human with several microphones, or with one of an unknown source."""

from __future__ import annotations

import numpy as np
import pytest
from livekit import rtc
from livekit.agents.voice.io import AudioInput

from mcp_voice_agent.conversation.human_audio import RATE, ROOM_IO, HumanAudio

pytestmark = pytest.mark.anyio

SAMPLES = 480
FRAME_SECONDS = SAMPLES / RATE


def frame(level: int) -> rtc.AudioFrame:
    """20 ms of that level."""
    return rtc.AudioFrame(np.full(SAMPLES, level, np.int16).tobytes(), RATE, 1, SAMPLES)


def levels(audio: HumanAudio) -> list[int]:
    """The level of each frame that came out."""
    return [int(audio._frames.get_nowait().data[0]) for _ in range(audio._frames.qsize())]


@pytest.fixture
async def audio() -> HumanAudio:
    """Nobody has been heard yet."""
    return HumanAudio(AudioInput(label="room"))


async def test_one_microphone_is_passed_on_as_it_is(audio: HumanAudio) -> None:
    """At once, whichever it is."""
    for sid in (ROOM_IO, "unknown"):
        for number in range(3):
            audio.push(sid, frame(number), number * FRAME_SECONDS)
        audio.forget(sid)
    assert levels(audio) == [0, 1, 2, 0, 1, 2]


async def test_the_frames_of_a_single_microphone_are_not_made_anew(audio: HumanAudio) -> None:
    """Fifty times a second for each conversation, there is nothing to mix; once there is, what comes out is new."""
    given = [frame(level) for level in (1, 2)]
    for number, each in enumerate(given):
        audio.push(ROOM_IO, each, number * FRAME_SECONDS)
    assert [audio._frames.get_nowait() for _ in given] == given
    audio.push("headset", frame(3), 3 * FRAME_SECONDS)
    audio.push(ROOM_IO, given[0], 3 * FRAME_SECONDS)
    assert levels(audio) == [4]
    assert int(given[0].data[0]) == 1


async def test_two_microphones_are_mixed_and_the_length_stays_what_it_is(audio: HumanAudio) -> None:
    """The sum of both, frame by frame, without an overflow."""
    for number in range(5):
        audio.push(ROOM_IO, frame(30_000), number * FRAME_SECONDS)
        audio.push("headset", frame(20_000), number * FRAME_SECONDS)
    assert levels(audio) == [30_000, *[32_767] * 4]


async def test_when_one_falls_silent_for_good_the_other_goes_on(audio: HumanAudio) -> None:
    """Nothing of it is lost but what a moment of silence holds back, and nothing of it comes late."""
    audio.push(ROOM_IO, frame(1), 0.0)
    for number in range(50):
        audio.push("headset", frame(2), number * FRAME_SECONDS)
    heard = levels(audio)
    assert heard[0] == 1
    assert 38 <= heard[1:].count(2) + heard[1:].count(4) <= 50
    assert heard[-1] in (2, 4)


async def test_nothing_is_kept_while_somebody_else_has_the_floor(audio: HumanAudio) -> None:
    """What is said to another agent is not heard afterwards."""
    audio.on_detached()
    for number in range(5):
        audio.push(ROOM_IO, frame(1), number * FRAME_SECONDS)
        audio.push("headset", frame(2), number * FRAME_SECONDS)
    assert levels(audio) == []
    audio.on_attached()
    audio.push(ROOM_IO, frame(1), 0.2)
    assert levels(audio) == [1]
