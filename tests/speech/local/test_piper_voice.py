# ruff: noqa: RUF001  # IPA and other scripts have letters that look like others.
"""A Piper voice in child processes: the real one that a registry has, and made-up ones with a fault each."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from pathlib import Path

import anyio
import numpy as np
import pytest
from livekit.agents import APIConnectionError, APIConnectOptions

from mcp_voice.speech.local.piper_tts import PiperTTS
from mcp_voice.speech.local.voice_files import voice_files
from mcp_voice.speech.synthesis import synthesis
from testkit.piper_voices import humming_model, joe, made_up, nan_model, other_model
from tests.speech.offline_audio import said

pytestmark = pytest.mark.anyio

ONE_TRY = APIConnectOptions(max_retry=0)
SENTENCE = "This sentence goes on and on, as sentences do. "
LONGEST_QUESTION = (SENTENCE * 60)[:2000]
VERY_LONG = SENTENCE * 1000


def speaking(place: Path) -> PiperTTS:
    """A voice by where it is."""
    files = voice_files(place)
    return PiperTTS(files.model, files.description, sample_rate=files.voice.sample_rate, name="a voice")


@pytest.fixture(scope="module")
async def human() -> AsyncIterator[PiperTTS]:
    """The real one, closed in the end."""
    async with aclosing(speaking(joe())) as voice:
        yield voice


@pytest.fixture
async def voice(tmp_path: Path) -> AsyncIterator[PiperTTS]:
    """One that hums in real processes, so that there is much sound for little work."""
    # Nothing is 0: a tone without a gap would be letters, read as bytes.
    everything = {"_": [0]} | {sign: [10] for sign in "^$ abdefhijklmnoprstuvwxzæðŋɐɑɔəɚɛɜɡɪɹʃʊʌʒˈˌː.,?!"}
    async with aclosing(speaking(made_up(tmp_path, model=humming_model(), phoneme_id_map=everything))) as voice:
        yield voice


def pids(voice: PiperTTS) -> list[int]:
    """The processes that speak."""
    return [child.pid for child in voice.pool.children]


async def test_a_sentence_is_spoken_as_pcm(human: PiperTTS) -> None:
    """A short sentence is about a second of audible sound at the voice's rate, far from clipping."""
    frame = await said(human, "Shall we go on?")
    assert (frame.sample_rate, frame.num_channels) == (22_050, 1)
    assert 0.6 < frame.duration < 2.5
    samples = np.frombuffer(frame.data, dtype=np.int16)
    assert 20_000 < int(np.abs(samples.astype(int)).max()) < 32_000


async def test_the_first_sound_of_a_long_text_comes_before_the_rest_is_made(human: PiperTTS) -> None:
    """Two thousand characters are two minutes of speech; whoever waits hears the first words of it at once."""
    async with synthesis(human, LONGEST_QUESTION, provider="local", key="") as speech:
        first = await anext(aiter(speech.frames()))
        assert first.duration < 0.2
        assert speech.sounds[0].seconds < 5
        assert not any(sound.whole for sound in speech.sounds)


async def test_cancelling_stops_the_work_and_keeps_the_process(
    human: PiperTTS, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a text is abandoned half-way the same process speaks the next one, and only that."""
    monkeypatch.setattr("mcp_voice.speech.pool.CANCEL_SECONDS", 20.0)  # or a busy machine has it ended instead
    async with human.synthesize(SENTENCE * 40) as speech:
        await anext(speech)
        before = pids(human)
    assert (await said(human, "Yes.")).duration < 2
    assert set(pids(human)) == set(before)


async def test_a_text_of_two_thousand_characters_is_spoken_whole(voice: PiperTTS) -> None:
    """Part by part, each as long as its words are."""
    async with synthesis(voice, LONGEST_QUESTION, provider="local", key="") as speech:
        seconds = sum([frame.duration async for frame in speech.frames()])
    assert speech.error is None
    assert 60 < seconds < 300


@pytest.mark.parametrize("text", ["...", " \n", "?!", "\x00"])
async def test_a_text_without_a_sound_is_no_failure(text: str, human: PiperTTS) -> None:
    """Dots are a short silence."""
    assert (await said(human, text)).duration < 1


@pytest.mark.parametrize("text", ["Naïve façade, 東京 & Zürich: 1,234.50 €!", "ʘ ǂ 🙂 ok", "a" * 500])
async def test_any_text_is_spoken(text: str, voice: PiperTTS) -> None:
    """What the voice has no phoneme for is left out, and no text is too strange."""
    assert (await said(voice, text)).duration > 0.2


async def test_two_texts_at_once_are_spoken_by_two_processes(voice: PiperTTS) -> None:
    """A question in one room does not wait for the end of one in another."""
    async with voice.synthesize(VERY_LONG) as one:
        await anext(one)
        assert (await said(voice, SENTENCE)).duration > 1
        assert len(pids(voice)) == 2


async def test_a_crashed_process_is_replaced(voice: PiperTTS) -> None:
    """A process that died between two texts is started anew without an error."""
    await said(voice, "Yes.")
    before = pids(voice)
    voice.pool.children[0].kill()
    assert (await said(voice, "Still here.")).duration > 0.3
    assert pids(voice) != before


async def test_a_crash_while_speaking_is_an_error_and_no_hang(voice: PiperTTS) -> None:
    """A process that dies in the middle of a text fails that text, and the next is spoken."""
    async with voice.synthesize(VERY_LONG, conn_options=ONE_TRY) as speech:
        await anext(speech)
        voice.pool.children[0].kill()
        with anyio.fail_after(20), pytest.raises(APIConnectionError, match="local voice stopped"):
            await speech.collect()
    assert (await said(voice, "Still here.")).duration > 0.3


async def test_closing_while_it_speaks_leaves_no_process(voice: PiperTTS) -> None:
    """The child has ended, and has been waited for, when aclose returns."""
    async with voice.synthesize(VERY_LONG, conn_options=ONE_TRY) as speech:
        await anext(speech)
        (pid,) = pids(voice)
        with anyio.fail_after(20):
            await voice.aclose()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def no_model() -> bytes:
    """Half a download, or a web page."""
    return b"<!doctype html><title>404</title>"


@pytest.mark.parametrize(
    ("model", "told"),
    [
        (no_model, "cannot be loaded as a model"),
        (other_model, "is not the model of a Piper voice"),
        (nan_model, "returns values that are not numbers"),
    ],
)
async def test_a_model_that_cannot_speak_is_told_once_and_names_the_setting(
    model: Callable[[], bytes], told: str, tmp_path: Path
) -> None:
    """No second try can mend it, and a noise is never played."""
    async with aclosing(speaking(made_up(tmp_path, model=model()))) as voice:
        with anyio.fail_after(30), pytest.raises(APIConnectionError, match=f"{told}.*MCP_VOICE_TTS") as caught:
            await said(voice, "Hello")
    assert not caught.value.retryable


async def test_a_language_that_espeak_does_not_have_is_told(tmp_path: Path) -> None:
    """Its phonemes would be another language's."""
    async with aclosing(speaking(made_up(tmp_path, model=nan_model(), espeak={"voice": "xx"}))) as voice:
        with anyio.fail_after(30), pytest.raises(APIConnectionError, match=r"no voice 'xx'.*MCP_VOICE_TTS"):
            await said(voice, "Hello")
