"""What comes out of a room: LiveKit's events, translated and nothing else."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Protocol, cast

from anyio.abc import TaskGroup
from livekit import rtc

from mcp_voice.link import (
    CallChanged,
    Event,
    Joined,
    Keyed,
    Left,
    Lost,
    MicrophoneChanged,
    Reconnected,
    Reconnecting,
)
from mcp_voice.link.unheard import cannot_be_heard
from mcp_voice.participants import Participant, is_human
from mcp_voice.room.chat import CHAT_TOPIC, Chat
from mcp_voice.room.disconnects import REMOVED, is_break, link_lost
from mcp_voice.room.kinds import CALL_ATTRIBUTE, KINDS, call_of, kind_of, may_publish
from mcp_voice.room.livekit_events import handling
from mcp_voice.room.received import ReceivedMicrophones, is_microphone

__all__ = [
    "HUMAN_KINDS",
    "RoomEvents",
    "participant_of",
    "room_events",
]

HUMAN_KINDS = [cast("rtc.ParticipantKind.ValueType", kind) for kind, ours in KINDS.items() if is_human(ours)]
"""Those of ``KINDS`` that are a human, as LiveKit's options take them."""


class Hearer(Protocol):
    """What listens to the tracks of a room; each belongs to an identity and has an id (sid)."""

    def hear(self, identity: str, track: rtc.Track, *, is_microphone: bool, muted: bool) -> None:
        """A track that is, or may be, a microphone has come."""

    def mute(self, identity: str, track_sid: str, *, muted: bool) -> None:
        """A track, which may not have been told, is muted, or not any more."""

    def deafen(self, identity: str, track_sid: str) -> None:
        """A track has gone; it may have been told before."""

    def left(self, identity: str) -> None:
        """Somebody has gone, with all their tracks."""


def participant_of(participant: rtc.RemoteParticipant) -> Participant:
    """The participant as the code above the seam knows it."""
    attributes = participant.attributes
    kind = kind_of(participant.kind, attributes)
    tracks = [
        (each.source == rtc.TrackSource.SOURCE_MICROPHONE, each.muted)
        for each in participant.track_publications.values()
        if is_microphone(each)
    ]
    may = may_publish(participant.permissions.can_publish, participant.permissions.can_publish_sources)
    return Participant(
        participant.identity,
        participant.name or participant.identity,
        kind,
        call_of(kind, attributes),
        cannot_be_heard(kind, tracks, may_publish=may),
    )


class RoomEvents:
    """Speech, chat, keypad, and who is there."""

    def __init__(
        self,
        connection: rtc.Room,
        emit: Callable[[Event], None],
        hearer: Hearer,
        tasks: TaskGroup,
        *,
        removed: Callable[[str], None] = lambda _: None,
    ) -> None:
        """``removed`` is told who was removed; an empty identity is everybody, with the room."""
        self._connection = connection
        self._emit = emit
        self._removed = removed
        self._hearer = hearer
        self._chat = Chat(emit, tasks)
        self.received = ReceivedMicrophones(connection)

    @contextmanager
    def attached(self) -> Iterator[None]:
        """Translate while the block lasts; enter it before connecting, so that nothing is missed."""
        self._connection.register_text_stream_handler(CHAT_TOPIC, self._chat.on_stream)
        try:
            with handling(
                self._connection,
                participant_connected=self._on_connected,
                participant_disconnected=self._on_disconnected,
                participant_attributes_changed=self._on_attributes,
                track_published=self._on_published,
                track_unpublished=self._on_unpublished,
                track_subscribed=self._on_track,
                track_unsubscribed=self._on_track_gone,
                track_muted=self._on_muted,
                track_unmuted=self._on_muted,
                participant_permissions_changed=self._on_permissions,
                sip_dtmf_received=self._on_key,
                reconnecting=self._on_reconnecting,
                reconnected=self._on_reconnected,
                disconnected=self._on_lost,
            ):
                yield
        finally:
            self._connection.unregister_text_stream_handler(CHAT_TOPIC)

    def subscribe(self) -> None:
        """Ask for the microphones of those who were here before us; call it once we are in."""
        self.received.renew()
        for participant in list(self._connection.remote_participants.values()):
            for publication in list(participant.track_publications.values()):
                self._on_published(publication, participant)

    def _on_published(self, publication: rtc.RemoteTrackPublication, participant: rtc.RemoteParticipant) -> None:
        # Everything else that is published, a camera first of all, is not even sent to us.
        if is_microphone(publication) and participant_of(participant).is_human:
            self.received.ask(participant)
            self._on_muted(participant, publication)

    def _on_muted(self, participant: rtc.Participant, publication: rtc.TrackPublication) -> None:
        """A microphone is told from now on as it is: new, muted or not."""
        if is_microphone(publication):
            self._hearer.mute(participant.identity, publication.sid, muted=publication.muted)
            self._tell(participant)

    def _on_permissions(self, participant: rtc.Participant, _: object) -> None:
        self._tell(participant)

    def _tell(self, participant: rtc.Participant) -> None:
        if isinstance(participant, rtc.RemoteParticipant):
            self._emit(MicrophoneChanged(participant_of(participant)))

    def _on_connected(self, participant: rtc.RemoteParticipant) -> None:
        self._emit(Joined(participant_of(participant)))

    def _on_disconnected(self, participant: rtc.RemoteParticipant) -> None:
        self._hearer.left(participant.identity)
        self.received.left(participant)
        if participant.disconnect_reason in REMOVED:
            self._removed(participant.identity)
        self._emit(Left(participant_of(participant), broke=is_break(participant.disconnect_reason)))

    def _on_attributes(self, changed: dict[str, str], participant: rtc.Participant) -> None:
        if CALL_ATTRIBUTE in changed and isinstance(participant, rtc.RemoteParticipant):
            seen = participant_of(participant)
            if seen.kind == "phone":
                self._emit(CallChanged(seen, time.monotonic()))

    def _on_track(
        self, track: rtc.Track, publication: rtc.RemoteTrackPublication, participant: rtc.RemoteParticipant
    ) -> None:
        if is_microphone(publication) and participant_of(participant).is_human:
            surely = publication.source == rtc.TrackSource.SOURCE_MICROPHONE
            self._hearer.hear(participant.identity, track, is_microphone=surely, muted=publication.muted)

    def _on_track_gone(
        self, _: rtc.Track | None, publication: rtc.RemoteTrackPublication, participant: rtc.RemoteParticipant
    ) -> None:
        self._hearer.deafen(participant.identity, publication.sid)

    def _on_unpublished(self, publication: rtc.RemoteTrackPublication, participant: rtc.RemoteParticipant) -> None:
        # The SDK does not tell that a track has gone whose publication went before it.
        self._hearer.deafen(participant.identity, publication.sid)
        self.received.gone(publication.sid)
        if participant_of(participant).is_human:
            self.received.ask(participant)
        self._on_muted(participant, publication)

    def _on_key(self, key: rtc.SipDTMF) -> None:
        # None until the sender is visible, whatever the annotation says.
        if key.participant is not None:
            self._emit(Keyed(key.participant.identity, key.digit, time.monotonic()))

    def _on_reconnecting(self) -> None:
        self._emit(Reconnecting())

    def _on_reconnected(self) -> None:
        self._emit(Reconnected())
        # LiveKit renews subscriptions of its own accord, but not to what was published meanwhile.
        self.subscribe()

    def _on_lost(self, reason: rtc.DisconnectReason.ValueType) -> None:
        if reason == rtc.DisconnectReason.ROOM_DELETED:
            self._removed("")
        # Before their last words are read, it has to be known that no more of them come.
        for participant in list(self._connection.remote_participants.values()):
            self._hearer.left(participant.identity)
        self._emit(Lost(link_lost(reason, room_name=self._connection.name)))


@asynccontextmanager
async def room_events(
    connection: rtc.Room,
    *,
    emit: Callable[[Event], None],
    hearer: Hearer,
    tasks: TaskGroup,
    removed: Callable[[str], None],
) -> AsyncIterator[RoomEvents]:
    """Translate for as long as the block lasts; enter it before connecting, and call ``subscribe`` once connected."""
    translating = RoomEvents(connection, emit, hearer, tasks, removed=removed)
    with translating.attached():
        tasks.start_soon(translating.received.watch)
        yield translating
