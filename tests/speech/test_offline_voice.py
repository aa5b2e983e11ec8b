"""The offline voice: espeak-ng in a child process."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator
from contextlib import aclosing

import anyio
import pytest
from livekit.agents import APIConnectionError, APIConnectOptions

from mcp_voice.speech.offline_tts import SAMPLE_RATE, OfflineTTS
from tests.speech.offline_audio import said

pytestmark = pytest.mark.anyio

ONE_TRY = APIConnectOptions(max_retry=0)
LONG = "This sentence goes on and on. " * 60


@pytest.fixture
async def voice() -> AsyncIterator[OfflineTTS]:
    """A voice, closed in the end."""
    async with aclosing(OfflineTTS()) as voice:
        yield voice


async def pid_of(voice: OfflineTTS) -> int:
    """The process that speaks."""
    async with voice.child() as child:
        return child.pid


async def test_a_sentence_is_spoken_as_pcm(voice: OfflineTTS) -> None:
    """A short sentence is about a second of audible sound at the stated rate."""
    frame = await said(voice, "Shall we go on?")
    assert frame.sample_rate == SAMPLE_RATE
    assert frame.num_channels == 1
    assert 0.6 < frame.duration < 3
    assert max(frame.data) > 3000


async def test_a_long_text_comes_in_many_pieces(voice: OfflineTTS) -> None:
    """A text of minutes arrives piece by piece, none longer than a fraction of a second."""
    async with voice.synthesize(LONG) as speech:
        durations = [piece.frame.duration async for piece in speech]
    assert sum(durations) > 60
    assert max(durations) < 0.2


async def test_cancelling_stops_the_work_and_keeps_the_process(
    voice: OfflineTTS, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a text is abandoned half-way the same process speaks the next one, and only that."""
    monkeypatch.setattr("mcp_voice.speech.offline_tts.CANCEL_SECONDS", 20.0)  # or a busy machine has it ended instead
    before = await pid_of(voice)
    async with voice.synthesize(LONG * 20) as speech:
        await anext(speech)
    frame = await said(voice, "Yes.")
    assert frame.duration < 2
    assert await pid_of(voice) == before


async def test_a_crashed_process_is_replaced(voice: OfflineTTS) -> None:
    """A process that died between two texts is started anew without an error."""
    before = await pid_of(voice)
    async with voice.child() as child:
        child.kill()
    with anyio.fail_after(5):
        await child.aclose()
    assert (await said(voice, "Still here.")).duration > 0.3
    assert await pid_of(voice) != before


async def test_a_process_that_is_stopped_is_replaced_at_once(voice: OfflineTTS) -> None:
    """Between two texts, or in the middle of one; it was waited for as for one that has much to do."""
    before = await pid_of(voice)
    os.kill(before, signal.SIGSTOP)
    with anyio.fail_after(10):
        assert (await said(voice, "Still here.")).duration > 0.3
    assert await pid_of(voice) != before
    async with voice.synthesize(LONG * 200, conn_options=ONE_TRY) as speech:
        await anext(speech)
        os.kill(speaking_pid(voice), signal.SIGSTOP)
        with anyio.fail_after(10), pytest.raises(APIConnectionError, match="stopped by a signal"):
            await speech.collect()
    assert (await said(voice, "Still here.")).duration > 0.3


def speaking_pid(voice: OfflineTTS) -> int:
    """The process that speaks now."""
    assert voice._child is not None
    return voice._child.pid


async def test_a_crash_while_speaking_is_an_error_and_no_hang(voice: OfflineTTS) -> None:
    """A process that dies in the middle of a text fails that text, and the next is spoken."""
    async with voice.synthesize(LONG * 200, conn_options=ONE_TRY) as speech:
        await anext(speech)
        assert voice._child is not None
        voice._child.kill()
        with anyio.fail_after(10), pytest.raises(APIConnectionError, match="offline voice stopped"):
            await speech.collect()
    assert (await said(voice, "Still here.")).duration > 0.3


async def test_an_unknown_voice_names_the_setting() -> None:
    """An error that no second try can mend says which setting to change."""
    async with OfflineTTS(voice="xx-none") as voice:
        with pytest.raises(APIConnectionError, match="MCP_VOICE_TTS"):
            await said(voice, "Hello")


async def test_a_text_without_a_sound_is_no_failure(voice: OfflineTTS) -> None:
    """Dots are a short silence."""
    assert (await said(voice, "...")).duration < 1


async def test_closing_leaves_no_process() -> None:
    """The child has ended, and has been waited for, when aclose returns."""
    voice = OfflineTTS()
    pid = await pid_of(voice)
    await voice.aclose()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_closing_while_it_speaks_leaves_no_process() -> None:
    """The same in the middle of a text."""
    voice = OfflineTTS()
    pid = await pid_of(voice)
    async with voice.synthesize(LONG * 200, conn_options=ONE_TRY) as speech:
        await anext(speech)
        with anyio.fail_after(5):
            await voice.aclose()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
