"""The microphones of a room: those of eight humans at most are read, and whose speech has begun is told.

Voice activity is only looked for where somebody else could be listened to: a room's one human is heard without it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial

import anyio
from anyio.abc import TaskGroup
from livekit import rtc
from livekit.agents.vad import VAD, VADEventType, VADStream

from mcp_voice.redaction import fault_place
from mcp_voice.room.events import HUMAN_KINDS
from mcp_voice.room.livekit_events import handling
from mcp_voice.room.sdk import TrackGone, track_audio
from mcp_voice.tasks import owned_tasks
from mcp_voice_agent.conversation.earlier_audio import Earlier, earlier_audio
from mcp_voice_agent.conversation.human_audio import FRAME_MS, RATE, HumanAudio, heard_tracks
from mcp_voice_agent.conversation.room_audio import RoomAudio
from mcp_voice_agent.conversation.subscriptions import Subscriptions

__all__ = ["MOST_PEOPLE", "MOST_READ", "chosen", "microphones", "shared"]

log = logging.getLogger(__name__)

MOST_PEOPLE = 8
"""Humans whose microphones are read at once; each costs some of a core."""
MOST_READ = 12
"""Microphones of all of them; 8 take half a core of ours, and 32, four of each, more than there is."""
CLOSE_SECONDS = 2.0
TURN_SECONDS = 0.25
AGAIN_SECONDS = 2.0
"""After a microphone or its voice activity could not be read, until that is tried again."""


@dataclass(slots=True, eq=False)
class _Heard:
    """One human who is heard."""

    mix: HumanAudio
    tracks: dict[str, tuple[rtc.Track, anyio.CancelScope]] = field(default_factory=dict)
    recorded: set[str] = field(default_factory=set)
    """The tracks of which what was said before we were there has been asked for."""
    activity: VADStream | None = None
    watching: anyio.CancelScope | None = None


def chosen(people: Sequence[rtc.RemoteParticipant], partner: str) -> list[rtc.RemoteParticipant]:
    """Whose microphones are read: the partner's, then those of whoever could be speaking, and of these the first."""
    speaking = [each for each in people if heard_tracks(each)]
    by_need = sorted(speaking, key=lambda each: (each.identity != partner, _is_muted(each)))
    return by_need[:MOST_PEOPLE]


def shared(people: Sequence[rtc.RemoteParticipant]) -> dict[str, dict[str, rtc.Track]]:
    """The tracks that are read of each of them: one, open if there is such a one, and more while there is room."""
    heard = {each.identity: heard_tracks(each) for each in people}
    places: dict[str, tuple[int, int]] = {}
    for number, each in enumerate(people):
        publications = each.track_publications
        for place, sid in enumerate(sorted(heard[each.identity], key=lambda sid: publications[sid].muted)):
            places[sid] = place, number
    read = set(sorted(places, key=lambda sid: places[sid])[:MOST_READ])
    return {who: {sid: track for sid, track in tracks.items() if sid in read} for who, tracks in heard.items()}


def _is_muted(participant: rtc.RemoteParticipant) -> bool:
    return all(participant.track_publications[sid].muted for sid in heard_tracks(participant))


class _Microphones:
    """Reads what is to be read, a task for each track."""

    def __init__(
        self,
        room: rtc.Room,
        audio: RoomAudio,
        vad: VAD,
        noise: rtc.NoiseCancellationOptions | None,
        earlier: Earlier,
        tasks: TaskGroup,
    ) -> None:
        self._room = room
        self.subscriptions = Subscriptions(room)
        self._noise = noise
        self._audio = audio
        self._vad = vad
        self._earlier = earlier
        self._tasks = tasks
        self._people: dict[str, _Heard] = {}

    def settle(self, *_: object) -> None:
        """Read what is to be read now, and nothing else."""
        self.subscriptions.settle(self._audio.partner)
        humans = [each for each in self._room.remote_participants.values() if each.kind in HUMAN_KINDS]
        wanted = shared(chosen(humans, self._audio.partner))
        for identity in [each for each in self._people if each not in wanted]:
            self._let_go(identity)
        alone = len(humans) == 1 and set(wanted) == {self._audio.partner} and not self._audio.owes
        for identity, tracks in wanted.items():
            if identity not in self._people:
                self._people[identity] = _Heard(HumanAudio(partial(self._on_frame, identity)))
            person = self._people[identity]
            # Before they are read: what was said before we were there comes at once.
            self._watch(identity, person, wanted=not alone)
            self._read(identity, person, tracks, self._room.remote_participants[identity].track_publications)

    def on_leaving(self, participant: rtc.RemoteParticipant) -> None:
        """Somebody has left; LiveKit tells before it that their microphone has gone, if they had one."""
        if participant.identity not in self._people:
            self._audio.left(participant.identity)
        self.settle()

    def _let_go(self, identity: str) -> None:
        person = self._people.pop(identity)
        self._read(identity, person, {}, {})
        self._watch(identity, person, wanted=False)
        if identity in self._room.remote_participants:
            self._audio.unheard(identity)
        else:
            self._audio.left(identity)

    async def settle_turns(self) -> None:
        """Look for ever whose turn it is: of those who wait, no more sound may come, nor of the partner."""
        while True:
            await anyio.sleep(TURN_SECONDS)
            self._audio.settle()

    def _read(
        self,
        identity: str,
        person: _Heard,
        wanted: Mapping[str, rtc.Track],
        publications: Mapping[str, rtc.RemoteTrackPublication],
    ) -> None:
        for sid, (track, scope) in list(person.tracks.items()):
            if wanted.get(sid) is not track:
                del person.tracks[sid]
                scope.cancel()
        for sid, track in wanted.items():
            if sid not in person.tracks:
                scope = anyio.CancelScope()
                person.tracks[sid] = (track, scope)
                self._tasks.start_soon(self._hear, identity, person, publications[sid], track, scope)

    def _watch(self, identity: str, person: _Heard, *, wanted: bool) -> None:
        if wanted and person.watching is None:
            person.watching = anyio.CancelScope()
            self._tasks.start_soon(self._tell_activity, identity, person, person.watching)
        elif not wanted and person.watching is not None:
            person.watching.cancel()
            person.watching = None

    def _on_frame(self, identity: str, frame: rtc.AudioFrame) -> None:
        person = self._people.get(identity)
        if person is not None:
            _listen(person, frame)
            self._audio.push(identity, frame)

    def _on_earlier(self, identity: str, frames: Sequence[rtc.AudioFrame]) -> None:
        person = self._people.get(identity)
        if person is not None and frames:
            self._audio.recorded(identity, frames)
            for frame in frames:
                _listen(person, frame)

    async def _hear(
        self,
        identity: str,
        person: _Heard,
        publication: rtc.RemoteTrackPublication,
        track: rtc.Track,
        scope: anyio.CancelScope,
    ) -> None:
        with scope:
            await _until_done(
                partial(self._hear_once, identity, person, publication, track), "hearing a microphone failed: %s"
            )

    async def _hear_once(
        self, identity: str, person: _Heard, publication: rtc.RemoteTrackPublication, track: rtc.Track
    ) -> None:
        sid = publication.sid
        try:
            stream = track_audio(track, sample_rate=RATE, frame_ms=FRAME_MS, noise=self._noise)
        except TrackGone:
            return
        try:
            # As RoomIO does.
            gain = rtc.AudioProcessingModule(auto_gain_control=True)
            if sid not in person.recorded:
                person.recorded.add(sid)
                self._on_earlier(identity, await self._earlier(publication))
            async for event in stream:
                gain.process_stream(event.frame)
                person.mix.push(sid, event.frame, time.monotonic())
        finally:
            person.mix.forget(sid)
            with anyio.move_on_after(CLOSE_SECONDS, shield=True):
                await stream.aclose()

    async def _tell_activity(self, identity: str, person: _Heard, scope: anyio.CancelScope) -> None:
        with scope:
            await _until_done(partial(self._tell_once, identity, person), "voice activity of a microphone failed: %s")

    async def _tell_once(self, identity: str, person: _Heard) -> None:
        person.activity = activity = self._vad.stream()
        try:
            async for event in activity:
                if event.type == VADEventType.START_OF_SPEECH:
                    self._audio.began(identity)
                elif event.type == VADEventType.END_OF_SPEECH:
                    self._audio.ended(identity)
        finally:
            person.activity = None
            self._audio.ended(identity)
            with anyio.move_on_after(CLOSE_SECONDS, shield=True):
                await activity.aclose()


def _listen(person: _Heard, frame: rtc.AudioFrame) -> None:
    if person.activity is not None:
        # It has failed, and is about to be closed.
        with suppress(RuntimeError):
            person.activity.push_frame(frame)


async def _until_done(once: Callable[[], Awaitable[None]], failed: str) -> None:
    """Do something anew as often as it fails: one deaf microphone takes no room down, nor is it deaf for ever."""
    while True:
        try:
            return await once()
        except Exception as error:  # noqa: BLE001  # whatever a decoder or a model raises
            log.error(failed, fault_place(error))  # noqa: TRY400  # a traceback quotes
        await anyio.sleep(AGAIN_SECONDS)


@asynccontextmanager
async def microphones(
    room: rtc.Room, audio: RoomAudio, vad: VAD, noise: rtc.NoiseCancellationOptions | None = None
) -> AsyncIterator[None]:
    """Give ``audio`` what everybody says while the block lasts, without the noise if ``noise`` cancels it."""
    async with earlier_audio(room) as earlier, owned_tasks() as tasks:
        reading = _Microphones(room, audio, vad, noise, earlier, tasks)
        reading.settle()
        tasks.start_soon(reading.settle_turns)
        tasks.start_soon(reading.subscriptions.watch)
        with handling(
            room,
            track_published=reading.settle,
            track_subscribed=reading.settle,
            track_unsubscribed=reading.settle,
            track_unpublished=reading.settle,
            track_muted=reading.settle,
            track_unmuted=reading.settle,
            participant_connected=reading.settle,
            participant_disconnected=reading.on_leaving,
        ):
            yield
        tasks.cancel_scope.cancel()
