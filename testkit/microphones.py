"""Humans with microphones whose sound a test makes, frame by frame, and a room in which they are read."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import anyio
import numpy as np
import pytest
from livekit import rtc
from livekit.agents import vad
from livekit.agents.vad import VADEvent, VADEventType

from mcp_voice.tasks import owned_tasks
from mcp_voice_agent.conversation import microphones
from mcp_voice_agent.conversation.human_audio import FRAME_MS, RATE
from mcp_voice_agent.conversation.partner import Partner
from mcp_voice_agent.conversation.room_audio import RoomAudio

__all__ = ["SPEECH", "LevelVAD", "Room", "Track", "frame", "listening"]

SAMPLES = RATE * FRAME_MS // 1000
SPEECH = 100
"""Frames of this level and above are speech."""


def frame(level: int) -> rtc.AudioFrame:
    """10 ms of that level."""
    return rtc.AudioFrame(np.full(SAMPLES, level, np.int16).tobytes(), RATE, 1, SAMPLES)


class LevelVAD(vad.VAD):
    """Takes every frame of a level for speech at once; fails as often as it is told to."""

    def __init__(self) -> None:
        super().__init__(capabilities=vad.VADCapabilities(update_interval=FRAME_MS / 1000))
        self.failures = 0
        self.begun = 0

    def stream(self) -> vad.VADStream:
        """Begin to look."""
        self.begun += 1
        return _LevelStream(self)


class _LevelStream(vad.VADStream):
    def __init__(self, listener: LevelVAD) -> None:
        self._listener = listener
        super().__init__(listener)

    async def _main_task(self) -> None:
        speaking = False
        async for item in self._input_ch:
            if self._listener.failures:
                self._listener.failures -= 1
                raise RuntimeError("no such model")
            loud = isinstance(item, rtc.AudioFrame) and int(np.frombuffer(item.data, np.int16)[0]) >= SPEECH
            if loud != speaking:
                speaking = loud
                kind = VADEventType.START_OF_SPEECH if loud else VADEventType.END_OF_SPEECH
                self._event_ch.send_nowait(VADEvent(kind, 0, 0.0, 0.0, 0.0))


class Track:
    """A microphone: what is put in comes out of it, or an error."""

    def __init__(self) -> None:
        self.opened = 0
        self._into, self._out = anyio.create_memory_object_stream[rtc.AudioFrame | None](1000)

    def sounds(self, *levels: int) -> None:
        """Frames of these levels."""
        for level in levels:
            self._into.send_nowait(frame(level))

    def breaks(self) -> None:
        """The next one who reads gets an error."""
        self._into.send_nowait(None)

    def __aiter__(self) -> Track:
        return self

    async def __anext__(self) -> Any:
        found = await self._out.receive()
        if found is None:
            raise ValueError("no sound")
        return SimpleNamespace(frame=found)

    async def aclose(self) -> None:
        """As of ``rtc.AudioStream``."""

    def close(self) -> None:
        """The test is over."""
        self._into.close()
        self._out.close()


@dataclass(eq=False)
class Room:
    """A room, what is recorded of its humans, and what its session hears."""

    partner: Partner
    listener: LevelVAD = field(default_factory=LevelVAD)
    remote_participants: dict[str, Any] = field(default_factory=dict)
    tracks: dict[str, Track] = field(default_factory=dict)
    earlier: dict[str, list[rtc.AudioFrame]] = field(default_factory=dict)
    settle: Callable[[], None] = lambda: None
    left: Callable[[Any], None] = lambda _: None

    def __post_init__(self) -> None:
        self.audio = RoomAudio(self.partner, lambda _: None)

    def comes(self, identity: str) -> None:
        """Somebody joins who has no microphone."""
        kind = rtc.ParticipantKind.PARTICIPANT_KIND_STANDARD
        self.remote_participants[identity] = SimpleNamespace(identity=identity, kind=kind, track_publications={})
        self.settle()

    def publishes(self, identity: str) -> Track:
        """Their microphone reaches us."""
        track, sid = Track(), f"TR_{len(self.tracks)}"
        self.tracks[sid] = track
        kind, source = rtc.TrackKind.KIND_AUDIO, rtc.TrackSource.SOURCE_MICROPHONE
        publication = SimpleNamespace(sid=sid, track=track, muted=False, kind=kind, source=source)
        self.remote_participants[identity].track_publications = {sid: publication}
        self.settle()
        return track

    def unpublishes(self, identity: str) -> None:
        """It is gone."""
        self.remote_participants[identity].track_publications = {}
        self.settle()

    def leaves(self, identity: str) -> None:
        """Somebody is gone."""
        self.left(self.remote_participants.pop(identity))

    def heard(self) -> list[int]:
        """The levels of all frames that the session has been given since the last look, but silence."""
        frames = [self.audio._frames.get_nowait() for _ in range(self.audio._frames.qsize())]
        levels = [int(np.frombuffer(each.data, np.int16)[0]) for each in frames]
        return [level for level in levels if level]


@asynccontextmanager
async def listening(monkeypatch: pytest.MonkeyPatch, room: Room) -> AsyncIterator[None]:
    """Have a room's microphones read while the block lasts; no gain is made, which would change the levels."""

    def opened(track: Track, **_: object) -> Track:
        track.opened += 1
        return track

    async def earlier(publication: rtc.RemoteTrackPublication) -> list[rtc.AudioFrame]:
        return room.earlier.get(publication.sid, [])

    monkeypatch.setattr(microphones, "track_audio", opened)
    monkeypatch.setattr(microphones, "AGAIN_SECONDS", 0.01)
    unchanged = SimpleNamespace(process_stream=lambda _: None)
    monkeypatch.setattr(rtc, "AudioProcessingModule", lambda **_: unchanged)
    async with owned_tasks() as tasks:
        reading = microphones._Microphones(cast("rtc.Room", room), room.audio, room.listener, None, earlier, tasks)
        room.settle, room.left = reading.settle, reading.on_leaving
        yield
        tasks.cancel_scope.cancel()
    for track in room.tracks.values():
        track.close()
