"""The offline recogniser where Moonshine is not: pocketsphinx in child processes, on real synthetic speech."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing

import numpy as np
import pytest
from livekit import rtc
from livekit.agents import stt

from mcp_voice.speech.noise import SAMPLE_RATE
from mcp_voice.speech.offline.engines import OfflineEngines
from mcp_voice.speech.offline_stt import OfflineSTT
from mcp_voice.speech.offline_tts import OfflineTTS
from tests.speech.offline.weights import NEEDS_SPHINX
from tests.speech.offline_audio import CLIPS, Clip, decoded, heard, room, said, until, words
from tests.speech.sphinx_ears import MINUTES, RATE, YES, frames_of, sphinx

pytestmark = [pytest.mark.anyio, NEEDS_SPHINX]


@pytest.fixture(scope="module")
async def ears() -> AsyncIterator[OfflineEngines]:
    """One process for the whole module."""
    async with aclosing(sphinx()) as ears:
        yield ears


@pytest.fixture
async def recogniser(ears: OfflineEngines) -> AsyncIterator[OfflineSTT]:
    """A recogniser without expectations."""
    async with aclosing(OfflineSTT(ears)) as recogniser:
        yield recogniser


async def spoken(text: str) -> list[rtc.AudioFrame]:
    """The offline voice saying a text in a room."""
    async with OfflineTTS() as voice:
        frame = await said(voice, text)
    return room(np.frombuffer(frame.data, np.int16), rate=frame.sample_rate)


@pytest.mark.parametrize("clip", CLIPS, ids=lambda clip: clip.path.stem)
async def test_every_clip_is_heard_exactly(recogniser: OfflineSTT, clip: Clip) -> None:
    """Ordinary sentences come out word for word, not as one of the short answers."""
    async with recogniser.stream() as stream:
        assert words(await heard(stream, frames_of(clip))) == words(clip.text)


async def test_one_stream_hears_one_utterance_after_the_other(recogniser: OfflineSTT) -> None:
    """The events of each utterance come in order: start, words so far, final, end."""
    async with recogniser.stream() as stream:
        for clip in (YES, MINUTES):
            for frame in frames_of(clip):
                stream.push_frame(frame)
            events = await until(stream, stt.SpeechEventType.END_OF_SPEECH)
            kinds = [event.type for event in events]
            assert kinds[0] == stt.SpeechEventType.START_OF_SPEECH
            assert set(kinds[1:-2]) == {stt.SpeechEventType.INTERIM_TRANSCRIPT}
            assert kinds[-2:] == [stt.SpeechEventType.FINAL_TRANSCRIPT, stt.SpeechEventType.END_OF_SPEECH]
            assert 0 < events[-2].alternatives[0].confidence < 1


async def test_the_end_of_input_ends_the_utterance(recogniser: OfflineSTT) -> None:
    """Speech that is cut off by the end of the track is still returned."""
    async with recogniser.stream() as stream:
        for frame in room(decoded(YES.path, rate=RATE), rate=RATE, after=0):
            stream.push_frame(frame)
        stream.end_input()
        finals = [event async for event in stream if event.type == stt.SpeechEventType.FINAL_TRANSCRIPT]
    assert words(finals[0].alternatives[0].text) == words(YES.text)


@pytest.mark.parametrize("answer", ["yes", "no", "okay", "go ahead"])
async def test_a_short_answer_is_heard_without_choices(recogniser: OfflineSTT, answer: str) -> None:
    """The open language model alone misreads most of them."""
    async with recogniser.stream() as stream:
        assert await heard(stream, await spoken(answer)) == answer


@pytest.mark.parametrize("answer", ["Postgres", "MySQL", "the second option", "no"])
async def test_a_choice_is_heard_as_it_was_written(recogniser: OfflineSTT, answer: str) -> None:
    """Names that no dictionary has are heard too, and come back in the choice's own spelling."""
    recogniser.set_choices(["Postgres", "MySQL", "the second option", "no"])
    async with recogniser.stream() as stream:
        assert await heard(stream, await spoken(answer)) == answer


async def test_any_text_can_be_a_choice(recogniser: OfflineSTT) -> None:
    """Words of the grammar's own language, digits and signs break nothing."""
    recogniser.set_choices(["public", "v2.1", "€", "C++", "roll-back", "Übung"])
    async with recogniser.stream() as stream:
        assert words(await heard(stream, frames_of(MINUTES))) == words(MINUTES.text)


async def test_what_is_no_choice_is_not_bent_into_one(recogniser: OfflineSTT) -> None:
    """An answer beside the choices keeps its own words."""
    recogniser.set_choices(["red", "green", "blue"])
    async with recogniser.stream() as stream:
        for clip in (YES, MINUTES):
            assert words(await heard(stream, frames_of(clip))) == words(clip.text)


async def test_choices_may_change_while_the_stream_is_open(recogniser: OfflineSTT) -> None:
    """They hold from the next utterance on."""
    async with recogniser.stream() as stream:
        recogniser.set_choices(["Postgres", "no"])
        assert await heard(stream, await spoken("Postgres")) == "Postgres"
        recogniser.set_choices([])
        assert await heard(stream, await spoken("Postgres")) != "Postgres"


async def test_a_whole_buffer_is_recognised(recogniser: OfflineSTT) -> None:
    """The call without a stream gives the same words."""
    event = await recogniser.recognize(frames_of(YES))
    assert words(event.alternatives[0].text) == words(YES.text)


async def test_silence_has_no_words(recogniser: OfflineSTT) -> None:
    """A buffer in which nobody speaks is empty text, not a guess."""
    quiet = room(np.zeros(SAMPLE_RATE, np.int16), rate=SAMPLE_RATE)
    assert (await recogniser.recognize(quiet)).alternatives[0].text == ""
