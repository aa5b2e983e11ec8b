"""LiveKit's end-to-end encryption: whether what a room sends can be read with our key, or without one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import anyio
from livekit import rtc

from mcp_voice.errors import EncryptionMismatch, quoted_name
from mcp_voice.link import Event, Trouble
from mcp_voice.outside_faults.fault import OutsideFault
from mcp_voice.room.events import participant_of
from mcp_voice.tasks import Bell

__all__ = ["Encryption"]

READABLE_SECONDS = 4.0
"""With the right key the first frame is read 0.05 s after its track is subscribed to (measured on the loopback)."""
NO_KEY = OutsideFault(
    "room-encrypted",
    "{who} sends end-to-end encrypted audio and mcp-voice has no key for it, so neither could understand the other. "
    "Nothing was spoken",
    "Set MCP_VOICE_E2EE_KEY to the passphrase that the room's clients share, or have them turn encryption off",
)
NOT_ENCRYPTED = OutsideFault(
    "room-not-encrypted",
    "{who} sends unencrypted audio, but MCP_VOICE_E2EE_KEY is set: encrypted audio is noise there. Nothing was spoken",
    "Turn on end-to-end encryption in that client with the same passphrase, or unset MCP_VOICE_E2EE_KEY",
)
WRONG_KEY = OutsideFault(
    "wrong-passphrase",
    "What {who} sends could not be decrypted within {seconds:.0f} s: their encryption key is probably not the one in "
    "MCP_VOICE_E2EE_KEY. Nothing was spoken",
    "Set both to the same passphrase",
)


def mismatch(connection: rtc.Room, *, has_key: bool) -> EncryptionMismatch | None:
    """What is wrong where a human's tracks are encrypted and we have no key, or the other way round."""
    found = (_mismatch_of(participant, has_key=has_key) for participant in _humans(connection))
    return next((each for each in found if each is not None), None)


def _mismatch_of(human: rtc.RemoteParticipant, *, has_key: bool) -> EncryptionMismatch | None:
    tracks = human.track_publications.values()
    if not has_key and any(map(_is_encrypted, tracks)):
        return _error(NO_KEY.filled(who=quoted_name(human.identity)))
    if has_key and any(_is_sound(track) and not _is_encrypted(track) for track in tracks):
        return _error(NOT_ENCRYPTED.filled(who=quoted_name(human.identity)))
    return None


def _error(fault: OutsideFault) -> EncryptionMismatch:
    return fault.error(EncryptionMismatch, "")


class Encryption:
    """Whether each human in a room can be read with our key, or without one."""

    def __init__(self, connection: rtc.Room, *, has_key: bool) -> None:
        self._connection = connection
        self._has_key = has_key
        self._readable: set[str] = set()
        self._change = Bell()

    def attach(self) -> None:
        """Watch for as long as the connection is there; before connecting, so that nothing is missed."""
        self._connection.on("e2ee_state_changed", self._on_state)
        self._connection.on("track_published", self._on_published)

    @asynccontextmanager
    async def checked(self) -> AsyncIterator[None]:
        """As ``check``, before the block."""
        await self.check()
        yield

    async def guard(self) -> None:
        """Wait until somebody's sound cannot be read, which raises EncryptionMismatch."""
        while True:
            change = self._change.next
            await self.check()
            await change.wait()

    async def tell(self, identity: str, emit: Callable[[Event], None]) -> None:
        """Report what is wrong, once somebody's sound has come, to whoever listens."""
        try:
            await self.check()
        except EncryptionMismatch as error:
            emit(Trouble(identity, error))

    async def check(self) -> None:
        """Raise EncryptionMismatch unless everybody who sends sound now can be read; bounded."""
        if found := mismatch(self._connection, has_key=self._has_key):
            raise found
        if not self._has_key:
            return
        with anyio.move_on_after(READABLE_SECONDS):
            while self._unread():
                await self._change.wait()
        if unread := self._unread():
            raise _error(WRONG_KEY.filled(who=quoted_name(unread[0]), seconds=READABLE_SECONDS))

    def fits(self, identity: str) -> bool:
        """Whether what this human sends is encrypted as we are; a wrong key shows later, by ``check``."""
        human = self._connection.remote_participants.get(identity)
        return human is not None and _mismatch_of(human, has_key=self._has_key) is None

    def fits_all(self) -> bool:
        """Whether everybody's tracks are encrypted as we are."""
        return mismatch(self._connection, has_key=self._has_key) is None

    def _unread(self) -> list[str]:
        """Humans with an open microphone of whom nothing was decrypted yet."""
        return [
            participant.identity
            for participant in _humans(self._connection)
            if participant.identity not in self._readable
            and any(_is_sound(track) and not track.muted for track in participant.track_publications.values())
        ]

    def _on_state(self, participant: rtc.Participant | None, state: int) -> None:
        if participant is None:
            return
        if state in (rtc.EncryptionState.OK, rtc.EncryptionState.KEY_RATCHETED):
            self._readable.add(participant.identity)
        elif state != rtc.EncryptionState.NEW:
            self._readable.discard(participant.identity)
        self._change.ring()

    def _on_published(self, *_: object) -> None:
        self._change.ring()


def _humans(connection: rtc.Room) -> list[rtc.RemoteParticipant]:
    return [each for each in connection.remote_participants.values() if participant_of(each).is_human]


def _is_encrypted(track: rtc.RemoteTrackPublication) -> bool:
    return track.encryption_type != rtc.EncryptionType.NONE


def _is_sound(track: rtc.RemoteTrackPublication) -> bool:
    return track.kind == rtc.TrackKind.KIND_AUDIO
