"""A long text on its way to sound: one request for a part, the next one made while one is heard, and no more."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import pytest
from livekit import rtc
from livekit.agents import Agent, AgentSession, APIConnectOptions, APIStatusError, tts
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS, TimedString
from livekit.agents.voice import io

from mcp_voice.audio import Pcm
from mcp_voice.speech import part_sound
from mcp_voice.speech.parts import parts
from mcp_voice.speech.playing import PlayClock, Playing
from mcp_voice.speech.synthesis import Synthesis, synthesis
from mcp_voice.tasks import owned_tasks
from testkit.babble import babble
from testkit.stubs import StubTTS
from testkit.waiting import until

pytestmark = pytest.mark.anyio

SENTENCE = "The migration of the accounts table has finished without any error. "
TEXT = SENTENCE * 5
LIMIT = 10.0
PADDING = 0.4
"""Seconds by which LiveKit rounds frames up, for all parts together; much less than one of them lasts."""


def quick(text: str) -> Pcm:
    """A voice in a hurry: 70 letters take 1.4 s."""
    return babble(text, character_seconds=0.02)


class Gated(StubTTS):
    """A voice that makes each part when the test lets it; ``faults`` has errors by number of the request."""

    def __init__(self, *, free: int = 0, faults: dict[int, Exception] | None = None) -> None:
        super().__init__(speak=quick)
        self.free = free
        self.faults = faults or {}

    def synthesize(
        self, text: str, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS
    ) -> tts.ChunkedStream:
        """Begin."""
        self.texts.append(text)
        return _GatedSpeech(self, text, conn_options, number=len(self.texts))


class _GatedSpeech(tts.ChunkedStream):
    def __init__(self, engine: Gated, text: str, options: APIConnectOptions, *, number: int) -> None:
        super().__init__(tts=engine, input_text=text, conn_options=options)
        self._engine = engine
        self._number = number

    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        await until(lambda: self._engine.free >= self._number, limit=LIMIT)
        if (fault := self._engine.faults.get(self._number)) is not None:
            raise fault
        output_emitter.initialize(
            request_id=f"request-{self._number}", sample_rate=24_000, num_channels=1, mime_type="audio/pcm"
        )
        output_emitter.push(self._engine.speak(self.input_text).samples.tobytes())
        output_emitter.flush()


class Listener:
    """Takes sound as LiveKit does: all there is."""

    def __init__(self, frames: AsyncIterator[rtc.AudioFrame]) -> None:
        self.seconds = 0.0
        self.over = False
        self._frames = frames

    async def run(self) -> None:
        """Listen to the end."""
        async for frame in self._frames:
            self.seconds += frame.duration
        self.over = True


@asynccontextmanager
async def speaking(voice: StubTTS, text: str = TEXT) -> AsyncIterator[Synthesis]:
    """Its synthesis."""
    async with synthesis(voice, text, provider="stub", key="STUB_KEY") as speech:
        yield speech


@asynccontextmanager
async def listening(frames: AsyncIterator[rtc.AudioFrame]) -> AsyncIterator[Listener]:
    """Listen while the block lasts."""
    listener = Listener(frames)
    async with owned_tasks() as tasks:
        tasks.start_soon(listener.run)
        yield listener
        tasks.cancel_scope.cancel()


async def never(look: Callable[[], bool]) -> None:
    """Nothing changes for a while in which it would."""
    with suppress(TimeoutError):
        await until(look, limit=0.3)
    assert not look()


async def test_the_first_sound_comes_once_the_first_sentence_is_made() -> None:
    """The voice was asked for all of it: 1,800 letters made in 18 s were silence for 18 s."""
    voice = Gated(free=1)
    async with speaking(voice) as speech, listening(speech.frames()) as listener:
        await until(lambda: listener.seconds > 1, limit=LIMIT)
        await until(lambda: len(voice.texts) == 2, limit=LIMIT)
        assert not listener.over
    assert voice.texts == [SENTENCE.strip()] * 2


async def test_eighteen_hundred_letters_are_several_requests_and_all_heard() -> None:
    """Each is made as the one before is heard, in their order, and none twice."""
    text = (SENTENCE * 27)[:1_800]
    voice = StubTTS(speak=quick)
    async with speaking(voice, text) as speech:
        seconds = sum([frame.duration async for frame in speech.frames()])
        assert speech.error is None
    assert voice.texts == [part.spoken for part in parts(text)]
    assert len(voice.texts) > 20
    assert seconds == pytest.approx(sum(quick(each).seconds for each in voice.texts), abs=PADDING)


async def test_nothing_is_made_beyond_the_first_part_before_somebody_listens() -> None:
    """Each request costs money, and a question may never be spoken."""
    voice = StubTTS(speak=quick)
    async with speaking(voice) as speech:
        await until(lambda: speech.sounds[0].whole, limit=LIMIT)
        await never(lambda: len(voice.texts) > 1)


async def test_one_part_ahead_is_made_and_not_two() -> None:
    """LiveKit takes sound as fast as it comes; what is played is what counts."""
    voice = StubTTS(speak=babble)
    async with speaking(voice) as speech, listening(Playing(speech).frames()) as listener:
        await until(lambda: speech.sounds[1].whole, limit=LIMIT)
        assert listener.seconds == pytest.approx(babble(SENTENCE.strip()).seconds, abs=PADDING)
        await never(lambda: len(voice.texts) > 2)


async def test_no_request_goes_out_after_it_was_stopped() -> None:
    """Somebody spoke over the first part: the second, which is being made, is given up, the third never asked for."""
    voice = Gated(free=1)
    async with speaking(voice) as speech:
        playing = Playing(speech)
        async with listening(playing.frames()) as listener:
            await until(lambda: len(voice.texts) == 2, limit=LIMIT)
            playing.stop()
            await until(lambda: listener.over, limit=LIMIT)
            voice.free = 9
            await never(lambda: len(voice.texts) > 2 or any(each.frames for each in speech.sounds[1:]))
        async with listening(speech.frames()) as again:
            await until(lambda: again.over, limit=LIMIT)
    assert again.seconds == pytest.approx(5 * quick(SENTENCE.strip()).seconds, abs=PADDING)
    assert len(voice.texts) == 6


async def test_what_fails_in_a_later_part_ends_what_is_heard_and_is_known_as_such() -> None:
    """The first part is heard to its end, and none of it again."""
    voice = Gated(free=9, faults={2: APIStatusError("no", status_code=401)})
    async with speaking(voice) as speech:
        playing = Playing(speech)
        async with listening(playing.frames()) as listener:
            await until(lambda: listener.over, limit=LIMIT)
    assert "STUB_KEY" in str(speech.error)
    assert playing.played == SENTENCE.strip()
    assert not playing.broke_off
    assert not playing.waiting
    assert listener.seconds == pytest.approx(quick(SENTENCE.strip()).seconds, abs=PADDING)
    assert len(voice.texts) == 2


async def test_a_voice_that_falls_behind_is_seen_to() -> None:
    """The first part has been played, and there is no sound of the second."""
    voice = Gated(free=1)
    now = 100.0
    async with speaking(voice) as speech:
        playing = Playing(speech, clock=lambda: now)
        async with listening(playing.frames()) as listener:
            await until(lambda: listener.seconds > 1 and speech.sounds[0].whole, limit=LIMIT)
            waiting = [playing.waiting]
            now += 2
            assert [*waiting, playing.waiting] == [False, True]


async def test_captions_have_the_time_of_each_part_in_the_sound() -> None:
    """A part that comes 3 s late has its words 3 s later; at the pace of the text alone they ran ahead of the sound."""
    voice = Gated(free=1)
    now = 100.0
    async with speaking(voice) as speech:
        playing = Playing(speech, clock=lambda: now)
        async with listening(playing.frames()):
            captions = playing.captions()
            told = [await anext(captions), await anext(captions)]
            now += 4.4
            voice.free = 2
            told += [await anext(captions), await anext(captions)]
    first, end, second, last = told
    assert first + end + second + last == SENTENCE.strip() + " " + SENTENCE.strip()
    assert isinstance(first, TimedString)
    assert isinstance(end, TimedString)
    assert isinstance(second, TimedString)
    assert isinstance(last, TimedString)
    length = quick(SENTENCE.strip()).seconds
    assert [first.start_time, second.start_time] == pytest.approx([0.0, 4.4])
    assert [end.end_time, last.end_time] == pytest.approx([length, 4.4 + length], abs=PADDING)


async def test_a_part_begins_where_the_one_before_it_ends() -> None:
    """A voice that keeps up leaves no gap, and what nobody has heard yet is not handed over before it is time."""
    voice = Gated(free=9)
    now = 100.0
    async with speaking(voice) as speech:
        playing = Playing(speech, clock=lambda: now)
        async with listening(playing.frames()) as listener:
            await until(lambda: speech.sounds[1].whole, limit=LIMIT)
            assert listener.seconds == speech.sounds[0].seconds
            now += listener.seconds - 0.5
            await until(lambda: listener.seconds > speech.sounds[0].seconds, limit=LIMIT)
    captions = [each async for each in playing.captions()]
    assert isinstance(captions[1], TimedString)
    assert isinstance(captions[2], TimedString)
    assert captions[1].end_time == captions[2].start_time


def test_time_stands_still_for_the_sound_while_it_is_paused() -> None:
    """A cough is no progress."""
    clock = PlayClock()
    assert clock.left(5.0) == 0
    assert clock.add(2.0, 10.0) == 0
    assert clock.left(11.0) == 1
    clock.pause(11.0)
    clock.pause(12.0)
    assert clock.left(20.0) == 1
    clock.resume(20.0)
    clock.resume(21.0)
    assert clock.left(20.5) == 0.5
    assert clock.left(30.0) == 0
    assert clock.add(1.0, 25.0) == 6.0


class Loudspeaker(io.AudioOutput):
    """Plays whatever it gets at once."""

    def __init__(self) -> None:
        super().__init__(label="loudspeaker", capabilities=io.AudioOutputCapabilities(pause=False))
        self.seconds = 0.0

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        """Play."""
        await super().capture_frame(frame)
        self.seconds += frame.duration

    def flush(self) -> None:
        """It is over."""
        super().flush()
        self.on_playback_finished(playback_position=self.seconds, interrupted=False)

    def clear_buffer(self) -> None:
        """There is none."""


async def test_a_companion_speaks_its_long_greeting_sentence_by_sentence() -> None:
    """Its answers come from LiveKit's own pipeline, which does so already; what it says of itself goes the same way."""
    voice = Gated(free=1)
    speaker = Loudspeaker()
    async with AgentSession[None](tts=voice, turn_handling={"turn_detection": "manual"}, vad=None) as session:
        session.output.audio = speaker
        await session.start(Agent(instructions=""), session_host=False, record=False)
        said = session.say(TEXT)
        await until(lambda: speaker.seconds > 1, limit=LIMIT)
        voice.free = 9
        await said
    assert voice.texts == [SENTENCE.strip()] * 5


async def test_a_voice_is_held_to_its_limits_for_the_whole_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each part alone may have silence around it; twenty-six silences would be minutes."""
    text = (SENTENCE * 27)[:1_800]
    voice = StubTTS(speak=lambda each: babble(each, character_seconds=0.22))
    async with speaking(voice, text) as speech:
        seconds = sum([frame.duration async for frame in speech.frames()])
    assert "cannot be it" in str(speech.error)
    assert seconds > 15 * 60 * 0.22
    monkeypatch.setattr(part_sound, "GRACE_SECONDS", -1.0)
    monkeypatch.setattr(part_sound, "SLOWEST", 1.0)
    slow = StubTTS(speak=quick)
    async with speaking(slow) as speech:
        await until(lambda: speech.error is not None, limit=LIMIT)
    assert "too slowly" in str(speech.error)
