"""Which microphones LiveKit is asked for, and asked for again where one does not come."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import anyio
from livekit import rtc

from mcp_voice.redaction import fault_place
from mcp_voice.room.kinds import MICROPHONES

__all__ = ["MOST_RECEIVED", "MissingTracks", "ReceivedMicrophones", "is_microphone", "subscribe"]

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


def subscribe(publication: rtc.RemoteTrackPublication, *, takes: bool = True) -> None:
    """Ask LiveKit for a track, or for no more of it; never raises."""
    try:
        publication.set_subscribed(takes)
    except Exception as error:  # noqa: BLE001  # it may be gone, and whatever LiveKit raises, the room goes on
        log.debug("a track could not be asked for or refused: %s", fault_place(error))


class MissingTracks:
    """Has LiveKit asked again for tracks that it was asked for and that do not come; instants are monotonic seconds."""

    def __init__(self) -> None:
        self._awaited: dict[str, _Awaited] = {}
        """By the id (sid) of a track."""

    async def watch(self, wanted: Callable[[], Iterable[rtc.RemoteTrackPublication]]) -> None:
        """Look again and again, until cancelled; ``wanted`` gives the tracks that were asked for."""
        while True:
            await anyio.sleep(LOOK_SECONDS)
            self.look(wanted(), time.monotonic())

    def look(self, wanted: Iterable[rtc.RemoteTrackPublication], now: float) -> None:
        """Ask again for those of them that have not come in time; call it every ``LOOK_SECONDS`` with all of them."""
        before, self._awaited = self._awaited, {}
        for publication in wanted:
            awaited = before.get(publication.sid) or _Awaited(now + COMING_SECONDS)
            self._awaited[publication.sid] = awaited
            _look_at(publication, awaited, now)


class ReceivedMicrophones:
    """The microphones of a room that are to be heard."""

    def __init__(self, connection: rtc.Room) -> None:
        self._connection = connection
        self._asked: set[str] = set()
        """Those that LiveKit was asked for (sid): once for each, unless one does not come."""
        self._missing = MissingTracks()

    def renew(self) -> None:
        """Forget what was asked for: the connection is new."""
        self._asked.clear()

    def ask(self, participant: rtc.RemoteParticipant) -> None:
        """Ask for the oldest few of somebody's microphones, and the next as one goes: each costs us, heard or not."""
        for publication in _wanted(participant):
            if publication.sid not in self._asked:
                self._asked.add(publication.sid)
                subscribe(publication)

    def gone(self, track_sid: str) -> None:
        """A track is published no more."""
        self._asked.discard(track_sid)

    def left(self, participant: rtc.RemoteParticipant) -> None:
        """Somebody has gone, with all their tracks."""
        self._asked.difference_update(participant.track_publications)

    async def watch(self) -> None:
        """Ask again for what does not come, until cancelled."""
        await self._missing.watch(self._asked_for)

    def look(self, now: float) -> None:
        """Ask again for what has not come in time, or has gone though it is still published."""
        self._missing.look(self._asked_for(), now)

    def _asked_for(self) -> list[rtc.RemoteTrackPublication]:
        everybody = list(self._connection.remote_participants.values())
        wanted = [each for participant in everybody for each in _wanted(participant)]
        return [each for each in wanted if each.sid in self._asked]


@dataclass(slots=True)
class _Awaited:
    until: float
    """When it is asked for again unless it has come."""
    seconds: float = COMING_SECONDS
    was_told: bool = False
    """Whether the log has it: what a client lets nobody have is asked for as long as we are there."""


def _look_at(publication: rtc.RemoteTrackPublication, awaited: _Awaited, now: float) -> None:
    if publication.track is not None:
        awaited.seconds, awaited.was_told = COMING_SECONDS, False
        awaited.until = now + awaited.seconds
    elif now >= awaited.until:
        level = logging.DEBUG if awaited.was_told else logging.WARNING
        log.log(level, "a microphone did not come within %.0f s; LiveKit is asked for it again", awaited.seconds)
        awaited.was_told = True
        subscribe(publication, takes=False)
        subscribe(publication)
        awaited.seconds = min(2 * awaited.seconds, LONGEST_SECONDS)
        awaited.until = now + awaited.seconds


def _wanted(participant: rtc.RemoteParticipant) -> list[rtc.RemoteTrackPublication]:
    microphones = [each for each in participant.track_publications.values() if is_microphone(each)]
    return microphones[:MOST_RECEIVED]
