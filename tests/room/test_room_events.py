"""What comes out of LiveKit, without LiveKit: how much of one participant is asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

from livekit import rtc

from mcp_voice.link import Event
from mcp_voice.room.events import MOST_RECEIVED, RoomEvents


@dataclass(eq=False)
class Publication:
    """A microphone that somebody shows."""

    sid: str
    kind: Any = rtc.TrackKind.KIND_AUDIO
    source: Any = rtc.TrackSource.SOURCE_MICROPHONE
    muted: bool = False
    subscribed: bool = False

    def set_subscribed(self, subscribed: bool) -> None:  # noqa: FBT001  # LiveKit's own
        """At once."""
        self.subscribed = subscribed


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


class Room(rtc.EventEmitter[str]):
    """As much of ``rtc.Room`` as is used."""

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
