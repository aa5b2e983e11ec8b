"""The time of a sound that is played part by part: captions in step with it, and a pause that counts for nothing."""

from __future__ import annotations

import pytest
from livekit.agents.types import TimedString

from mcp_voice.speech.playing import PlayClock, Playing
from testkit.waiting import until
from tests.speech.gated_voice import LIMIT, PADDING, SENTENCE, Gated, listening, quick, speaking

pytestmark = pytest.mark.anyio


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
