"""Which microphones of a room reach the companion's session, whoever its partner is, and what fails meanwhile."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest
from livekit import rtc

from mcp_voice_agent.conversation import microphones
from mcp_voice_agent.conversation.partner import Partner
from testkit.microphones import SPEECH, Room, frame, listening
from testkit.waiting import settled, until

pytestmark = pytest.mark.anyio

LONGER = 150
"""Frames: longer than what is kept of everybody at any time."""


@pytest.fixture
def room() -> Room:
    """Alice is the partner, and has no microphone."""
    room = Room(Partner(5.0, "alice"))
    room.comes("alice")
    return room


async def test_the_only_microphone_of_a_room_is_heard_though_its_human_is_not_the_partner(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody who types came first."""
    async with listening(monkeypatch, room):
        room.comes("bob")
        track = room.publishes("bob")
        track.sounds(1, 2, 101, 102)
        await until(lambda: room.audio.partner == "bob", limit=2.0)
        track.sounds(103)
        await until(room.audio._frames.qsize, limit=2.0)
        await settled()
        assert room.heard() == [1, 2, 101, 102, 103]


class _Emitting(rtc.EventEmitter[str]):
    """As much of ``rtc.Room`` as is listened to."""

    def __init__(self, remote_participants: dict[str, Any]) -> None:
        super().__init__()
        self.remote_participants = remote_participants


async def test_a_microphone_that_does_not_come_is_asked_for_again(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """For as long as the companion is there."""

    @asynccontextmanager
    async def none_earlier(_: object) -> AsyncIterator[None]:
        yield

    monkeypatch.setattr("mcp_voice.room.received.LOOK_SECONDS", 0.01)
    monkeypatch.setattr(microphones, "earlier_audio", none_earlier)
    monkeypatch.setattr("mcp_voice.room.received.COMING_SECONDS", 0.02)
    asked: list[bool] = []
    track = room.publishes("alice")
    (publication,) = room.remote_participants["alice"].track_publications.values()
    publication.set_subscribed, publication.track = asked.append, None
    there = cast("rtc.Room", _Emitting(room.remote_participants))
    async with microphones.microphones(there, room.audio, room.listener):
        await until(lambda: asked, limit=2.0)
    track.close()
    assert asked[:2] == [False, True]


async def test_whoever_speaks_while_another_types_is_heard_to_the_end(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one who types is the partner from then on, and the other's words come next."""
    async with listening(monkeypatch, room):
        room.comes("bob")
        track = room.publishes("bob")
        track.sounds(101)
        await until(lambda: room.audio.partner == "bob", limit=2.0)
        room.audio.take("alice")
        track.sounds(102, 103)
        await settled()
        assert room.audio.partner == "bob"
        assert room.heard() == [101, 102, 103]


async def test_when_the_partner_s_microphone_is_gone_the_other_one_is_heard(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are there still, and nobody has joined or left since."""
    async with listening(monkeypatch, room):
        room.comes("bob")
        track = room.publishes("bob")
        room.publishes("alice")
        room.unpublishes("alice")
        track.sounds(101, 102)
        await until(lambda: room.audio.partner == "bob", limit=2.0)
        await settled()
        assert room.heard() == [101, 102]


async def test_whoever_is_alone_and_publishes_their_microphone_anew_is_heard_at_once(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some clients do so when it is switched on again; nobody looks for voice activity, which takes time."""
    async with listening(monkeypatch, room):
        room.publishes("alice").sounds(1, 2)
        await until(lambda: room.heard() == [1, 2], limit=2.0)
        room.unpublishes("alice")
        room.publishes("alice").sounds(3, 4)
        await until(lambda: room.heard() == [3, 4], limit=2.0)
    assert room.listener.begun == 0


async def test_what_somebody_said_before_they_were_connected_is_heard_whole(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also of one who is not the partner, and it comes at once."""
    async with listening(monkeypatch, room):
        room.comes("bob")
        room.earlier["TR_0"] = [frame(SPEECH + number) for number in range(LONGER)]
        track = room.publishes("bob")
        track.sounds(1)
        await until(lambda: room.audio.partner == "bob", limit=2.0)
        track.sounds(2)
        await settled()
        assert room.heard() == [*range(SPEECH, SPEECH + LONGER), 1, 2]


async def test_voice_activity_that_fails_is_looked_for_again(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else nobody would ever hear that human again."""
    room.listener.failures = 2
    async with listening(monkeypatch, room):
        room.comes("bob")
        track = room.publishes("bob")

        def spoke() -> bool:
            track.sounds(101)
            return room.audio.partner == "bob"

        await until(spoke, limit=5.0)
    assert room.listener.begun == 3


async def test_a_microphone_that_cannot_be_read_is_read_again(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """A decoder may fail once."""
    async with listening(monkeypatch, room):
        track = room.publishes("alice")
        track.breaks()
        track.sounds(1, 2)
        await until(lambda: room.heard() == [1, 2], limit=2.0)
    assert track.opened == 2
