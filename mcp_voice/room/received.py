"""Which microphones LiveKit is asked for, and asked for again where one does not come."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass

import anyio
from livekit import rtc

from mcp_voice.room.kinds import MICROPHONES

__all__ = ["MOST_RECEIVED", "ReceivedMicrophones", "is_microphone"]

log = logging.getLogger(__name__)

MOST_RECEIVED = 8
"""Microphones of one participant that we receive at once; twice as many as are heard."""
COMING_SECONDS = 5.0
"""Within which a track comes that was asked for: after 0.05 to 0.2 s on an idle machine. LiveKit's library (livekit
1.1.21) drops one whose publication it cannot find, and tells nobody."""
LONGEST_SECONDS = 60.0
"""Between two attempts, each of which waits for twice as long as the one before."""
LOOK_SECONDS = 1.0


def is_microphone(publication: rtc.TrackPublication) -> bool:
    """Whether this is a microphone, or may be one: sound of no known source."""
    return publication.kind == rtc.TrackKind.KIND_AUDIO and publication.source in MICROPHONES


@dataclass(slots=True)
class _Asked:
    until: float
    """When it is asked for again unless it has come."""
    seconds: float = COMING_SECONDS


class ReceivedMicrophones:
    """The microphones of a room that are to be heard; instants are ``time.monotonic()`` seconds."""

    def __init__(self, connection: rtc.Room) -> None:
        self._connection = connection
        self._asked: dict[str, _Asked] = {}
        """By the id (sid) of a track; LiveKit is asked once for each while it comes."""

    def renew(self) -> None:
        """Forget what was asked for: the connection is new."""
        self._asked.clear()

    def ask(self, participant: rtc.RemoteParticipant) -> None:
        """Ask for the oldest few of somebody's microphones, and the next as one goes: each costs us, heard or not."""
        for publication in _wanted(participant):
            if publication.sid not in self._asked:
                publication.set_subscribed(True)
                self._asked[publication.sid] = _Asked(time.monotonic() + COMING_SECONDS)

    def gone(self, track_sid: str) -> None:
        """A track is published no more."""
        self._asked.pop(track_sid, None)

    def left(self, participant: rtc.RemoteParticipant) -> None:
        """Somebody has gone, with all their tracks."""
        for track_sid in participant.track_publications:
            self.gone(track_sid)

    async def watch(self) -> None:
        """Ask again for what does not come, until cancelled."""
        while True:
            await anyio.sleep(LOOK_SECONDS)
            self.look(time.monotonic())

    def look(self, now: float) -> None:
        """Ask again for what has not come in time, or has gone though it is still published."""
        for participant in list(self._connection.remote_participants.values()):
            for publication in _wanted(participant):
                if (asked := self._asked.get(publication.sid)) is not None:
                    _look_at(publication, asked, now)


def _look_at(publication: rtc.RemoteTrackPublication, asked: _Asked, now: float) -> None:
    if publication.track is not None:
        asked.seconds = COMING_SECONDS
        asked.until = now + asked.seconds
    elif now >= asked.until:
        log.warning("a microphone did not come within %.0f s; LiveKit is asked for it again", asked.seconds)
        publication.set_subscribed(False)
        publication.set_subscribed(True)
        asked.seconds = min(2 * asked.seconds, LONGEST_SECONDS)
        asked.until = now + asked.seconds


def _wanted(participant: rtc.RemoteParticipant) -> Iterator[rtc.RemoteTrackPublication]:
    microphones = [each for each in participant.track_publications.values() if is_microphone(each)]
    yield from microphones[:MOST_RECEIVED]
