"""Which sound of a room is sent to us: LiveKit's server sends all of it, of however many, unless we want less."""

from __future__ import annotations

import logging

from livekit import rtc

from mcp_voice.room.events import HUMAN_KINDS
from mcp_voice.room.received import MissingTracks, is_microphone, subscribe
from mcp_voice.room.track_choice import TrackChoice

__all__ = ["MOST_TRACKS", "Subscriptions"]

log = logging.getLogger(__name__)

MOST_TRACKS = 16
"""Tracks that are sent to us at once, read or not: each takes about 3 % of a core in LiveKit's native library."""


def _microphones(human: rtc.RemoteParticipant) -> list[str]:
    """The ids of the tracks that are to be heard of a human, whether they are sent to us yet or not."""
    choice = TrackChoice()
    for each in human.track_publications.values():
        if is_microphone(each):
            surely = each.source == rtc.TrackSource.SOURCE_MICROPHONE
            choice.came(each.sid, is_microphone=surely, muted=each.muted)
    return choice.heard()


def _by_need(room: rtc.Room, partner: str) -> list[rtc.RemoteTrackPublication]:
    """All publications of sound, the most wanted first.

    The partner's microphones, one that is open of each human, those that are muted, and whatever else there is.
    """
    sound: list[tuple[tuple[int, bool, bool], rtc.RemoteTrackPublication]] = []
    for participant in room.remote_participants.values():
        heard = _microphones(participant) if participant.kind in HUMAN_KINDS else []
        for each in participant.track_publications.values():
            if each.kind == rtc.TrackKind.KIND_AUDIO:
                place = heard.index(each.sid) if each.sid in heard else len(heard) + MOST_TRACKS
                sound.append(((place, participant.identity != partner, each.muted), each))
    return [each for _, each in sorted(sound, key=lambda both: both[0])]


class Subscriptions:
    """Has no more than 16 tracks sent to us; in a room with fewer it changes nothing."""

    def __init__(self, room: rtc.Room) -> None:
        self._room = room
        self._refused: set[str] = set()
        """The ids of the tracks that we do not want."""
        self._missing = MissingTracks()

    def settle(self, partner: str) -> None:
        """Refuse what is too much, and take again what is not any more."""
        wanted = _by_need(self._room, partner)
        refused = {each.sid for each in wanted[MOST_TRACKS:]}
        for number, each in enumerate(wanted):
            takes = number < MOST_TRACKS
            # One that was refused is sent all the same after LiveKit's library has joined anew.
            if takes == (each.sid in self._refused) or (not takes and each.track is not None):
                subscribe(each, takes=takes)
        if refused and not self._refused:
            log.warning("more sound is published in the room than is taken")
        self._refused = refused

    async def watch(self) -> None:
        """Ask again for microphones of humans that do not come, until cancelled."""
        await self._missing.watch(self._wanted)

    def look(self, now: float) -> None:
        """The same once (``now``: ``time.monotonic()``)."""
        self._missing.look(self._wanted(), now)

    def _wanted(self) -> list[rtc.RemoteTrackPublication]:
        humans = [each for each in self._room.remote_participants.values() if each.kind in HUMAN_KINDS]
        published = [each for human in humans for each in human.track_publications.values()]
        return [each for each in published if is_microphone(each) and each.sid not in self._refused]
