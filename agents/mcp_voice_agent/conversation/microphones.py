"""The microphones of a room: those of eight humans at most are read, and whose speech has begun is told.

Voice activity is only looked for where there are two of them: a single one is heard without it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Mapping, Sequence
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

__all__ = ["MOST_PEOPLE", "chosen", "microphones"]

log = logging.getLogger(__name__)

MOST_PEOPLE = 8
"""Humans whose microphones are read at once; each costs some of a core."""
CLOSE_SECONDS = 2.0


@dataclass(slots=True, eq=False)
class _Heard:
    """One human who is heard."""

    mix: HumanAudio
    tracks: dict[str, tuple[rtc.Track, anyio.CancelScope]] = field(default_factory=dict)
    activity: VADStream | None = None
    watching: anyio.CancelScope | None = None


def chosen(people: Sequence[rtc.RemoteParticipant], partner: str) -> list[rtc.RemoteParticipant]:
    """Whose microphones are read: the partner's, then those of whoever could be speaking, and of these the first."""
    speaking = [each for each in people if heard_tracks(each)]
    by_need = sorted(speaking, key=lambda each: (each.identity != partner, _is_muted(each)))
    return by_need[:MOST_PEOPLE]


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
        self._noise = noise
        self._audio = audio
        self._vad = vad
        self._earlier = earlier
        self._tasks = tasks
        self._people: dict[str, _Heard] = {}

    def settle(self, *_: object) -> None:
        """Read what is to be read now, and nothing else."""
        humans = [each for each in self._room.remote_participants.values() if each.kind in HUMAN_KINDS]
        wanted = {each.identity: heard_tracks(each) for each in chosen(humans, self._audio.partner)}
        for identity in [each for each in self._people if each not in wanted]:
            self._let_go(identity)
        for identity, tracks in wanted.items():
            if identity not in self._people:
                self._people[identity] = _Heard(HumanAudio(partial(self._on_frame, identity)))
            self._read(self._people[identity], tracks, self._room.remote_participants[identity].track_publications)
        for identity, person in self._people.items():
            self._watch(identity, person, wanted=len(self._people) > 1)

    def _let_go(self, identity: str) -> None:
        person = self._people.pop(identity)
        self._read(person, {}, {})
        self._watch(identity, person, wanted=False)
        self._audio.left(identity)

    def _read(
        self,
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
                self._tasks.start_soon(self._hear, person, publications[sid], track, scope)

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
            if person.activity is not None:
                # It has failed, and is about to be closed.
                with suppress(RuntimeError):
                    person.activity.push_frame(frame)
            self._audio.push(identity, frame)

    async def _hear(
        self, person: _Heard, publication: rtc.RemoteTrackPublication, track: rtc.Track, scope: anyio.CancelScope
    ) -> None:
        sid = publication.sid
        with scope:
            try:
                stream = track_audio(track, sample_rate=RATE, frame_ms=FRAME_MS, noise=self._noise)
            except TrackGone:
                return
            # As RoomIO does.
            gain = rtc.AudioProcessingModule(auto_gain_control=True)
            try:
                for frame in await self._earlier(publication):
                    person.mix.push(sid, frame, time.monotonic())
                async for event in stream:
                    gain.process_stream(event.frame)
                    person.mix.push(sid, event.frame, time.monotonic())
            except Exception as error:  # noqa: BLE001  # one deaf microphone must not take the room down
                log.error("hearing a microphone failed: %s", fault_place(error))  # noqa: TRY400  # a traceback quotes
            finally:
                person.mix.forget(sid)
                with anyio.move_on_after(CLOSE_SECONDS, shield=True):
                    await stream.aclose()

    async def _tell_activity(self, identity: str, person: _Heard, scope: anyio.CancelScope) -> None:
        with scope:
            person.activity = activity = self._vad.stream()
            try:
                async for event in activity:
                    if event.type == VADEventType.START_OF_SPEECH:
                        self._audio.began(identity)
                    elif event.type == VADEventType.END_OF_SPEECH:
                        self._audio.ended(identity)
            except Exception as error:  # noqa: BLE001  # one who cannot be watched must not take the room down
                log.error("voice activity of a microphone failed: %s", fault_place(error))  # noqa: TRY400  # quotes
            finally:
                person.activity = None
                self._audio.ended(identity)
                with anyio.move_on_after(CLOSE_SECONDS, shield=True):
                    await activity.aclose()


@asynccontextmanager
async def microphones(
    room: rtc.Room, audio: RoomAudio, vad: VAD, noise: rtc.NoiseCancellationOptions | None = None
) -> AsyncIterator[None]:
    """Give ``audio`` what everybody says while the block lasts, without the noise if ``noise`` cancels it."""
    async with earlier_audio(room) as earlier, owned_tasks() as tasks:
        reading = _Microphones(room, audio, vad, noise, earlier, tasks)
        reading.settle()
        with handling(
            room,
            track_subscribed=reading.settle,
            track_unsubscribed=reading.settle,
            track_unpublished=reading.settle,
            track_muted=reading.settle,
            track_unmuted=reading.settle,
            participant_connected=reading.settle,
            participant_disconnected=reading.settle,
        ):
            yield
        tasks.cancel_scope.cancel()
