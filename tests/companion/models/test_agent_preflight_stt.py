"""Asking a recogniser of whole utterances when a silence begins: nothing is read twice, and nothing is lost."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from livekit import rtc
from livekit.agents import NOT_GIVEN, APIConnectionError, APIConnectOptions, NotGivenOr, inference
from livekit.agents.stt import SpeechEvent, SpeechEventType
from livekit.agents.utils import AudioBuffer

from mcp_voice.audio import Pcm, pink_noise
from mcp_voice_agent.models.preflight_stt import PreflightSTT
from testkit.clip_match import ClipMatch
from testkit.rig import part_of, voice_of
from testkit.stubs import StubSTT

pytestmark = pytest.mark.anyio

RATE = 24_000
FRAME = RATE // 50
TEXT = "make a copy of the report"
GAP_SECONDS = 0.15
"""Long enough to ask the recogniser in, too short to end an utterance."""
NO_RETRY = APIConnectOptions(max_retry=0)


class CountingSTT(StubSTT):
    """Counts what it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    async def _recognize_impl(
        self, buffer: AudioBuffer, *, language: NotGivenOr[str] = NOT_GIVEN, conn_options: APIConnectOptions
    ) -> SpeechEvent:
        self.asked += 1
        return await super()._recognize_impl(buffer, language=language, conn_options=conn_options)


async def heard(recogniser: StubSTT, *said: Pcm) -> Sequence[SpeechEvent]:
    """Everything that comes of what is said, in silence with the noise of a room."""
    lead = pink_noise(1.0, rate=RATE)
    sound = lead.joined(*(each.resampled(RATE) for each in said), lead)
    async with PreflightSTT(recogniser, inference.VAD()).stream(conn_options=NO_RETRY) as stream:
        for frame in np.array_split(sound.samples, len(sound.samples) // FRAME):
            stream.push_frame(rtc.AudioFrame(frame.tobytes(), RATE, 1, len(frame)))
        stream.end_input()
        return [event async for event in stream]


def texts(events: Sequence[SpeechEvent], kind: SpeechEventType) -> list[str]:
    """The words of all events of a kind."""
    return [event.alternatives[0].text for event in events if event.type == kind]


async def test_words_that_were_early_become_final_without_being_read_again() -> None:
    """The recogniser is asked once, although its words come before the utterance is over."""
    recogniser = CountingSTT()
    events = await heard(recogniser, voice_of(TEXT))
    assert texts(events, SpeechEventType.FINAL_TRANSCRIPT) == [TEXT]
    assert recogniser.asked == 1
    kinds = [event.type for event in events]
    assert kinds[0] == SpeechEventType.START_OF_SPEECH
    assert kinds.index(SpeechEventType.END_OF_SPEECH) < kinds.index(SpeechEventType.FINAL_TRANSCRIPT)


async def test_an_utterance_that_goes_on_is_read_as_a_whole() -> None:
    """What was read at a short gap is thrown away: the final words are all of them, once."""
    recogniser = CountingSTT()
    gap = pink_noise(GAP_SECONDS, rate=RATE)
    events = await heard(recogniser, part_of(TEXT, 0, 4), gap, part_of(TEXT, 4, 6))
    assert texts(events, SpeechEventType.FINAL_TRANSCRIPT) == [TEXT]
    assert recogniser.asked == 2


async def test_sound_without_words_gives_none() -> None:
    """A recogniser that understands nothing makes no empty turn."""
    events = await heard(StubSTT(match=ClipMatch([])), voice_of(TEXT))
    assert [event.type for event in events if event.alternatives] == []


async def test_a_recogniser_that_fails_is_told_of() -> None:
    """An utterance that nobody could read is an error of the stream, as without the head start."""
    recogniser = StubSTT()
    recogniser.error = APIConnectionError("It is down.")
    with pytest.raises(APIConnectionError):
        await heard(recogniser, voice_of(TEXT))
