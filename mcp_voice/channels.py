"""What comes out of a room: LiveKit's events, translated and nothing else."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress

import anyio
from anyio.abc import TaskGroup
from livekit import rtc

from mcp_voice.answer import Kind
from mcp_voice.errors import LiveKitError
from mcp_voice.handlers import handling
from mcp_voice.link import Event, Joined, Keyed, Left, Lost, Occupant, Typed

__all__ = ["HUMAN_KINDS", "KINDS", "Channels", "channels", "kind_of", "occupant"]

CHAT_TOPIC = "lk.chat"
CHAT_READ_SECONDS = 10.0
LONGEST_CHAT = 20_000
KINDS: dict[int, Kind] = {
    rtc.ParticipantKind.PARTICIPANT_KIND_STANDARD: "human",
    rtc.ParticipantKind.PARTICIPANT_KIND_INGRESS: "human",
    rtc.ParticipantKind.PARTICIPANT_KIND_SIP: "phone",
    rtc.ParticipantKind.PARTICIPANT_KIND_AGENT: "agent",
}

HUMAN_KINDS = [
    rtc.ParticipantKind.PARTICIPANT_KIND_STANDARD,
    rtc.ParticipantKind.PARTICIPANT_KIND_SIP,
    rtc.ParticipantKind.PARTICIPANT_KIND_INGRESS,
]
"""Those of ``KINDS`` that are a human, as LiveKit's options take them."""

Hear = Callable[[str, rtc.Track], None]
Deafen = Callable[[str], None]


def kind_of(kind: int, attributes: Mapping[str, str]) -> Kind:
    """What a participant of this kind (LiveKit's number, from the token) and with these attributes is.

    An agent that publishes on behalf of another one, such as an avatar, is not to be waited for like an agent that
    speaks. A human who says so of themselves stays human: they may have set that attribute to be passed over.
    """
    known = KINDS.get(kind, "other")
    return "other" if known == "agent" and "lk.publish_on_behalf" in attributes else known


def occupant(participant: rtc.RemoteParticipant) -> Occupant:
    """The participant as the code above the seam knows it."""
    kind = kind_of(participant.kind, participant.attributes)
    return Occupant(participant.identity, participant.name or participant.identity, kind)


class Channels:
    """Speech, chat, keypad, and who is there."""

    def __init__(
        self, connection: rtc.Room, emit: Callable[[Event], None], hear: Hear, deafen: Deafen, tasks: TaskGroup
    ) -> None:
        self._connection = connection
        self._emit = emit
        self._hear = hear
        self._deafen = deafen
        self._tasks = tasks

    @contextmanager
    def attached(self) -> Iterator[None]:
        """Translate while the block lasts; enter it before connecting, so that nothing is missed."""
        self._connection.register_text_stream_handler(CHAT_TOPIC, self._on_chat)
        try:
            with handling(
                self._connection,
                participant_connected=self._on_connected,
                participant_disconnected=self._on_disconnected,
                track_subscribed=self._on_track,
                track_unsubscribed=self._on_track_gone,
                sip_dtmf_received=self._on_key,
                disconnected=self._on_lost,
            ):
                yield
        finally:
            self._connection.unregister_text_stream_handler(CHAT_TOPIC)

    def _on_connected(self, participant: rtc.RemoteParticipant) -> None:
        self._emit(Joined(occupant(participant)))

    def _on_disconnected(self, participant: rtc.RemoteParticipant) -> None:
        self._emit(Left(occupant(participant)))

    def _on_track(
        self, track: rtc.Track, publication: rtc.RemoteTrackPublication, participant: rtc.RemoteParticipant
    ) -> None:
        is_microphone = publication.source in (rtc.TrackSource.SOURCE_MICROPHONE, rtc.TrackSource.SOURCE_UNKNOWN)
        if track.kind == rtc.TrackKind.KIND_AUDIO and is_microphone and occupant(participant).is_human:
            self._hear(participant.identity, track)

    def _on_track_gone(
        self, track: rtc.Track, _: rtc.RemoteTrackPublication, participant: rtc.RemoteParticipant
    ) -> None:
        if track.kind == rtc.TrackKind.KIND_AUDIO:
            self._deafen(participant.identity)

    def _on_key(self, key: rtc.SipDTMF) -> None:
        # None until the sender is visible, whatever the annotation says.
        if key.participant is not None:
            self._emit(Keyed(key.participant.identity, key.digit, time.monotonic()))

    def _on_lost(self, reason: rtc.DisconnectReason.ValueType) -> None:
        name = rtc.DisconnectReason.Name(reason).replace("_", " ").lower()
        self._emit(Lost(LiveKitError(f"LiveKit ended our connection to the room ({name}).")))

    def _on_chat(self, reader: rtc.TextStreamReader, identity: str) -> None:
        self._tasks.start_soon(self._read_chat, reader, identity)

    async def _read_chat(self, reader: rtc.TextStreamReader, identity: str) -> None:
        # A text that breaks off because its sender left is none; it must not take the room down.
        with anyio.move_on_after(CHAT_READ_SECONDS), suppress(rtc.StreamError):
            text = (await reader.read_all()).strip()[:LONGEST_CHAT]
            if text:
                self._emit(Typed(identity, text, time.monotonic()))


@asynccontextmanager
async def channels(
    connection: rtc.Room, *, emit: Callable[[Event], None], hear: Hear, deafen: Deafen, tasks: TaskGroup
) -> AsyncIterator[None]:
    """Translate for as long as the block lasts."""
    with Channels(connection, emit, hear, deafen, tasks).attached():
        yield
