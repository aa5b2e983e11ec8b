"""Guests who send what nobody should, in a real room: the human's spoken answer is the reply all the same."""

from __future__ import annotations

from collections.abc import AsyncIterator

import anyio
import pytest
from livekit import api, rtc

from mcp_voice.people.human import CHAT_TOPIC, Human, human
from testkit.host import Host
from testkit.rig import LIMIT, Rig, after_the_question, ours, voice_of

pytestmark = pytest.mark.anyio

QUESTION = "What shall we do?"
CHOICES = ["the first option", "the second option"]
DIGITS = "1" * 5_000


@pytest.fixture
async def mallory(rig: Rig, room: str) -> AsyncIterator[Human]:
    """A bystander in the same room."""
    async with rig.person(room, "mallory") as person:
        yield person


async def answered(host: Host, room: str, alice: Human, ask: str) -> None:
    """The next ask of the same stay works."""
    stay = [each.identity for each in ours(alice)]
    async with host.asking(ask, room_name=room, participant="alice") as call:
        await after_the_question(alice, voice_of("what time is it"))
    assert call.answer.reply == "what time is it"
    assert [each.identity for each in ours(alice)] == stay


async def test_a_key_of_5000_digits_from_a_bystander_changes_nothing(
    host: Host, room: str, alice: Human, mallory: Human
) -> None:
    """The spoken answer is the reply, and the next ask is answered in the same stay."""
    async with host.asking(QUESTION, room_name=room) as call:
        await call.reaches("listening")
        await mallory.connection.local_participant.publish_dtmf(code=1, digit=DIGITS)
        await alice.hears_silence(quiet=0.5, limit=LIMIT)
        await alice.speak(voice_of("the second option"))
    assert call.answer.reply == "the second option"
    await answered(host, room, alice, "And the time?")


async def test_a_message_of_5000_digits_among_choices_stops_nothing(host: Host, room: str, alice: Human) -> None:
    """It is an answer, and names no choice; the next ask is answered in the same stay."""
    async with host.asking(QUESTION, room_name=room, choices=CHOICES) as call:
        await call.reaches("listening")
        await alice.type(DIGITS)
    assert (call.answer.reply, call.answer.choice) == (DIGITS, None)
    await answered(host, room, alice, "And the time?")


async def test_a_message_of_5000_digits_from_a_bystander_is_no_answer(
    host: Host, room: str, alice: Human, mallory: Human
) -> None:
    """With choices open; the one who was asked answers by voice."""
    async with host.asking(QUESTION, room_name=room, participant="alice", choices=CHOICES) as call:
        await call.reaches("listening")
        await mallory.type(DIGITS)
        await alice.hears_silence(quiet=0.5, limit=LIMIT)
        await alice.speak(voice_of("the second option"))
    assert (call.answer.reply, call.answer.choice) == ("the second option", CHOICES[1])
    await answered(host, room, alice, "And the time?")


async def test_cameras_and_screens_are_not_subscribed(host: Host, rig: Rig, room: str) -> None:
    """The server sends us none of it, whether published before we come or after; the microphone is heard."""
    key = api.AccessToken(rig.server.api_key, rig.server.api_secret).with_identity("alice")
    jwt = key.with_grants(api.VideoGrants(room_join=True, room=room)).to_jwt()
    async with human(rig.server.url, jwt) as alice:
        before = await _video(alice, rtc.TrackSource.SOURCE_CAMERA)
        async with host.asking(QUESTION, room_name=room) as call:
            await call.reaches("listening")
            after = await _video(alice, rtc.TrackSource.SOURCE_SCREENSHARE)
            await alice.hears_silence(quiet=0.5, limit=LIMIT)
            await alice.speak(voice_of("the second option"))
        assert call.answer.reply == "the second option"
        for picture in (before, after):
            with pytest.raises(TimeoutError), anyio.fail_after(0.5):
                await picture.wait_for_subscription()


@pytest.mark.alone
async def test_another_room_is_answered_while_a_guest_floods_this_one(
    host: Host, rig: Rig, room: str, alice: Human, mallory: Human
) -> None:
    """Streams that never end, a stream of 3 MB, hundreds of messages: each room gets its own answer."""
    guest = mallory.connection.local_participant
    other = f"{room}-other"
    async with rig.person(other, "bob") as bob, anyio.create_task_group() as tasks:
        async with host.asking(QUESTION, room_name=room, participant="alice") as flooded:
            await flooded.reaches("listening")
            tasks.start_soon(_flood, guest)
            async with host.asking("And the time?", room_name=other) as call:
                await after_the_question(bob, voice_of("what time is it"))
            assert (call.answer.reply, call.answer.room_name) == ("what time is it", other)
            await alice.hears_silence(quiet=0.5, limit=LIMIT)
            await alice.speak(voice_of("the second option"))
        assert flooded.answer.reply == "the second option"
        tasks.cancel_scope.cancel()


async def _flood(guest: rtc.LocalParticipant) -> None:
    streams = [await guest.stream_text(topic=CHAT_TOPIC) for _ in range(300)]
    for number in range(200):
        await guest.send_text(f"buy {number}", topic=CHAT_TOPIC)
    await guest.send_text("x" * 3_000_000, topic=CHAT_TOPIC)
    for stream in streams:
        await stream.write("still here")
    await anyio.sleep_forever()


async def _video(person: Human, kind: rtc.TrackSource.ValueType) -> rtc.LocalTrackPublication:
    """Publish a picture."""
    source = rtc.VideoSource(64, 64)
    track = rtc.LocalVideoTrack.create_video_track("picture", source)
    publication = await person.connection.local_participant.publish_track(track, rtc.TrackPublishOptions(source=kind))
    source.capture_frame(rtc.VideoFrame(64, 64, rtc.VideoBufferType.RGBA, bytes(64 * 64 * 4)))
    return publication
