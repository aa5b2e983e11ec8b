"""What comes out of LiveKit, without LiveKit: how much of one participant is asked for, and who was removed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from livekit import rtc

from mcp_voice.link import Event
from mcp_voice.room.events import RoomEvents, room_events
from mcp_voice.room.received import MOST_RECEIVED
from mcp_voice.room.removals import Removals
from mcp_voice.tasks import owned_tasks
from testkit.waiting import until


@dataclass(eq=False)
class Publication:
    """A microphone that somebody shows."""

    sid: str
    kind: Any = rtc.TrackKind.KIND_AUDIO
    source: Any = rtc.TrackSource.SOURCE_MICROPHONE
    muted: bool = False
    subscribed: bool = False
    track: object | None = None
    asked: list[bool] = field(default_factory=list)

    def set_subscribed(self, subscribed: bool) -> None:  # noqa: FBT001  # LiveKit's own
        """At once."""
        self.subscribed = subscribed
        self.asked.append(subscribed)


@dataclass
class Permissions:
    """All of them."""

    can_publish: bool = True
    can_publish_sources: tuple[int, ...] = ()


@dataclass
class Guest:
    """A remote participant, as the SDK shows it."""

    identity: str
    name: str = ""
    kind: Any = rtc.ParticipantKind.PARTICIPANT_KIND_STANDARD
    attributes: dict[str, str] = field(default_factory=dict)
    permissions: Permissions = field(default_factory=Permissions)
    track_publications: dict[str, Publication] = field(default_factory=dict)
    disconnect_reason: Any = None


class Room(rtc.EventEmitter[str]):
    """As much of ``rtc.Room`` as is used."""

    name = "kitchen"

    def __init__(self) -> None:
        super().__init__()
        self.remote_participants: dict[str, Guest] = {}

    def register_text_stream_handler(self, *_: object) -> None:
        """Nobody types."""

    def unregister_text_stream_handler(self, *_: object) -> None:
        """Nobody typed."""

    def publishes(self, guest: Guest, publication: Publication) -> None:
        """Somebody shows another track."""
        guest.track_publications[publication.sid] = publication
        self.emit("track_published", publication, guest)

    def unpublishes(self, guest: Guest, publication: Publication) -> None:
        """And takes it back."""
        del guest.track_publications[publication.sid]
        self.emit("track_unpublished", publication, guest)


class Deaf:
    """Hears nothing."""

    def hear(self, identity: str, track: rtc.Track, *, is_microphone: bool, muted: bool) -> None:
        """Not even this."""

    def mute(self, identity: str, track_sid: str, *, muted: bool) -> None:
        """Nor this."""

    def deafen(self, identity: str, track_sid: str) -> None:
        """It was already."""

    def left(self, identity: str) -> None:
        """As before."""


def test_of_a_guest_with_a_hundred_microphones_a_few_are_received_and_the_next_when_one_goes() -> None:
    """Each costs us its sound, heard or not; and whoever publishes anew is heard."""
    room, mallory, alice = Room(), Guest("mallory"), Guest("alice")
    told: list[Event] = []
    shown = [Publication(f"TR_{number}") for number in range(100)]
    own = Publication("TR_alice")
    with RoomEvents(cast("rtc.Room", room), told.append, Deaf(), cast("Any", None)).attached():
        for publication in shown:
            room.publishes(mallory, publication)
        room.publishes(alice, own)
        received = [each for each in shown if each.subscribed]
        assert received == shown[:MOST_RECEIVED]
        assert own.subscribed
        room.unpublishes(mallory, shown[0])
        assert shown[MOST_RECEIVED].subscribed
        assert not shown[MOST_RECEIVED + 1].subscribed


@pytest.mark.anyio
async def test_a_microphone_that_does_not_come_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """For as long as we are in the room."""
    monkeypatch.setattr("mcp_voice.room.received.LOOK_SECONDS", 0.01)
    monkeypatch.setattr("mcp_voice.room.received.COMING_SECONDS", 0.02)
    room, alice, own = Room(), Guest("alice"), Publication("TR_alice")
    room.remote_participants["alice"] = alice
    async with owned_tasks() as tasks:
        connection = cast("rtc.Room", room)
        async with room_events(connection, emit=print, hearer=Deaf(), tasks=tasks, removed=print):
            room.publishes(alice, own)
            assert own.asked == [True]
            await until(lambda: len(own.asked) > 1, limit=5.0)
        tasks.cancel_scope.cancel()
    assert own.asked[:3] == [True, False, True]


def test_who_is_removed_is_told_of_and_who_leaves_is_not() -> None:
    """By a moderator, alone or with the room; a deleted room is everybody's."""
    room = Room()
    removed: list[str] = []
    reasons = rtc.DisconnectReason
    with RoomEvents(
        cast("rtc.Room", room), lambda _: None, Deaf(), cast("Any", None), removed=removed.append
    ).attached():
        for name, reason in (
            ("mallory", reasons.PARTICIPANT_REMOVED),
            ("alice", reasons.CLIENT_INITIATED),
            ("bob", reasons.ROOM_DELETED),
        ):
            guest = Guest(name)
            guest.disconnect_reason = reason
            room.emit("participant_disconnected", guest)
        room.emit("disconnected", reasons.SIGNAL_CLOSE)
        room.emit("disconnected", reasons.ROOM_DELETED)
    assert removed == ["mallory", "bob", ""]


def test_a_removal_holds_for_what_was_before_it_and_few_are_remembered() -> None:
    """Whoever is invited again afterwards may stay."""
    now = [10.0]
    removals = Removals(lambda: now[0])
    removals.note("kitchen", "mallory")
    removals.note("hall")
    assert removals.since("kitchen", "mallory", 9.0)
    assert not removals.since("kitchen", "mallory", 11.0)
    assert not removals.since("kitchen", "alice", 9.0)
    assert removals.since("hall", "alice", 9.0)
    for number in range(2_000):
        removals.note("kitchen", f"guest-{number}")
    assert len(removals._removed) == 1_000
    assert removals.since("kitchen", "guest-1999", 9.0)
