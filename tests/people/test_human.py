"""The synthetic human: two of them meet in a room on a real LiveKit server."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import pytest
from livekit import rtc

from mcp_voice.audio import Pcm
from mcp_voice.embedded import embedded_server
from mcp_voice.errors import LiveKitError
from mcp_voice.people.human import Human, SpeechTimes, human
from mcp_voice.room.access import Access, token
from mcp_voice.settings import load
from testkit.clip_match import ClipMatch
from testkit.clips import clip

pytestmark = pytest.mark.anyio

LIMIT = 10.0
TOLERANCE = 0.2
"""Seconds that sound may take from one microphone to the other's ear; 0.05 on an idle machine."""


@pytest.fixture
async def access(tmp_path: Path) -> AsyncIterator[Access]:
    """A LiveKit server of the test's own."""
    async with embedded_server(load(state_dir=tmp_path / "state", _env_file=None), grace=0.3) as server:
        yield Access(server.url, server.api_key, server.api_secret)


@pytest.fixture
async def ann(access: Access) -> AsyncIterator[Human]:
    """A human at a browser."""
    jwt = token(access, room_name="kitchen", identity="ann", name="Ann", kind="standard")
    async with human(access.url, jwt) as joined:
        yield joined


@pytest.fixture
async def bob(access: Access, ann: Human) -> AsyncIterator[Human]:
    """A human on the phone, who has heard Ann's first sound: both can talk."""
    jwt = token(access, room_name="kitchen", identity="bob", name="Bob", kind="sip")
    async with human(access.url, jwt) as joined:
        await joined.heard.reach(identity="ann", limit=LIMIT)
        await ann.heard.reach(identity="bob", limit=LIMIT)
        yield joined


async def test_speech_is_heard_when_it_is_said_to_be(ann: Human, bob: Human) -> None:
    """The instants that a speaker reports are those at which the other one hears the sound begin and end."""
    yes = clip("yes please go ahead", voice="flite-rms")
    heard: list[float] = []

    async def listen() -> None:
        heard.append(await bob.hears_sound(limit=LIMIT))
        heard.append(await bob.hears_silence(limit=LIMIT))

    called_at = time.monotonic()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(listen)
        spoken = await ann.speak(yes.pcm)
        returned_at = time.monotonic()

    assert not spoken.hushed
    assert returned_at - called_at >= yes.pcm.seconds
    assert spoken.ended_at - spoken.started_at == pytest.approx(yes.words[-1].end - yes.words[0].start, abs=TOLERANCE)
    assert 0 <= heard[0] - spoken.started_at < TOLERANCE
    assert 0 <= heard[1] - spoken.ended_at < TOLERANCE


async def test_a_thinking_pause_is_as_long_as_asked_for_and_all_words_arrive(
    ann: Human, bob: Human, tmp_path: Path
) -> None:
    """Two halves of a sentence sound 0.8 s apart, every word of both is heard, and the recording holds them."""
    green = clip("I want to change the color to green")

    await ann.speak_all(green.part(0, 7), 0.8, green.part(7, 8), 0.5)
    await bob.hears_silence(limit=LIMIT)

    first, second = (sound for sound in bob.heard.sounds if sound.identity == "ann")
    assert second.began_at - first.ended_at == pytest.approx(0.8, abs=0.15)
    assert ClipMatch().words(bob.heard.recording("ann")) == green.text
    own, others = bob.recording()
    assert ClipMatch().words(others) == green.text
    assert ClipMatch().words(own) == ""
    bob.record(tmp_path / "room.wav")
    assert Pcm.load(tmp_path / "room.wav").seconds == pytest.approx(max(own.seconds, others.seconds), abs=0.01)


async def test_the_microphone_carries_room_noise_and_never_digital_silence(ann: Human, bob: Human) -> None:
    """What is heard of somebody who says nothing is soft noise."""
    await bob.heard.reach(time.monotonic() + 1.0, limit=LIMIT)
    noise = bob.heard.recording("ann")
    assert 5 < noise.cut(noise.seconds - 0.5, noise.seconds).rms < 60
    assert not bob.heard.sounds


async def test_a_hush_stops_the_voice_at_once(ann: Human, bob: Human) -> None:
    """Whoever falls silent is not heard any more, and the broken-off speech says so."""
    long = clip("we should use a different approach")
    spoken: list[SpeechTimes] = []

    async def talk() -> None:
        spoken.append(await ann.speak(long.pcm))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(talk)
        began = await bob.hears_sound("ann", limit=LIMIT)
        await bob.heard.reach(began + 0.5, "ann", limit=LIMIT)
        hushed_at = time.monotonic()
        ann.hush()

    assert spoken[0].hushed
    assert spoken[0].ended_at == pytest.approx(hushed_at, abs=0.01)
    assert await bob.hears_silence(limit=LIMIT) - hushed_at < TOLERANCE


async def test_nothing_is_heard_of_a_muted_human(ann: Human, bob: Human) -> None:
    """Speech into a muted microphone stays there, and what is said after that is heard."""
    ann.mute()
    await ann.speak(clip("neither of them").pcm)
    ann.unmute()
    await ann.speak(clip("the second option").pcm)
    await bob.hears_silence(limit=LIMIT)

    assert ClipMatch().words(bob.heard.recording("ann")) == "the second option"


async def test_chat_keys_and_packets_arrive(ann: Human, bob: Human) -> None:
    """A typed line, pressed keys and a data packet reach the other one, with their sender."""
    keys: list[str] = []
    all_pressed = anyio.Event()

    def on_key(key: rtc.SipDTMF) -> None:
        keys.append(key.digit)
        if len(keys) == 3:
            all_pressed.set()

    ann.connection.on("sip_dtmf_received", on_key)
    await ann.type("the red one")
    await bob.press("12#")
    await ann.connection.local_participant.publish_data(b"tea?", reliable=True)

    message = await bob.chat.next(limit=LIMIT)
    assert (message.identity, message.text) == ("ann", "the red one")
    assert (await bob.packets.next(limit=LIMIT)).data == b"tea?"
    with anyio.fail_after(LIMIT):
        await all_pressed.wait()
    assert keys == ["1", "2", "#"]


async def test_only_finished_captions_count(ann: Human, bob: Human) -> None:
    """Interim captions are left out, those whose segment is final are kept."""
    sender = bob.connection.local_participant
    await sender.send_text("Red or", topic="lk.transcription", attributes={"lk.transcription_final": "false"})
    await sender.send_text("Red or green?", topic="lk.transcription", attributes={"lk.transcription_final": "true"})

    assert (await ann.captions.next(limit=LIMIT)).text == "Red or green?"
    assert len(ann.captions.all) == 1


async def test_a_human_who_left_is_not_listened_to_any_more(access: Access, ann: Human) -> None:
    """Whoever leaves goes silent, and what was heard of them is kept."""
    jwt = token(access, room_name="kitchen", identity="guest", name="Guest", kind="standard")
    async with human(access.url, jwt) as guest:
        await ann.heard.reach(identity="guest", limit=LIMIT)
        spoken = await guest.speak(clip("neither of them").pcm)

    assert 0 <= await ann.hears_silence(limit=LIMIT) - spoken.ended_at < TOLERANCE
    assert ClipMatch().words(ann.heard.recording("guest")) == "neither of them"


async def test_a_refused_human_is_told_why(access: Access) -> None:
    """A token signed with another secret raises our one clear error, not a group of errors."""
    wrong = token(Access(access.url, access.api_key, "x" * 40), room_name="kitchen", identity="eve", name="Eve")
    with pytest.raises(LiveKitError, match="LIVEKIT_API_SECRET"):
        async with human(access.url, wrong):
            pytest.fail("We were let in.")
