"""What voice activity detection calls a stretch of speech holds nothing of the speech before it."""

from __future__ import annotations

import numpy as np
import pytest
from livekit import rtc
from livekit.agents.vad import VADEvent, VADEventType

from mcp_voice.audio import Pcm, pink_noise, silence
from mcp_voice.speech.activity import VoiceActivity, voice_activity
from mcp_voice.speech.segments import Segments
from testkit.clip_match import ClipMatch
from testkit.clips import clip

pytestmark = pytest.mark.anyio

RATE, FRAME = 16_000, 320
SENTENCE = "I want to change the color to green"
KINDS: tuple[VoiceActivity, ...] = ("livekit", "silero")


async def heard_apart(kind: VoiceActivity, pause: float) -> list[Pcm]:
    """The segments of a sentence with a pause in it; the room's noise goes on."""
    first, rest = (clip(SENTENCE).part(*words).resampled(RATE) for words in ((0, 4), (4, 8)))
    quiet = silence(1.0, rate=RATE)
    said = quiet.joined(first, silence(pause, rate=RATE), rest, quiet)
    samples = said.over(pink_noise(said.seconds + 1, rate=RATE)).samples
    stream, segments, found = voice_activity(kind, silence_seconds=0.2).stream(), Segments(), list[Pcm]()
    for part in np.array_split(samples, len(samples) // FRAME):
        stream.push_frame(rtc.AudioFrame(part.tobytes(), RATE, 1, len(part)))
    stream.end_input()
    async for event in stream:
        if event.type == VADEventType.START_OF_SPEECH:
            segments.begun(event)
        if event.type == VADEventType.END_OF_SPEECH:
            heard = [np.frombuffer(each.data, np.int16) for each in segments.ended(event)]
            found.append(Pcm(np.concatenate(heard), RATE))
    await stream.aclose()
    return found


@pytest.mark.parametrize("pause", [0.35, 0.4, 0.5, 1.0])
@pytest.mark.parametrize("kind", KINDS)
async def test_after_a_short_pause_no_word_is_heard_twice(kind: VoiceActivity, pause: float) -> None:
    """Each began with half a second of what was before it: with the end of a word, where the pause was short."""
    found = await heard_apart(kind, pause)
    match = ClipMatch([clip(SENTENCE)])
    assert [match.words(each) for each in found] == ["I want to change", "the color to green"]
    voiced = [each.voiced() for each in found]
    assert voiced[1][1] - voiced[1][0] == pytest.approx(clip(SENTENCE).part(4, 8).seconds, abs=0.1)


def _event(*, until: int, samples: int, silent: float = 0.2) -> VADEvent:
    sound = np.arange(until - samples, until, dtype=np.int16)
    return VADEvent(
        VADEventType.END_OF_SPEECH,
        samples_index=16 * until,
        timestamp=until / 1_000,
        speech_duration=1.0,
        silence_duration=silent,
        frames=[rtc.AudioFrame(sound.tobytes(), 1_000, 1, samples)],
    )


def _first_and_last(frames: list[rtc.AudioFrame]) -> tuple[int, int]:
    (frame,) = frames
    samples = np.frombuffer(frame.data, np.int16)
    return int(samples[0]), int(samples[-1])


def test_nothing_is_cut_of_what_was_in_no_segment_before() -> None:
    """A first one, one after a long pause, and one after a flush, which begins to count anew."""
    segments = Segments()
    assert _first_and_last(list(segments.ended(_event(until=2_000, samples=1_500)))) == (500, 1_999)
    # Its speech ended at 1,800.
    assert _first_and_last(list(segments.ended(_event(until=3_000, samples=1_500)))) == (1_800, 2_999)
    assert _first_and_last(list(segments.ended(_event(until=5_000, samples=1_000)))) == (4_000, 4_999)
    assert _first_and_last(list(segments.ended(_event(until=1_200, samples=1_200)))) == (0, 1_199)
    assert _first_and_last(list(segments.ended(_event(until=9_000, samples=8_600)))) == (400, 8_999)
