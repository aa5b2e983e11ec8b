"""The sound of the human whom the companion listens to: of all their microphones, not only of the newest.

LiveKit's ``RoomIO`` hears one track of source microphone, the one that came last. Its sound is passed on, with that of
the others mixed in; where there is no microphone, that of tracks whose source is unknown.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import anyio
import numpy as np
from anyio.abc import TaskGroup
from livekit import rtc
from livekit.agents import AgentSession
from livekit.agents.voice.io import AudioInput

from mcp_voice.room.events import is_microphone
from mcp_voice.room.livekit_events import handling
from mcp_voice.room.sdk import TrackGone, track_audio
from mcp_voice.room.track_choice import TrackChoice
from mcp_voice.tasks import owned_tasks

__all__ = ["HumanAudio", "human_audio"]

RATE = 24_000
"""RoomIO's."""
FRAME_MS = 20
LEAD_SECONDS = 0.2
"""Whoever has sounded this recently, silence included, sets the pace at which frames go on."""
HELD_SAMPLES = round(RATE * LEAD_SECONDS)
"""Of each track that waits for the one that sets the pace: more than that is late and left out."""
CLOSE_SECONDS = 2.0
ROOM_IO = ""
"""What RoomIO hears, among the ids of tracks."""


class HumanAudio(AudioInput):
    """Frames of int16 mono PCM at 24 kHz, mixed of all that is pushed."""

    def __init__(self, source: AudioInput) -> None:
        super().__init__(label="all microphones", source=source)
        self._frames: asyncio.Queue[rtc.AudioFrame] = asyncio.Queue()
        self._held: dict[str, np.ndarray] = {}
        self._pushed_at: dict[str, float] = {}
        self._attached = True

    async def __anext__(self) -> rtc.AudioFrame:
        return await self._frames.get()

    def on_attached(self) -> None:
        """Be heard again."""
        self._attached = True
        super().on_attached()

    def on_detached(self) -> None:
        """Be heard no more: what comes is dropped."""
        self._attached = False
        super().on_detached()

    def push(self, sid: str, frame: rtc.AudioFrame, now: float) -> None:
        """A frame of one track; the first track that sounds now sets the pace, and the others are mixed in."""
        self._pushed_at[sid] = now
        if not self._attached:
            self._held.clear()
            return
        leader = next(each for each, at in self._pushed_at.items() if now - at < LEAD_SECONDS)
        if sid == leader and not self._held:
            self._frames.put_nowait(frame)
            return
        samples = np.frombuffer(frame.data, dtype=np.int16)
        if sid == leader:
            self._frames.put_nowait(_frame(samples, [self._taken(each, len(samples)) for each in list(self._held)]))
        else:
            held = self._held.get(sid)
            self._held[sid] = (samples if held is None else np.concatenate((held, samples)))[-HELD_SAMPLES:]

    def forget(self, sid: str) -> None:
        """A track has gone."""
        self._pushed_at.pop(sid, None)

    def _taken(self, sid: str, count: int) -> np.ndarray:
        held = self._held.pop(sid)
        if len(held) > count:
            self._held[sid] = held[count:]
        return held[:count]


def _frame(samples: np.ndarray, others: list[np.ndarray]) -> rtc.AudioFrame:
    mix = samples.astype(np.int32)
    for other in others:
        mix[: len(other)] += other
    mixed = np.clip(mix, -32768, 32767).astype(np.int16)
    return rtc.AudioFrame(mixed.tobytes(), RATE, num_channels=1, samples_per_channel=len(mixed))


def heard_tracks(human: rtc.RemoteParticipant | None) -> dict[str, rtc.Track]:
    """The tracks that are heard of a human, by their ids."""
    choice, tracks = TrackChoice(), dict[str, rtc.Track]()
    for publication in human.track_publications.values() if human else ():
        if publication.track is not None and is_microphone(publication):
            tracks[publication.sid] = publication.track
            surely = publication.source == rtc.TrackSource.SOURCE_MICROPHONE
            choice.came(publication.sid, is_microphone=surely, muted=publication.muted)
    return {sid: tracks[sid] for sid in choice.heard()}


class _Tracks:
    """Hears those tracks that RoomIO does not hear."""

    def __init__(self, room: rtc.Room, linked: Callable[[], str], audio: HumanAudio, tasks: TaskGroup) -> None:
        self._room = room
        self._linked = linked
        self._audio = audio
        self._tasks = tasks
        self._heard: dict[str, tuple[rtc.Track, anyio.CancelScope]] = {}
        self._left_out = ""

    async def pass_on(self, source: AudioInput) -> None:
        """What RoomIO hears, until the session is closed."""
        async for frame in source:
            if self._of_room_io() != self._left_out:
                self.settle()
            self._audio.push(ROOM_IO, frame, time.monotonic())

    def settle(self, *_: object) -> None:
        """Hear what is to be heard now, and nothing else."""
        wanted = heard_tracks(self._room.remote_participants.get(self._linked()))
        self._left_out = self._of_room_io()
        wanted.pop(self._left_out, None)
        for sid, (track, scope) in list(self._heard.items()):
            if wanted.get(sid) is not track:
                del self._heard[sid]
                scope.cancel()
        for sid, track in wanted.items():
            if sid not in self._heard:
                scope = anyio.CancelScope()
                self._heard[sid] = (track, scope)
                self._tasks.start_soon(self._hear, sid, track, scope)

    def _of_room_io(self) -> str:
        # It has no public way to tell. Where its inside is not as in livekit-agents 1.8, nothing of a human is lost,
        # but what RoomIO hears is heard twice as loud.
        publication = getattr(self._audio.source, "_publication", None)  # quirk: heard-track
        return publication.sid if publication is not None else ""

    async def _hear(self, sid: str, track: rtc.Track, scope: anyio.CancelScope) -> None:
        with scope:
            try:
                stream = track_audio(track, sample_rate=RATE, frame_ms=FRAME_MS)
            except TrackGone:
                return
            # As RoomIO does.
            gain = rtc.AudioProcessingModule(auto_gain_control=True)
            try:
                async for event in stream:
                    gain.process_stream(event.frame)
                    self._audio.push(sid, event.frame, time.monotonic())
            finally:
                self._audio.forget(sid)
                with anyio.move_on_after(CLOSE_SECONDS, shield=True):
                    await stream.aclose()


@asynccontextmanager
async def human_audio(session: AgentSession[None], room: rtc.Room, linked: Callable[[], str]) -> AsyncIterator[None]:
    """Have a session that has started hear all microphones of the human to whom it is linked, while the block lasts."""
    source = session.input.audio
    if source is None:
        yield
        return
    audio = HumanAudio(source)
    async with owned_tasks() as tasks:
        tracks = _Tracks(room, linked, audio, tasks)
        session.input.audio = audio
        tasks.start_soon(tracks.pass_on, source)
        tracks.settle()
        with handling(
            room,
            track_subscribed=tracks.settle,
            track_unsubscribed=tracks.settle,
            track_unpublished=tracks.settle,
            track_muted=tracks.settle,
            track_unmuted=tracks.settle,
            participant_connected=tracks.settle,
            participant_disconnected=tracks.settle,
        ):
            yield
        tasks.cancel_scope.cancel()
