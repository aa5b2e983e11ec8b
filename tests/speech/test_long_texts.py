"""A long text on its way to sound: one request for a part, the next one made while one is heard, and no more."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest
from livekit import rtc
from livekit.agents import Agent, AgentSession, APIStatusError
from livekit.agents.voice import io

from mcp_voice.speech import part_sound
from mcp_voice.speech.parts import parts
from mcp_voice.speech.playing import Playing
from testkit.babble import babble
from testkit.stubs import StubTTS
from testkit.waiting import until
from tests.speech.gated_voice import LIMIT, PADDING, SENTENCE, TEXT, Gated, listening, quick, speaking

pytestmark = pytest.mark.anyio


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
    assert "cannot be right" in str(speech.error)
    assert seconds > 15 * 60 * 0.22
    monkeypatch.setattr(part_sound, "GRACE_SECONDS", -1.0)
    monkeypatch.setattr(part_sound, "SLOWEST", 1.0)
    slow = StubTTS(speak=quick)
    async with speaking(slow) as speech:
        await until(lambda: speech.error is not None, limit=LIMIT)
    assert "too slowly" in str(speech.error)
