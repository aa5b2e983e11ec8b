"""Which microphones of a room reach the companion's session, whoever its partner is, and what fails meanwhile."""

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
from testkit.waiting import until

pytestmark = pytest.mark.anyio

SAMPLES = RATE * FRAME_MS // 1000
SPEECH = 100
"""Frames of this level and above are speech."""
LONGER = 150
"""Frames: longer than what is kept of everybody at any time."""


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


@pytest.fixture
def room() -> Room:
    """Alice is the partner, and has no microphone."""
    room = Room(Partner(5.0, "alice"))
    room.comes("alice")
    return room


async def test_the_only_microphone_of_a_room_is_heard_though_its_human_is_not_the_partner(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody who types came first."""
    async with listening(monkeypatch, room):
        room.comes("bob")
        track = room.publishes("bob")
        track.sounds(1, 2, 101, 102)
        await until(lambda: room.audio.partner == "bob", limit=2.0)
        track.sounds(103)
        await until(room.audio._frames.qsize, limit=2.0)
        await anyio.wait_all_tasks_blocked()
        assert room.heard() == [1, 2, 101, 102, 103]


@pytest.mark.parametrize("microphone_first", [True, False], ids=["the microphone goes first", "all goes at once"])
async def test_whoever_is_left_alone_is_heard_after_the_words_of_one_who_has_left(
    room: Room, monkeypatch: pytest.MonkeyPatch, *, microphone_first: bool
) -> None:
    """They would be deaf to the one who is still there, for ever."""
    async with listening(monkeypatch, room):
        room.comes("bob")
        mine, theirs = room.publishes("alice"), room.publishes("bob")
        mine.sounds(101)
        await until(lambda: room.partner.speaks("alice"), limit=2.0)
        theirs.sounds(201)
        await until(lambda: room.partner.waits("bob"), limit=2.0)
        if microphone_first:
            room.unpublishes("bob")
        room.leaves("bob")
        mine.sounds(1)
        await until(lambda: not room.partner.speaks("alice"), limit=2.0)
        room.partner.turn_over(0.0)
        room.audio.settle()
        assert room.audio.partner == "bob"
        mine.sounds(102)
        await until(lambda: room.partner.waits("alice"), limit=2.0)
        room.partner.turn_over(0.0)
        mine.sounds(103)
        await until(lambda: room.audio.partner == "alice", limit=2.0)
        await until(lambda: room.audio._frames.qsize() >= 6, limit=2.0)
        assert room.heard() == [101, 1, 201, 102, 103]


async def test_whoever_speaks_while_another_types_is_heard_to_the_end(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one who types is the partner from then on, and the other's words come next."""
    async with listening(monkeypatch, room):
        room.comes("bob")
        track = room.publishes("bob")
        track.sounds(101)
        await until(lambda: room.audio.partner == "bob", limit=2.0)
        room.audio.take("alice")
        track.sounds(102, 103)
        await anyio.wait_all_tasks_blocked()
        assert room.audio.partner == "bob"
        assert room.heard() == [101, 102, 103]


async def test_when_the_partner_s_microphone_is_gone_the_other_one_is_heard(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are there still, and nobody has joined or left since."""
    async with listening(monkeypatch, room):
        room.comes("bob")
        track = room.publishes("bob")
        room.publishes("alice")
        room.unpublishes("alice")
        track.sounds(101, 102)
        await until(lambda: room.audio.partner == "bob", limit=2.0)
        await anyio.wait_all_tasks_blocked()
        assert room.heard() == [101, 102]


async def test_whoever_is_alone_and_publishes_their_microphone_anew_is_heard_at_once(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some clients do so when it is switched on again; nobody looks for voice activity, which takes time."""
    async with listening(monkeypatch, room):
        room.publishes("alice").sounds(1, 2)
        await until(lambda: room.heard() == [1, 2], limit=2.0)
        room.unpublishes("alice")
        room.publishes("alice").sounds(3, 4)
        await until(lambda: room.heard() == [3, 4], limit=2.0)
    assert room.listener.begun == 0


async def test_what_somebody_said_before_they_were_connected_is_heard_whole(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also of one who is not the partner, and it comes at once."""
    async with listening(monkeypatch, room):
        room.comes("bob")
        room.earlier["TR_0"] = [frame(SPEECH + number) for number in range(LONGER)]
        track = room.publishes("bob")
        track.sounds(1)
        await until(lambda: room.audio.partner == "bob", limit=2.0)
        track.sounds(2)
        await anyio.wait_all_tasks_blocked()
        assert room.heard() == [*range(SPEECH, SPEECH + LONGER), 1, 2]


async def test_voice_activity_that_fails_is_looked_for_again(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else nobody would ever hear that human again."""
    room.listener.failures = 2
    async with listening(monkeypatch, room):
        room.comes("bob")
        track = room.publishes("bob")

        def spoke() -> bool:
            track.sounds(101)
            return room.audio.partner == "bob"

        await until(spoke, limit=5.0)
    assert room.listener.begun == 3


async def test_a_microphone_that_cannot_be_read_is_read_again(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """A decoder may fail once."""
    async with listening(monkeypatch, room):
        track = room.publishes("alice")
        track.breaks()
        track.sounds(1, 2)
        await until(lambda: room.heard() == [1, 2], limit=2.0)
    assert track.opened == 2


async def test_nothing_is_kept_of_those_who_have_left(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their voice activity ends after them; a room may stay open for weeks."""
    async with listening(monkeypatch, room):
        for number in range(3):
            room.comes(f"guest {number}")
            room.publishes(f"guest {number}").sounds(1)
            await anyio.wait_all_tasks_blocked()
            room.leaves(f"guest {number}")
        await anyio.wait_all_tasks_blocked()
        assert not room.audio._voices
