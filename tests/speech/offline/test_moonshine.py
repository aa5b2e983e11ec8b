"""The offline recogniser with Moonshine, on real speech: each trap of the model is a test."""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import anyio
import numpy as np
import pytest
from livekit import rtc
from livekit.agents import APIError, stt
from numpy.typing import NDArray

from mcp_voice.audio import pink_noise
from mcp_voice.speech.faults import stt_fault
from mcp_voice.speech.offline.engines import OfflineEngines
from mcp_voice.speech.offline.reader import Reader
from mcp_voice.speech.offline.spoken import SpokenUtterance, said
from mcp_voice.speech.offline_stt import OfflineSTT
from testkit.waiting import until as becomes
from tests.speech.offline.weights import NEEDS_SPHINX, NO_WEIGHTS, Fixed, installed
from tests.speech.offline_audio import decoded, heard, room, until, words

pytestmark = pytest.mark.anyio

RATE = 16_000
CLIPS = {
    path.stem.split("__")[1].replace("_", " "): path for path in (Path(__file__).with_name("clips")).glob("*.flac")
}
SENTENCES = sorted(text for text in CLIPS if len(text.split()) > 2)
REPORT = "make a copy of the report"


def sound(text: str) -> NDArray[np.int16]:
    """A clip's samples."""
    return decoded(CLIPS[text], rate=RATE)


def frames_of(*texts: str, gap: float = 0.0) -> list[rtc.AudioFrame]:
    """Clips as a microphone gives them, one after the other."""
    parts = [part for text in texts for part in (sound(text), np.zeros(int(gap * RATE), np.int16))]
    return room(np.concatenate(parts), rate=RATE)


@pytest.fixture(scope="module")
async def ears() -> AsyncIterator[OfflineEngines]:
    """One set of processes for the whole module."""
    async with aclosing(OfflineEngines(installed())) as ears:
        yield ears


@pytest.fixture
async def recogniser(ears: OfflineEngines) -> AsyncIterator[OfflineSTT]:
    """A recogniser without expectations."""
    async with aclosing(OfflineSTT(ears)) as recogniser:
        yield recogniser


@pytest.mark.parametrize("text", SENTENCES)
async def test_natural_speech_is_heard_word_for_word(recogniser: OfflineSTT, text: str) -> None:
    """Free speech, of which pocketsphinx gets one word in six wrong."""
    async with recogniser.stream() as stream:
        assert words(await heard(stream, frames_of(text))) == words(text)


async def test_numbers_come_as_the_model_writes_them(recogniser: OfflineSTT) -> None:
    """Digits stay digits: what is made of them is known above."""
    heard_as = (await recogniser.recognize(frames_of("forty two"))).alternatives[0].text
    assert heard_as.strip(".").lower().replace("-", " ") in {"42", "forty two"}


@pytest.mark.parametrize("choices", [["yes", "no"], ["No", "Maybe"]])
async def test_a_lone_word_that_was_expected_comes_as_it_was_written(
    recogniser: OfflineSTT, choices: list[str]
) -> None:
    """It is the choice itself, without a full stop."""
    recogniser.set_choices(choices)
    async with recogniser.stream() as stream:
        assert await heard(stream, frames_of("no")) == next(each for each in choices if each.lower() == "no")


async def test_a_choice_of_several_words_comes_as_it_was_written(recogniser: OfflineSTT) -> None:
    """The model would write a capital and a full stop."""
    recogniser.set_choices(["the first option", "the second option"])
    async with recogniser.stream() as stream:
        assert await heard(stream, frames_of("the second option")) == "the second option"


@pytest.mark.parametrize("choices", [["red", "green", "blue"], ["deploy", "roll back", "wait"], ["10%", "v2.1", "€"]])
@pytest.mark.parametrize("text", ["no", "forty two", REPORT, "the second option"])
async def test_no_other_reply_becomes_a_choice(recogniser: OfflineSTT, text: str, choices: list[str]) -> None:
    """A refusal taken for a choice is the worst that can happen."""
    recogniser.set_choices(choices)
    event = await recogniser.recognize(frames_of(text))
    assert event.alternatives[0].text not in choices
    assert event.alternatives[0].text


@pytest.mark.parametrize("seconds", [0.05, 0.3, 2.0])
@pytest.mark.parametrize("kind", ["zeros", "pink", "white", "tone", "clicks"])
async def test_a_noise_has_no_words(recogniser: OfflineSTT, kind: str, seconds: float) -> None:
    """The model reads "You" of each of them, and is sure of it."""
    count = int(seconds * RATE)
    noises: dict[str, NDArray[Any]] = {
        "zeros": np.zeros(count),
        "pink": pink_noise(seconds, rate=RATE, rms=2000.0).samples,
        "white": np.random.default_rng(1).normal(0, 2000, count),
        "tone": 8000 * np.sin(np.arange(count) * 2 * np.pi * 440 / RATE),
        "clicks": 20_000.0 * (np.arange(count) % 4000 < 20),
    }
    event = await recogniser.recognize(room(noises[kind].astype(np.int16), rate=RATE))
    assert event.alternatives[0].text == ""


@pytest.mark.parametrize(
    ("text", "voice", "kept"),
    [("You", 0.2, ""), ("You.", 0.39, ""), ("You.", 0.5, "You."), ("Yes.", 0.2, "Yes."), ("You too.", 0.2, "You too.")],
)
def test_a_lone_you_of_hardly_any_voice_is_dropped(text: str, voice: float, kept: str) -> None:
    """A cough that passes for voice is read so; whoever says "you" takes longer."""
    assert said(text, voice=voice) == kept


@pytest.mark.parametrize("text", ["No,", "Next week,", "Eight of spades, four of clubs,"])
def test_an_answer_does_not_end_in_a_comma(text: str) -> None:
    """The model ends 25 of 81 short answers without a full stop, most of them so: more would be waited for."""
    assert said(text, voice=0.5) == text[:-1]


async def test_less_sound_than_the_encoder_needs_is_read_all_the_same() -> None:
    """Its strides leave nothing of it."""
    folder = installed().place
    assert folder
    reader = Reader(folder, size=1)
    try:
        for count in (0, 1, 320):
            assert isinstance((await reader.read(bytes(2 * count))).text, str)
    finally:
        await reader.pool.aclose()


async def test_speech_of_more_than_one_decode_loses_and_doubles_no_word(recogniser: OfflineSTT) -> None:
    """Above 9 s a mask of another length crashes the decoder; above 20 s the sound is cut, at a pause."""
    texts = (SENTENCES * 3)[:11]
    frames = frames_of(*texts, gap=0.2)
    assert sum(frame.duration for frame in frames) > 25
    event = await recogniser.recognize(frames)
    assert words(event.alternatives[0].text) == words(" ".join(texts))


async def test_words_come_while_somebody_speaks(ears: OfflineEngines, monkeypatch: pytest.MonkeyPatch) -> None:
    """Captions, and what is heard so far; the first reading alone shows nothing."""
    monkeypatch.setattr("mcp_voice.speech.offline.spoken.MOST_SHARE", 100.0)  # this machine may be busy
    pcm = frames_of("please send the invoice to the accounting team by friday")
    shown: list[str] = []
    utterance = ears.utterance(context="", choices=(), show=shown.append)
    assert isinstance(utterance, SpokenUtterance)
    for frame in pcm[:-25]:
        await utterance.push(frame.data.tobytes(), voice=frame.duration)
        if utterance.is_reading:
            await utterance.read_so_far()
    heard = await utterance.finish()
    assert shown
    assert all(words(heard.text).startswith(words(text)) for text in shown)
    await utterance.aclose()


async def test_a_process_is_started_when_somebody_begins_to_speak() -> None:
    """All are ended after a minute without speech; loading the model takes longer than a "yes"."""
    async with aclosing(OfflineEngines(installed())) as ears:
        utterance = ears.utterance(context="", choices=(), show=lambda _: None)
        await utterance.open()
        await becomes(lambda: bool(ears.pool.children), limit=20)
        await utterance.aclose()


async def test_the_end_of_input_ends_the_utterance(recogniser: OfflineSTT) -> None:
    """Speech that is cut off by the end of the track is still returned."""
    async with recogniser.stream() as stream:
        for frame in room(sound(REPORT), rate=RATE, after=0):
            stream.push_frame(frame)
        stream.end_input()
        finals = [event async for event in stream if event.type == stt.SpeechEventType.FINAL_TRANSCRIPT]
    assert words(finals[0].alternatives[0].text) == words(REPORT)


async def test_a_process_that_is_killed_loses_no_word(recogniser: OfflineSTT, ears: OfflineEngines) -> None:
    """The sound is read by the next process."""
    await recogniser.recognize(frames_of("no"))
    for child in ears.pool.children:
        os.kill(child.pid, 9)
    event = await recogniser.recognize(frames_of(REPORT))
    assert words(event.alternatives[0].text) == words(REPORT)


async def test_ten_people_who_stop_at_once_are_all_heard(recogniser: OfflineSTT) -> None:
    """There are fewer processes than that: the others wait their turn, and nobody's words are dropped."""
    texts: dict[int, str] = {}

    async def speak(number: int) -> None:
        async with recogniser.stream() as stream:
            texts[number] = words(await heard(stream, frames_of(SENTENCES[number % len(SENTENCES)])))

    async with anyio.create_task_group() as tasks:
        for number in range(10):
            tasks.start_soon(speak, number)
    assert texts == {number: words(SENTENCES[number % len(SENTENCES)]) for number in range(10)}


@NEEDS_SPHINX
async def test_damaged_weights_are_told_and_pocketsphinx_hears(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A file of the right size with other contents reads nonsense, or crashes."""
    whole = installed().place
    assert whole
    for file in whole.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    with (tmp_path / "tokenizer.bin").open("r+b") as damaged:
        damaged.write(b"xxxx")
    with caplog.at_level(logging.WARNING):
        async with aclosing(OfflineEngines(Fixed(tmp_path))) as ears:
            async with aclosing(OfflineSTT(ears, choices=["make a copy of the report"])) as recogniser:
                event = await recogniser.recognize(frames_of(REPORT))
            assert ears.model == "pocketsphinx-en-us"
    assert "tokenizer.bin is damaged" in caplog.text
    assert words(event.alternatives[0].text) == words(REPORT)


async def test_weights_that_come_later_are_used_from_then_on() -> None:
    """They are fetched in the background, and pocketsphinx hears meanwhile."""
    weights = Coming()
    async with aclosing(OfflineEngines(weights)) as ears:
        assert ears.model == "pocketsphinx-en-us"
        weights.place = installed().place
        assert ears.model == "moonshine-tiny-en"


class Coming:
    """Weights that are on their way."""

    place: Path | None = NO_WEIGHTS.place

    def folder(self) -> Path | None:
        """Where they are by now."""
        return self.place

    async def aclose(self) -> None:
        """Nothing to end."""


@pytest.mark.parametrize("language", ["de", "fr-CH"])
async def test_another_language_is_refused_with_what_to_set(ears: OfflineEngines, language: str) -> None:
    """It would make English of it, and nobody would know why."""
    recogniser = OfflineSTT(ears, language=language)
    with pytest.raises(APIError) as raised:
        await recogniser.recognize(frames_of(REPORT))
    error = stt_fault(raised.value, provider="offline", key="")
    assert error.code == "offline-language"
    assert f"MCP_VOICE_LANGUAGE is {language!r}" in str(error)
    assert "MCP_VOICE_STT" in str(error)


@pytest.mark.parametrize("language", ["en", "en-GB", "en_US", "EN"])
async def test_any_english_is_understood(ears: OfflineEngines, language: str) -> None:
    """The tag may name a region."""
    OfflineSTT(ears, language=language).check_language()


async def test_in_another_language_a_stream_breaks_with_the_first_speech(ears: OfflineEngines) -> None:
    """Not before: somebody may type, or press keys."""
    async with OfflineSTT(ears, language="de").stream() as stream:
        for frame in frames_of(REPORT):
            stream.push_frame(frame)
        with anyio.fail_after(20), pytest.raises(APIError, match="English only"):
            await until(stream, stt.SpeechEventType.END_OF_SPEECH)
