"""What several microphones of one human hear, reported as if they were one; pure, no tasks, no clock.

Whoever changes their headset, or publishes anew while they speak, is heard by two ears for a moment. Above them is one
turn for each human, so their words are put in the order in which they were spoken. Instants are ``time.monotonic()``
seconds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from mcp_voice.link import Event, Hint, Reading, SegmentRead, SpeechStarted, SpeechStopped, Trouble, Unreachable, Words
from mcp_voice.room.same_words import without_repetition

__all__ = ["CHANGE_SECONDS", "HeardTrack", "JoinedTracks"]

CHANGE_SECONDS = 1.0
"""Whoever was speaking into a microphone that went away may go on within this time, into another one."""
NEVER = float("inf")


@dataclass(slots=True, eq=False)
class _Part:
    """Words of one track, interim or final."""

    track: HeardTrack
    began_at: float
    ended_at: float
    text: str
    final: bool


class HeardTrack:
    """One of the tracks; ``emit`` is what its ear reports to."""

    def __init__(self, take: Callable[[HeardTrack, Event], None]) -> None:
        self._take = take
        self.speaking = False
        self.unread = False
        self.began_at: float | None = None
        self.stopped_at: float = 0.0
        self.gone_at: float | None = None

    def emit(self, event: Event) -> None:
        """Something was heard on this track."""
        self._take(self, event)


class JoinedTracks:
    """All tracks of one human."""

    def __init__(self, identity: str, emit: Callable[[Event], None]) -> None:
        self._identity = identity
        self._emit = emit
        self._tracks: list[HeardTrack] = []
        self._parts: list[_Part] = []
        """What was read and is not settled, in the order in which it was spoken."""
        self._here = True

    @property
    def idle(self) -> bool:
        """Whether no track is being heard."""
        return not self._tracks

    def open(self) -> HeardTrack:
        """Another track is heard from now on."""
        track = HeardTrack(self._take)
        self._tracks.append(track)
        self._here = True
        return track

    def gone(self, track: HeardTrack, now: float) -> None:
        """A track has ended; what was said into it is being heard out."""
        track.gone_at = now

    def close(self, track: HeardTrack, now: float) -> None:
        """Nothing more is to come of a track."""
        if track.speaking:
            self._take(track, SpeechStopped(self._identity, now))
        self._take(track, Words(self._identity, "", final=True, at=now))
        if track.unread:
            self._take(track, SegmentRead(self._identity, now))
        self._tracks.remove(track)

    def left(self) -> None:
        """The human has left: there will be no other microphone to go on with."""
        self._here = False

    def turn_over(self) -> None:
        """The turn has ended: what follows is told apart from it."""
        self._parts.clear()
        for track in self._tracks:
            track.unread = track.speaking

    def _take(self, track: HeardTrack, event: Event) -> None:
        match event:
            case SpeechStarted(_, at):
                track.speaking = track.unread = True
                track.began_at, track.stopped_at = at, NEVER
                self._emit(event)
            case SpeechStopped(_, at):
                self._stopped(track, at)
            case Words():
                self._words(track, event)
            case SegmentRead(_, at):
                track.unread = False
                self._segment_read(event, at)
            case Unreachable() if len(self._tracks) > 1:
                pass  # one of them may just not be used any more
            case Hint() if any(each.speaking for each in self._tracks):
                pass
            case Reading():
                track.unread = True
                self._emit(event)
            case Trouble():
                # It ends the turn.
                track.unread = False
                self._parts.clear()
                self._emit(event)
            case _:
                self._emit(event)

    def _stopped(self, track: HeardTrack, at: float) -> None:
        track.speaking, track.stopped_at = False, at
        for part in self._parts:
            if part.track is track:
                part.ended_at = min(part.ended_at, at)
        if any(each.speaking for each in self._tracks):
            return
        if self._here and track.gone_at is not None:
            # Nobody ends a sentence with their microphone's end: they change it.
            at = max(at, track.gone_at + CHANGE_SECONDS)
        self._emit(SpeechStopped(self._identity, at))

    def _words(self, track: HeardTrack, event: Words) -> None:
        part = next((each for each in self._parts if each.track is track and not each.final), None)
        ended_at = track.stopped_at if event.ended_at is None else event.ended_at
        if event.text and part is None:
            began_at = track.began_at if event.began_at is None else event.began_at
            part = _Part(track, event.at if began_at is None else began_at, ended_at, event.text, event.final)
            self._parts.append(part)
            self._parts.sort(key=lambda each: each.began_at)
        elif part is not None and (event.text or event.final):
            part.text, part.final, part.ended_at = event.text or part.text, event.final, ended_at
        elif part is not None:
            self._parts.remove(part)
        if event.text and event.final:
            track.unread = track.speaking
        if self._alone(track):
            self._parts = [each for each in self._parts if not each.final]
            self._emit(event)
        elif part is not None:
            self._emit_all(event)

    def _alone(self, track: HeardTrack) -> bool:
        """Whether nothing of any other track is unsettled: then there is nothing to join."""
        others_unread = any(each.unread for each in self._tracks if each is not track)
        return not others_unread and all(each.track is track for each in self._parts)

    def _emit_all(self, event: Words) -> None:
        """All words that are not settled, as one interim text, or as a final one when all of them are final."""
        spoken = [(each.began_at, each.ended_at, each.text) for each in self._parts]
        final = bool(spoken) and self._settled()
        joined = Words(self._identity, without_repetition(spoken), final=final, at=event.at)
        if len(spoken) == 1:
            joined = replace(joined, doubtful=event.doubtful)
        if event.began_at is not None and spoken:
            ended_at = max(ended_at for _, ended_at, _ in spoken)
            joined = replace(joined, began_at=spoken[0][0], ended_at=None if ended_at == NEVER else ended_at)
        self._emit(joined)
        if final:
            self._parts.clear()

    def _segment_read(self, event: SegmentRead, at: float) -> None:
        if any(each.unread for each in self._tracks):
            return
        if self._parts and self._settled():
            self._parts.clear()
            self._emit(Words(self._identity, "", final=True, at=at))
        self._emit(event)

    def _settled(self) -> bool:
        return not any(each.unread for each in self._tracks) and all(each.final for each in self._parts)
