"""The tracks of one human: a headset beside the old one, music, a screen, and a microphone that is published anew."""

from __future__ import annotations

from collections.abc import AsyncIterator

import anyio
import pytest
from livekit import rtc

from mcp_voice.people.human import Human
from testkit.host import Host
from testkit.rig import LIMIT, Rig, part_of, voice_of

pytestmark = pytest.mark.anyio

MICROPHONE = rtc.TrackSource.SOURCE_MICROPHONE
MUSIC = rtc.TrackSource.SOURCE_UNKNOWN
SCREEN = rtc.TrackSource.SOURCE_SCREENSHARE_AUDIO
QUESTION = "What shall we do?"


@pytest.fixture
async def carol(rig: Rig, room: str) -> AsyncIterator[Human]:
    """A human who may publish whatever they like."""
    async with rig.guest(room, "carol") as person:
        yield person


async def heard_out(person: Human) -> None:
    """Wait until the question was spoken."""
    await person.hears_sound(limit=LIMIT)
    await person.hears_silence(quiet=0.4, limit=LIMIT)


async def test_whoever_stops_sharing_a_screen_or_playing_music_is_heard_on(host: Host, room: str, carol: Human) -> None:
    """Neither their coming nor their going touches the microphone, and what they play is no answer."""
    async with host.asking(QUESTION, room_name=room) as call:
        await heard_out(carol)
        for source in (SCREEN, MUSIC):
            async with carol.publishing(source) as player:
                await player.speak(voice_of("what time is it"))
        await carol.speak(voice_of("the second option"))
    assert call.answer.reply == "the second option"
    assert (await host.listen(room, wait_seconds=0)).reply is None


async def test_an_answer_begun_into_one_headset_and_ended_into_another_is_whole(
    host: Host, room: str, carol: Human
) -> None:
    """The new one's track comes before the old one goes; and one that is published anew is heard as before."""
    text = "we should use a different approach"
    async with host.asking(QUESTION, room_name=room) as call:
        await heard_out(carol)
        async with carol.publishing(MICROPHONE) as headset:
            await carol.speak(part_of(text, 0, 5))
            await carol.unplug()
            await headset.speak(part_of(text, 5, 6))
            await call.done(limit=LIMIT)
            await carol.plug_in()
    assert (call.answer.reply or "").lower() == text.lower()
    async with host.asking(f"{QUESTION} Now?", room_name=room) as call:
        await heard_out(carol)
        await carol.speak(voice_of("the second option"))
    assert call.answer.reply == "the second option"


async def test_both_of_two_microphones_are_heard(host: Host, room: str, carol: Human) -> None:
    """At once, too: nothing that is said into either is lost."""
    async with carol.publishing(MICROPHONE) as headset, host.asking(QUESTION, room_name=room) as call:
        await heard_out(carol)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(carol.speak, voice_of("make a copy of the report"))
            tasks.start_soon(headset.speak, voice_of("neither of them"))
    reply = (call.answer.reply or "").lower()
    assert "make a copy of the report" in reply
    assert "neither of them" in reply
