"""A voice that is slow: it is waited for as long as is set, and no longer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from functools import partial
from typing import Self, cast

import anyio
import pytest
from livekit import rtc
from livekit.agents import tts
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS, APIConnectOptions
from starlette.responses import JSONResponse, Response

from mcp_voice.asks.ask import Ask
from mcp_voice.asks.reentry import Reentry
from mcp_voice.audio import Pcm
from mcp_voice.errors import LinkLost, TTSError
from mcp_voice.participants import Target
from mcp_voice.people.human import Human
from mcp_voice.progress import AWAITED, AWAITED_ON
from mcp_voice.settings import load
from mcp_voice.speech.synthesis import synthesis
from mcp_voice.tasks import owned_tasks
from mcp_voice.voices.opening import voice_with
from testkit.babble import babble
from testkit.fake_link import ALICE, FakeEngine
from testkit.faults import Answer, Fault
from testkit.host import Host, ToolFault
from testkit.rig import LIMIT, Rig, voice_of
from testkit.stubs import StubTTS
from testkit.waiting import until

pytestmark = pytest.mark.anyio

FIRST = "The **migration** of the accounts table has finished, and no error was found. "
SECOND = "The table of all orders is ten times as large, and it will take a night to be copied. "
LATER = "Nobody is to know what comes after these words, for they are spoken over. " * 2


def quick(text: str) -> Pcm:
    """A voice in a hurry."""
    return babble(text, character_seconds=0.016)


@pytest.fixture
def in_a_hurry(rig: Rig) -> Iterator[None]:
    """That voice."""
    before, rig.speech.speak = rig.speech.speak, quick
    yield
    rig.speech.speak = before


def after(requests: int, *gates: anyio.Event) -> Fault:
    """So many answers are right, then it refuses; each of the first ones waits for its gate."""
    answered = 0

    async def answer(asked: Answer) -> Response:
        nonlocal answered
        answered += 1
        if answered <= len(gates):
            await gates[answered - 1].wait()
        if answered > requests:
            return JSONResponse({"error": {"message": "no"}}, status_code=401)
        return Response(asked.body, media_type=asked.media_type)

    return answer


@pytest.mark.parametrize(("seconds", "heard"), [(30.0, True), (0.2, False)])
async def test_a_slow_voice_is_waited_for_as_long_as_is_set(seconds: float, heard: bool) -> None:  # noqa: FBT001  # a case
    """Sound after 18 s was an error at 15 s, and no setting changed that."""
    voice = StubTTS(first_byte=1.0)
    async with synthesis(voice, "Which one?", provider="stub", key="", first_sound_seconds=seconds) as speech:
        frames = [frame async for frame in speech.frames()]
    assert bool(frames) is heard
    assert (speech.error is None) is heard
    if speech.error is not None:
        assert "did not answer in time" in str(speech.error)


class _NoSound(StubTTS):
    """A voice that sends frames without a sample, for ever."""

    def synthesize(
        self, text: str, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS
    ) -> tts.ChunkedStream:
        """Begin."""
        return cast("tts.ChunkedStream", _Empty(at_once="flood" in text))


class _Empty:
    def __init__(self, *, at_once: bool) -> None:
        self._at_once = at_once

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    async def __aiter__(self) -> AsyncIterator[tts.SynthesizedAudio]:
        while True:
            if not self._at_once:
                await anyio.sleep(0.01)
            yield tts.SynthesizedAudio(rtc.AudioFrame(b"", 16_000, 1, 0), request_id="1")


@pytest.mark.parametrize("text", ["Which one?", "A flood of them"])
async def test_a_voice_that_sends_frames_without_sound_is_given_up(text: str) -> None:
    """Each of them renewed its time, so that it had no end."""
    async with synthesis(_NoSound(), text, provider="stub", key="", first_sound_seconds=0.2) as speech:
        with anyio.fail_after(LIMIT):
            assert [frame async for frame in speech.frames()] == []
    assert "did not answer in time" in str(speech.error)


async def test_a_blank_text_is_no_sound_and_no_fault() -> None:
    """There is nothing to ask a voice for."""
    async with synthesis(StubTTS(), " " * 300, provider="stub", key="") as speech:
        assert [frame async for frame in speech.frames()] == []
    assert speech.error is None


async def test_a_slow_voice_is_told_of_and_somebody_who_speaks_over_its_second_part_is_told_how_far_it_came(
    host: Host, rig: Rig, room: str, alice: Human
) -> None:
    """Its first sentence is heard before the others are made, and those that nobody hears never are."""
    speech, first, second = rig.speech.speech, anyio.Event(), anyio.Event()
    asked = len(speech.asked)
    with speech.failing(after(9, first, second)):
        async with host.asking(FIRST + SECOND + LATER, room_name=room) as call:
            await call.reaches(AWAITED)
            first.set()
            await alice.hears_sound(limit=LIMIT)
            await alice.hears_silence(quiet=1.0, limit=LIMIT)
            second.set()
            await alice.hears_sound(limit=LIMIT)
            await alice.speak(voice_of("go ahead with the first option"))
    answer = call.answer
    assert answer.reply == "go ahead with the first option"
    assert answer.interrupted
    assert answer.spoken.startswith(FIRST + "The"), answer.spoken
    assert (FIRST + SECOND).startswith(answer.spoken)
    assert [each.text for each in speech.asked[asked:]][:2] == [FIRST.replace("*", "").strip(), SECOND.strip()]
    assert len(speech.asked) - asked == 3


@pytest.mark.usefixtures("in_a_hurry")
async def test_a_long_message_is_heard_whole_and_one_whose_voice_fails_says_how_far_it_came(
    host: Host, rig: Rig, room: str, alice: Human
) -> None:
    """Captions are the message as it was given; after an error nothing is said a second time."""
    speech, message = rig.speech.speech, (FIRST + SECOND + LATER).strip()
    said = await host.say(message, room)
    assert (said.status, said.spoken) == ("said", message)
    assert (await alice.captions.next(limit=LIMIT)).text.strip() == message
    asked = len(speech.asked)
    with speech.failing(after(1)), pytest.raises(ToolFault, match=r"OPENAI_API_KEY.*spoken up to .*was found\.'"):
        await host.say(message, room)
    assert [each.text for each in speech.asked[asked:]] == [FIRST.replace("*", "").strip(), SECOND.strip()]
    assert (await host.transcript(room))[-1] == ("", FIRST.strip())


async def test_progress_says_that_a_voice_has_fallen_behind() -> None:
    """Whoever watches the call would take the silence for the end, or for a fault."""
    engine = FakeEngine(people={"kitchen": [ALICE]})
    told: list[str] = []

    async def report(text: str) -> None:
        told.append(text)

    async with voice_with(load(quiet_seconds=60.0, _env_file=None), engine) as running, owned_tasks() as tasks:
        tasks.start_soon(
            partial(running.say_in_room, "The build.", room_name="kitchen", wait_seconds=LIMIT, report=report)
        )
        await until(lambda: engine.links and engine.links[-1].playouts)
        playout = engine.links[-1].playouts[-1]
        playout.waiting = True
        await until(lambda: f"speaking{AWAITED_ON}" in told)
        playout.finish()
    ask = Ask("Which one?", Target(room_name="kitchen"), phase="speaking")
    ask.view.is_known = True
    assert ask.progress() == "speaking the question"
    ask.view.voice_awaited = lambda: True
    assert ask.progress() == f"speaking the question{AWAITED_ON}"


async def test_a_voice_that_fails_once_we_are_back_in_a_room_is_an_error_and_begins_nothing_again() -> None:
    """For a minute after a loss every error but somebody's decision led to another attempt, with the same beginning."""
    reentry = Reentry()
    await reentry.pause(LinkLost("The connection was lost."))
    with pytest.raises(TTSError, match="TTS broke off"):
        await reentry.pause(TTSError("TTS broke off."))
