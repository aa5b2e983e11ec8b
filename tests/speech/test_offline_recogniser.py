"""The offline recogniser where Moonshine is not: pocketsphinx in child processes, on real synthetic speech."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import anyio
import numpy as np
import pytest
from livekit import rtc
from livekit.agents import APIConnectOptions, APIError, stt

from mcp_voice.speech.faults import stt_fault
from mcp_voice.speech.frames import AUDIO, FINISH, OPEN
from mcp_voice.speech.noise import SAMPLE_RATE
from mcp_voice.speech.offline.engines import Ears
from mcp_voice.speech.offline_stt import OfflineSTT
from mcp_voice.speech.offline_tts import OfflineTTS
from mcp_voice.speech.pool import Pool
from testkit.waiting import until as eventually
from tests.speech.offline.weights import NO_WEIGHTS
from tests.speech.offline_audio import CLIPS, Clip, decoded, heard, room, said, until, words

pytestmark = pytest.mark.anyio

RATE = 48_000
YES = next(clip for clip in CLIPS if clip.text == "yes please go ahead")
SPEAKERS = 3
"""One more than processes, in the test where some have to wait."""
MINUTES = next(clip for clip in CLIPS if clip.text == "I need five more minutes")


def frames_of(clip: Clip) -> list[rtc.AudioFrame]:
    """A clip as a WebRTC microphone gives it."""
    return room(decoded(clip.path, rate=RATE), rate=RATE)


def sphinx(pool: Pool | None = None) -> Ears:
    """Ears on a machine without Moonshine's weights."""
    return Ears(NO_WEIGHTS, pool=pool)


@pytest.fixture(scope="module")
async def ears() -> AsyncIterator[Ears]:
    """One process for the whole module."""
    async with aclosing(sphinx()) as ears:
        yield ears


@pytest.fixture
async def pool(ears: Ears) -> Pool:
    """That process."""
    return ears.pool


@pytest.fixture
async def recogniser(ears: Ears) -> AsyncIterator[OfflineSTT]:
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


async def test_a_process_killed_in_the_middle_loses_no_word(recogniser: OfflineSTT, pool: Pool) -> None:
    """The utterance is heard by the next process."""
    frames = frames_of(MINUTES)
    async with recogniser.stream() as stream:
        for frame in frames[: len(frames) // 2]:
            stream.push_frame(frame)
        await until(stream, stt.SpeechEventType.INTERIM_TRANSCRIPT)
        for child in pool.children:
            child.kill()
        assert words(await heard(stream, frames[len(frames) // 2 :])) == words(MINUTES.text)


async def test_an_utterance_given_up_while_it_is_read_leaves_no_answer_to_the_next_one(
    recogniser: OfflineSTT, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process answers what it was asked before, and then that it stops; whoever comes next is told neither."""
    monkeypatch.setattr("mcp_voice.speech.pool.CANCEL_SECONDS", 10.0)  # or a busy machine has it ended instead
    await recogniser.recognize(frames_of(YES))
    with pytest.raises(GivenUp):
        await give_up(pool)
    assert words((await recogniser.recognize(frames_of(YES))).alternatives[0].text) == words(YES.text)


class GivenUp(Exception):
    """Why somebody's words are not wanted any more."""


async def give_up(pool: Pool) -> None:
    """Have something read, and do not wait for it."""
    async with pool.child() as child:
        await child.send(OPEN, b'{"cmn": "", "choices": []}')
        await child.send(AUDIO, decoded(YES.path, rate=SAMPLE_RATE)[:SAMPLE_RATE].tobytes())
        await child.send(FINISH, b'{"voiced_frames": 100}')
        raise GivenUp


async def test_a_process_that_hangs_is_given_up(ears: Ears, pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stopped process is ended after a limit and the words come from another."""
    monkeypatch.setattr("mcp_voice.speech.utterance.RESULT_SECONDS", 2)
    frames = frames_of(MINUTES)
    async with OfflineSTT(ears) as recogniser, recogniser.stream() as stream:
        for frame in frames[: len(frames) // 2]:
            stream.push_frame(frame)
        await until(stream, stt.SpeechEventType.INTERIM_TRANSCRIPT)
        stopped = pool.children
        for child in stopped:
            os.kill(child.pid, signal.SIGSTOP)

        async def in_no_hurry_afterwards() -> None:
            # The next process is no slower than any; on a busy machine it takes seconds to begin.
            await eventually(lambda: not any(child.alive for child in stopped), limit=20.0)
            monkeypatch.undo()

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(in_no_hurry_afterwards)
            assert words(await heard(stream, frames[len(frames) // 2 :])) == words(MINUTES.text)


async def test_an_engine_that_cannot_be_imported_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where pocketsphinx has no wheel the error names the setting, at once."""
    (tmp_path / "pocketsphinx.py").write_text("raise ImportError('no wheel')")
    monkeypatch.syspath_prepend(tmp_path)
    async with OfflineSTT(sphinx()) as recogniser:
        with anyio.fail_after(10), pytest.raises(APIError, match=r"Python 3\.\d+.*MCP_VOICE_STT"):
            await recogniser.recognize(frames_of(YES))


async def test_an_engine_that_only_ends_is_told_as_such_and_not_as_a_network() -> None:
    """There is none on the way to it."""
    ears = sphinx(Pool("mcp_voice.speech.frames"))  # a module that does nothing
    async with OfflineSTT(ears, owns_ears=True) as recogniser:
        with anyio.fail_after(20), pytest.raises(APIError) as raised:
            await recogniser.recognize(frames_of(YES), conn_options=APIConnectOptions(max_retry=0))
    error = stt_fault(raised.value, provider="offline", key="")
    assert error.code == "speech-broken-off"
    assert "stopped twice" in str(error)
    assert "network" not in str(error)


async def test_more_speakers_than_processes_are_all_heard() -> None:
    """Those for whom no process is free while they speak are heard at the end."""
    async with OfflineSTT(sphinx(own := Pool("mcp_voice.speech.sphinx_child", size=2))) as recogniser:
        texts: dict[int, str] = {}

        async def speak(number: int, clip: Clip) -> None:
            async with recogniser.stream() as stream:
                texts[number] = words(await heard(stream, frames_of(clip)))

        async with anyio.create_task_group() as tasks:
            for number, clip in enumerate(CLIPS[:SPEAKERS]):
                tasks.start_soon(speak, number, clip)
        assert texts == {number: words(clip.text) for number, clip in enumerate(CLIPS[:SPEAKERS])}
        assert len(own.children) <= 2
        await own.aclose()


async def test_an_idle_process_is_ended() -> None:
    """A recogniser that nobody needs gives its memory back."""
    pool = Pool("mcp_voice.speech.sphinx_child", idle_seconds=0.05)
    await pool.warm()
    (child,) = pool.children
    with anyio.fail_after(5):
        await child._process.wait()
    assert not pool.children
    await pool.aclose()


async def test_closing_leaves_no_process() -> None:
    """Not even in the middle of speech."""
    recogniser = OfflineSTT(own := sphinx())
    frames = frames_of(MINUTES)
    async with recogniser.stream() as stream:
        for frame in frames[: len(frames) // 2]:
            stream.push_frame(frame)
        await until(stream, stt.SpeechEventType.INTERIM_TRANSCRIPT)
        pids = [child.pid for child in own.pool.children]
    await recogniser.aclose()
    await own.aclose()
    assert pids
    assert not own.pool.children
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


async def test_the_children_do_not_import_livekit() -> None:
    """They start in a fraction of a second because they are light."""
    children = ("sphinx_child", "espeak_child", "offline.child")
    imports = ", ".join(f"mcp_voice.speech.{child}" for child in children)
    code = f"import sys, {imports}; print('livekit' in sys.modules or 'pydantic' in sys.modules)"
    result = await anyio.run_process([sys.executable, "-c", code])
    assert result.stdout.strip() == b"False"
