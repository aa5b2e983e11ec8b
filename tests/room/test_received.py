"""A microphone that LiveKit does not bring is asked for again."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import anyio
import numpy as np
import pytest
from livekit import rtc
from pydantic import SecretStr

from mcp_voice.people.human import Human
from mcp_voice.room import received as module
from mcp_voice.room.access import Access, token
from mcp_voice.room.connection import connect
from mcp_voice.room.received import COMING_SECONDS, LONGEST_SECONDS, MOST_RECEIVED, ReceivedMicrophones
from mcp_voice.tasks import owned_tasks
from testkit.rig import LIMIT, Rig, voice_of
from testkit.waiting import until

pytestmark = pytest.mark.anyio

OURS = "mcp-voice-test"
LOUD = 2_000


@dataclass(eq=False)
class _Microphone:
    sid: str
    track: object = None
    kind: Any = rtc.TrackKind.KIND_AUDIO
    source: Any = rtc.TrackSource.SOURCE_MICROPHONE
    asked: list[bool] = field(default_factory=list)

    def set_subscribed(self, subscribed: bool) -> None:  # noqa: FBT001  # LiveKit's own
        self.asked.append(subscribed)


@dataclass
class _Guest:
    track_publications: dict[str, _Microphone]


@dataclass
class _Room:
    remote_participants: dict[str, _Guest]


def _received(guest: _Guest) -> ReceivedMicrophones:
    return ReceivedMicrophones(cast("rtc.Room", _Room({"alice": guest})))


def test_what_does_not_come_is_asked_for_again_and_more_and_more_seldom(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The human was unheard until they published anew; and what has come is let be."""
    lost, come = _Microphone("TR_lost"), _Microphone("TR_come", track=object())
    received = _received(guest := _Guest({each.sid: each for each in (lost, come)}))
    received.ask(cast("rtc.RemoteParticipant", guest))
    begun = 100.0
    with caplog.at_level(logging.WARNING):
        asked_at = []
        for second in range(400):
            before = len(lost.asked)
            received.look(begun + second)
            if len(lost.asked) > before:
                asked_at.append(second)
    assert come.asked == [True]
    assert lost.asked == [True, *[False, True] * len(asked_at)]
    waits = np.diff([0, *asked_at]).tolist()
    assert waits[:5] == [COMING_SECONDS, 10, 20, 40, LONGEST_SECONDS]
    assert set(waits[5:]) == {LONGEST_SECONDS}
    assert "alice" not in caplog.text
    assert caplog.text.count("asked for it again") == 1


def test_whatever_livekit_raises_the_room_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """A publication may be gone in this very instant."""
    gone, other = _Microphone("TR_gone"), _Microphone("TR_other")
    received = _received(guest := _Guest({each.sid: each for each in (gone, other)}))

    def fails(_: bool) -> None:  # noqa: FBT001
        raise RuntimeError("the handle is invalid")

    monkeypatch.setattr(gone, "set_subscribed", fails)
    received.ask(cast("rtc.RemoteParticipant", guest))
    for second in range(8):
        received.look(100.0 + second)
    assert other.asked == [True, False, True]


def test_what_came_and_went_has_its_time_again() -> None:
    """LiveKit's server may take a track away and bring it anew."""
    microphone = _Microphone("TR_1", track=object())
    received = _received(guest := _Guest({"TR_1": microphone}))
    received.ask(cast("rtc.RemoteParticipant", guest))
    received.look(10_000.0)
    microphone.track = None
    received.look(10_000.0 + COMING_SECONDS - 1)
    assert microphone.asked == [True]
    received.look(10_000.0 + COMING_SECONDS)
    assert microphone.asked == [True, False, True]


def test_what_is_gone_or_too_much_is_not_asked_for() -> None:
    """Only what is published, and of one participant not more than is received."""
    shown = [_Microphone(f"TR_{number}") for number in range(MOST_RECEIVED + 2)]
    received = _received(guest := _Guest({each.sid: each for each in shown}))
    received.ask(cast("rtc.RemoteParticipant", guest))
    del guest.track_publications["TR_0"]
    received.gone("TR_0")
    for second in range(8):
        received.look(100.0 + second)
    assert shown[0].asked == [True]
    assert [each.asked for each in shown[1:MOST_RECEIVED]] == [[True, False, True]] * (MOST_RECEIVED - 1)
    # The next has taken the place of the one that went, but nobody has told of it yet.
    assert [each.asked for each in shown[MOST_RECEIVED:]] == [[], []]


@asynccontextmanager
async def _in_room(rig: Rig, room: str) -> AsyncIterator[tuple[rtc.Room, rtc.RemoteTrackPublication]]:
    """We in a room, and Alice's microphone, which nobody has asked for yet."""
    connection = rtc.Room()
    access = Access(rig.gate.url, rig.access.api_key, rig.access.api_secret, e2ee_key=SecretStr(""))
    jwt = token(access, room_name=room, identity=OURS, name="Us", kind="agent")
    async with connect(access, connection, jwt, auto_subscribe=False):
        await until(lambda: connection.remote_participants["alice"].track_publications, limit=LIMIT)
        (publication,) = connection.remote_participants["alice"].track_publications.values()
        yield connection, publication


async def _is_heard(publication: rtc.RemoteTrackPublication, alice: Human) -> bool:
    """Whether what she says comes."""
    assert publication.track is not None
    is_loud = False
    heard = rtc.AudioStream(publication.track, sample_rate=16_000, num_channels=1)
    with anyio.move_on_after(LIMIT):
        await alice.speak(voice_of("the second option"))
        async for event in heard:
            is_loud = bool(np.abs(np.frombuffer(event.frame.data, dtype=np.int16)).max() > LOUD)
            if is_loud:
                break
    await heard.aclose()
    return is_loud


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked for again after half a second."""
    monkeypatch.setattr(module, "COMING_SECONDS", 0.5)
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.1)


@pytest.mark.usefixtures("soon")
async def test_a_microphone_that_was_asked_for_in_vain_is_heard(
    rig: Rig, room: str, alice: Human, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LiveKit's library lost the first request: its human was unheard for as long as we stayed."""
    async with _in_room(rig, room) as (connection, publication), owned_tasks() as tasks:
        received = ReceivedMicrophones(connection)
        with monkeypatch.context() as lost:
            lost.setattr(publication, "set_subscribed", lambda _: None)
            received.ask(connection.remote_participants["alice"])
        await anyio.sleep(0.3)
        assert publication.track is None
        tasks.start_soon(received.watch)
        await until(lambda: publication.track is not None, limit=LIMIT)
        assert await _is_heard(publication, alice)
        tasks.cancel_scope.cancel()


@pytest.mark.usefixtures("soon")
async def test_a_microphone_that_is_withheld_is_heard_once_it_is_not(rig: Rig, room: str, alice: Human) -> None:
    """To ask again and again for what a client lets nobody have does no harm."""
    alice.connection.local_participant.set_track_subscription_permissions(allow_all_participants=False)
    async with _in_room(rig, room) as (connection, publication), owned_tasks() as tasks:
        received = ReceivedMicrophones(connection)
        received.ask(connection.remote_participants["alice"])
        tasks.start_soon(received.watch)
        await anyio.sleep(2.0)
        assert publication.track is None
        alice.connection.local_participant.set_track_subscription_permissions(allow_all_participants=True)
        await until(lambda: publication.track is not None, limit=LIMIT)
        assert await _is_heard(publication, alice)
        tasks.cancel_scope.cancel()


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize("muted", [True, False])
async def test_a_microphone_that_has_sent_nothing_yet_comes(
    rig: Rig, room: str, caplog: pytest.LogCaptureFixture, *, muted: bool
) -> None:
    """Muted from the start, or without a sound: it is not asked for again and again."""
    jwt = token(rig.access, room_name=room, identity="alice", name="Alice", kind="standard")
    person, source = rtc.Room(), rtc.AudioSource(48_000, num_channels=1)
    async with connect(rig.access, person, jwt):
        microphone = rtc.LocalAudioTrack.create_audio_track("microphone", source)
        if muted:
            microphone.mute()
        options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
        await person.local_participant.publish_track(microphone, options)
        async with _in_room(rig, room) as (connection, publication), owned_tasks() as tasks:
            received = ReceivedMicrophones(connection)
            received.ask(connection.remote_participants["alice"])
            await until(lambda: publication.track is not None, limit=LIMIT)
            assert publication.muted is muted
            tasks.start_soon(received.watch)
            await anyio.sleep(1.5)
            assert publication.track is not None
            tasks.cancel_scope.cancel()
    assert "asked for it again" not in caplog.text
