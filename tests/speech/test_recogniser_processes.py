"""Processes that listen with pocketsphinx: some are killed, hang, cannot start or are too few; no word is lost."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import anyio
import pytest
from livekit.agents import APIConnectOptions, APIError, APITimeoutError, stt

from mcp_voice.speech.faults import stt_fault
from mcp_voice.speech.frames import AUDIO, FINISH, OPEN
from mcp_voice.speech.noise import SAMPLE_RATE
from mcp_voice.speech.offline.engines import OfflineEngines
from mcp_voice.speech.offline_stt import OfflineSTT
from mcp_voice.speech.pool import Pool
from mcp_voice.speech.utterance import Utterance
from tests.speech.offline.weights import NEEDS_SPHINX
from tests.speech.offline_audio import CLIPS, Clip, decoded, heard, until, words
from tests.speech.sphinx_ears import MINUTES, YES, frames_of, sphinx

pytestmark = [pytest.mark.anyio, NEEDS_SPHINX]

SPEAKERS = 3
"""One more than processes, in the test where some have to wait."""


@pytest.fixture(scope="module")
async def ears() -> AsyncIterator[OfflineEngines]:
    """One process for the whole module."""
    async with aclosing(sphinx()) as ears:
        yield ears


@pytest.fixture
async def pool(ears: OfflineEngines) -> Pool:
    """That process."""
    return ears.pool


@pytest.fixture
async def recogniser(ears: OfflineEngines) -> AsyncIterator[OfflineSTT]:
    """A recogniser without expectations."""
    async with aclosing(OfflineSTT(ears)) as recogniser:
        yield recogniser


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
        await child.send(FINISH, b'{"voiced_frames": 100, "whole": true}')
        raise GivenUp


async def test_the_words_of_a_process_that_is_stopped_come_from_another_at_once(
    ears: OfflineEngines, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would have been waited for as for one that has much to do, for 20 s."""
    monkeypatch.setattr("mcp_voice.speech.utterance.RESULT_SECONDS", 600)
    frames = frames_of(MINUTES)
    async with OfflineSTT(ears) as recogniser, recogniser.stream() as stream:
        for frame in frames[: len(frames) // 2]:
            stream.push_frame(frame)
        await until(stream, stt.SpeechEventType.INTERIM_TRANSCRIPT)
        stopped = pool.children
        for child in stopped:
            os.kill(child.pid, signal.SIGSTOP)
        assert words(await heard(stream, frames[len(frames) // 2 :])) == words(MINUTES.text)
    assert stopped
    assert not any(child.alive for child in stopped)


async def test_a_process_that_was_stopped_while_nobody_spoke_is_not_used(recogniser: OfflineSTT, pool: Pool) -> None:
    """Whoever speaks next is not kept waiting for it."""
    await recogniser.recognize(frames_of(YES))
    stopped = pool.children
    for child in stopped:
        os.kill(child.pid, signal.SIGSTOP)
    assert words((await recogniser.recognize(frames_of(YES))).alternatives[0].text) == words(YES.text)
    assert not set(stopped) & set(pool.children)


async def test_a_process_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that neither works nor ends is ended after a limit."""
    monkeypatch.setattr("mcp_voice.speech.utterance.RESULT_SECONDS", 0.2)
    monkeypatch.setattr("mcp_voice.speech.utterance.RESULT_SHARE", 0)
    hanging = Pool("mcp_voice.speech.espeak_child", "en-us", "165")  # it knows nothing of a recogniser's work
    utterance = Utterance(hanging, cmn="", choices=(), show=lambda _: None)
    try:
        await utterance.push(bytes(3200))
        with pytest.raises(APITimeoutError, match="gave no result in time"):
            await utterance.finish()
        assert not hanging.children
    finally:
        await utterance.aclose()
        await hanging.aclose()


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
