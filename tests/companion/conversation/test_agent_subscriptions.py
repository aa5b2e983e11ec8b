"""How much sound of a room is sent to the companion, whatever is published there."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from livekit import rtc

from mcp_voice_agent.conversation.subscriptions import MOST_TRACKS, Subscriptions

MICROPHONE, SCREEN = rtc.TrackSource.SOURCE_MICROPHONE, rtc.TrackSource.SOURCE_SCREENSHARE_AUDIO
HUMAN, AGENT = rtc.ParticipantKind.PARTICIPANT_KIND_STANDARD, rtc.ParticipantKind.PARTICIPANT_KIND_AGENT


class Publication:
    """Sound that is sent to us unless we refuse it."""

    def __init__(self, sid: str, source: Any, *, muted: bool = False) -> None:
        self.sid, self.source, self.muted = sid, source, muted
        self.kind = rtc.TrackKind.KIND_AUDIO
        self.track: object | None = object()
        self.told: list[bool] = []

    def set_subscribed(self, subscribed: bool) -> None:  # noqa: FBT001 - LiveKit's
        """As LiveKit's."""
        self.told.append(subscribed)
        self.track = object() if subscribed else None


class Room:
    """Participants and what they publish."""

    def __init__(self) -> None:
        self.remote_participants: dict[str, Any] = {}

    def publishes(self, identity: str, *sources: Any, kind: Any = HUMAN, muted: bool = False) -> list[Publication]:
        """Somebody joins with these."""
        made = [Publication(f"{identity}-{number}", each, muted=muted) for number, each in enumerate(sources)]
        self.remote_participants[identity] = SimpleNamespace(
            identity=identity, kind=kind, track_publications={each.sid: each for each in made}
        )
        return made

    def received(self) -> list[str]:
        """The ids of what is sent to us."""
        people = self.remote_participants.values()
        return [each.sid for one in people for each in one.track_publications.values() if each.track is not None]


@pytest.fixture
def room() -> Any:
    """Nobody is there."""
    return Room()


def test_in_an_ordinary_room_nothing_is_refused(room: Any) -> None:
    """LiveKit's own subscriptions stay."""
    made = [each for number in range(MOST_TRACKS) for each in room.publishes(f"guest {number}", MICROPHONE)]
    Subscriptions(room).settle("guest 0")
    assert not any(each.told for each in made)


def test_a_microphone_that_does_not_come_is_asked_for_again(room: Any) -> None:
    """LiveKit's library lost it, and the companion answered nobody; what was refused, or is no human's, is let be."""
    (microphone,) = room.publishes("alice", MICROPHONE)
    (robot,) = room.publishes("robot", MICROPHONE, kind=AGENT)
    surplus = room.publishes("greedy", *[MICROPHONE] * 2 * MOST_TRACKS)
    subscriptions = Subscriptions(room)
    subscriptions.settle("alice")
    before = [list(each.told) for each in surplus]
    microphone.track = robot.track = None
    for second in range(20):
        subscriptions.look(100.0 + second)
    assert microphone.told == [False, True]
    assert robot.told == []
    assert [each.told for each in surplus] == before


def test_of_too_much_sound_the_partner_and_open_microphones_are_received(room: Any) -> None:
    """One of each human before the second of anybody; then muted ones, and other sound last."""
    room.publishes("radio", *[SCREEN] * 100)
    room.publishes("robot", MICROPHONE, kind=AGENT)
    room.publishes("greedy", *[MICROPHONE] * 100)
    for number in range(MOST_TRACKS):
        room.publishes(f"muted {number}", MICROPHONE, muted=True)
    room.publishes("alice", MICROPHONE, muted=True)
    room.publishes("bob", MICROPHONE)
    subscriptions = Subscriptions(room)
    subscriptions.settle("alice")
    received = room.received()
    assert len(received) == MOST_TRACKS
    assert {"alice-0", "bob-0", "greedy-0"} < set(received)
    assert not [sid for sid in received if sid.startswith(("radio", "robot")) or sid == "greedy-1"]


def test_what_was_too_much_is_received_once_there_is_room_and_each_is_told_once(room: Any) -> None:
    """Somebody has left, or has opened their microphone."""
    made = [each for number in range(MOST_TRACKS + 2) for each in room.publishes(f"guest {number}", MICROPHONE)]
    subscriptions = Subscriptions(room)
    for _ in range(3):
        subscriptions.settle("guest 0")
    assert [each.told for each in made[-2:]] == [[False], [False]]
    del room.remote_participants["guest 5"]
    made[6].muted = True
    subscriptions.settle("guest 0")
    assert [made[6].told, *(each.told for each in made[-2:])] == [[False], [False, True], [False, True]]


def test_what_livekit_sends_again_after_it_has_joined_anew_is_refused_again(room: Any) -> None:
    """It subscribes to everything then."""
    for number in range(MOST_TRACKS + 1):
        room.publishes(f"guest {number}", MICROPHONE)
    subscriptions = Subscriptions(room)
    subscriptions.settle("guest 0")
    room.publishes(f"guest {MOST_TRACKS}", MICROPHONE)
    subscriptions.settle("guest 0")
    assert len(room.received()) == MOST_TRACKS


def test_a_track_that_livekit_does_not_know_any_more_ends_nothing(room: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may go while we look."""

    def gone(*_: object) -> None:
        raise RuntimeError("no such track")

    monkeypatch.setattr(Publication, "set_subscribed", gone)
    for number in range(MOST_TRACKS + 1):
        room.publishes(f"guest {number}", MICROPHONE)
    Subscriptions(room).settle("guest 0")
