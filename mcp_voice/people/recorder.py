"""What one participant hears: every voice in the room, when it sounded, and a recording of it."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import anyio
import numpy as np
from anyio.abc import TaskGroup
from livekit import rtc

from mcp_voice.audio import Pcm
from mcp_voice.participants import Target
from mcp_voice.room.livekit_events import handling
from mcp_voice.room.sdk import TrackGone, track_audio
from mcp_voice.tasks import Bell, owned_tasks

__all__ = ["Recorder", "Sound", "laid_out", "recorder"]

RATE = 24_000
FRAME_MS = 40
"""Small enough to tell soon that there is sound; each frame wakes every listener of the process."""
WINDOW_SECONDS = 0.01
AUDIBLE_RMS = 200.0
"""Level from which a 10 ms window counts as sound: 44 dB below full scale, 16 dB above a quiet room."""
GAP_SECONDS = 0.3
"""Silence that ends a stretch of sound."""
CLOCK_FRAMES = 25
"""Frames come late when the event loop stalls, never early: the earliest of the last second tells the time."""
DRIFT_SECONDS = 0.1
"""A recording is shifted when it is further off than this, and not for less: each shift tears the sound."""
RECORDED_SECONDS = 600.0
LONGEST_HISTORY = 10_000
CLOSE_SECONDS = 2.0

Frame = tuple[float, Pcm]
"""Instant of the first sample (``time.monotonic()`` seconds), and the samples."""


@dataclass(slots=True)
class Sound:
    """A stretch of audible sound, with no gap of 0.3 s in it; instants are ``time.monotonic()`` seconds."""

    identity: str
    began_at: float
    ended_at: float


class _Clock:
    """The instants of one track's samples, which come without a gap but not on time."""

    def __init__(self) -> None:
        self._position = 0.0
        self._offsets: deque[float] = deque(maxlen=CLOCK_FRAMES)
        self._base = 0.0

    def tick(self, arrived_at: float, seconds: float) -> tuple[float, float]:
        """When the frame that has just arrived began, as exactly as can be told; and its place in a recording."""
        self._offsets.append(arrived_at - seconds - self._position)
        offset = min(self._offsets)
        if abs(offset - self._base) > DRIFT_SECONDS:
            self._base = offset
        begins = self._position
        self._position += seconds
        return offset + begins, self._base + begins


class Recorder:
    """Everybody else's voice."""

    def __init__(self) -> None:
        self.sounds: deque[Sound] = deque(maxlen=LONGEST_HISTORY)
        """Every stretch of sound so far; the last one of a participant may still be growing."""
        self._frames: dict[str, deque[Frame]] = {}
        self._latest: dict[str, Sound] = {}
        self._heard_until: dict[str, float] = {}
        self._sounded = Bell()
        self._heard_more = Bell()

    def frames(self, identity: str = "") -> list[Frame]:
        """What was heard of one participant (or of all of them, unmixed): at most the last 10 min, at 24 kHz."""
        chosen = [self._frames.get(identity, deque())] if identity else self._frames.values()
        return [frame for frames in chosen for frame in frames]

    def recording(self, identity: str = "") -> Pcm:
        """One participant's voice, or the mix of all others, from the first to the last frame heard, at 24 kHz."""
        return laid_out(self.frames(identity))

    async def sound(self, identity: str = "", *, limit: float) -> float:
        """Wait for sound; gives the instant it began, in the past if it is under way.

        Raises TimeoutError after ``limit`` seconds.
        """
        called_at = time.monotonic()
        with anyio.fail_after(limit):
            while True:
                if sounding := [each.began_at for each in self._of(identity) if self._is_heard(each, called_at)]:
                    return min(sounding)
                await self._sounded.wait()

    async def silence(self, identity: str = "", *, quiet: float, limit: float) -> float:
        """Wait until nothing has sounded for ``quiet`` seconds; gives the instant of the last sound.

        Without any sound before, that is the instant of the call. Raises TimeoutError after ``limit`` seconds.
        """
        called_at = time.monotonic()
        with anyio.fail_after(limit):
            while True:
                last = max((each.ended_at for each in self._of(identity)), default=called_at)
                left = last + quiet - self._now()
                if left <= 0:
                    return last
                await anyio.sleep(max(left, FRAME_MS / 1000))

    async def reach(self, instant: float = 0.0, identity: str = "", *, limit: float) -> None:
        """Wait until we have heard everything up to that instant, silence or not; by default, anything at all.

        Raises TimeoutError after ``limit`` seconds.
        """
        with anyio.fail_after(limit):
            while self._heard_up_to(identity) <= instant:
                await self._heard_more.wait()

    async def listen(self, track: rtc.Track, identity: str) -> None:
        """Hear one track until it ends or this is cancelled."""
        try:
            stream = track_audio(track, sample_rate=RATE, frame_ms=FRAME_MS)
        except TrackGone:
            return
        clock = _Clock()
        try:
            async for event in stream:
                pcm = Pcm(np.frombuffer(event.frame.data, dtype=np.int16).copy(), event.frame.sample_rate)
                began_at, place = clock.tick(time.monotonic(), pcm.seconds)
                self._keep(identity, place, pcm)
                self._take(identity, began_at, pcm)
        finally:
            # A stream does not end when its participant leaves, and one that stays open leaks.
            with anyio.move_on_after(CLOSE_SECONDS, shield=True):
                await stream.aclose()

    def _of(self, identity: str) -> Iterable[Sound]:
        return (sound for name, sound in self._latest.items() if Target(identity).concerns(name))

    def _is_heard(self, sound: Sound, called_at: float) -> bool:
        # A short one may be over before whoever waits has their turn, where the event loop stalls.
        return sound.began_at >= called_at or self._now() - sound.ended_at < GAP_SECONDS

    def _now(self) -> float:
        """The instant up to which we have heard, so that a stalled event loop is not taken for silence."""
        return max(self._heard_up_to(""), time.monotonic() - GAP_SECONDS)

    def _heard_up_to(self, identity: str) -> float:
        return max((until for name, until in self._heard_until.items() if Target(identity).concerns(name)), default=0.0)

    def _keep(self, identity: str, place: float, pcm: Pcm) -> None:
        kept = self._frames.setdefault(identity, deque(maxlen=round(RECORDED_SECONDS * 1000 / FRAME_MS)))
        kept.append((place, pcm))

    def _take(self, identity: str, begins_at: float, pcm: Pcm) -> None:
        self._heard_until[identity] = begins_at + pcm.seconds
        self._heard_more.ring()
        for index, level in enumerate(pcm.levels(WINDOW_SECONDS)):
            if level >= AUDIBLE_RMS:
                self._sound(identity, begins_at + index * WINDOW_SECONDS)

    def _sound(self, identity: str, at: float) -> None:
        latest = self._latest.get(identity)
        if latest is None or at - latest.ended_at >= GAP_SECONDS:
            latest = self._latest[identity] = Sound(identity, at, at)
            self.sounds.append(latest)
            self._sounded.ring()
        latest.ended_at = max(latest.ended_at, at + WINDOW_SECONDS)


class _Subscriptions:
    """Starts and ends listening as tracks come and go."""

    def __init__(self, heard: Recorder, tasks: TaskGroup) -> None:
        self._heard = heard
        self._tasks = tasks
        self._scopes: dict[str, anyio.CancelScope] = {}

    def subscribed(self, track: rtc.Track, _: rtc.RemoteTrackPublication, participant: rtc.RemoteParticipant) -> None:
        if track.kind == rtc.TrackKind.KIND_AUDIO and track.sid not in self._scopes:
            self._scopes[track.sid] = anyio.CancelScope()
            self._tasks.start_soon(self._listen, track, participant.identity, self._scopes[track.sid])

    def unsubscribed(self, track: rtc.Track, _: rtc.RemoteTrackPublication, __: rtc.RemoteParticipant) -> None:
        self._end(track.sid)

    def left(self, participant: rtc.RemoteParticipant) -> None:
        for publication in participant.track_publications.values():
            if publication.track is not None:
                self._end(publication.track.sid)

    def _end(self, sid: str) -> None:
        scope = self._scopes.pop(sid, None)
        if scope is not None:
            scope.cancel()

    async def _listen(self, track: rtc.Track, identity: str, scope: anyio.CancelScope) -> None:
        with scope:
            await self._heard.listen(track, identity)


@asynccontextmanager
async def recorder(connection: rtc.Room) -> AsyncIterator[Recorder]:
    """Hear everybody; enter this before the room is joined, so that no track is missed."""
    heard = Recorder()
    async with owned_tasks() as tasks:
        subscriptions = _Subscriptions(heard, tasks)
        with handling(
            connection,
            track_subscribed=subscriptions.subscribed,
            track_unsubscribed=subscriptions.unsubscribed,
            participant_disconnected=subscriptions.left,
        ):
            yield heard
        tasks.cancel_scope.cancel()


def laid_out(frames: Iterable[Frame], *, since: float | None = None, until: float | None = None) -> Pcm:
    """Frames at 24 kHz mixed at their own instants, from ``since`` (default: the first) to ``until`` (the last)."""
    placed = list(frames)
    since = min((at for at, _ in placed), default=0.0) if since is None else since
    until = max((at + pcm.seconds for at, pcm in placed), default=since) if until is None else until
    mix = np.zeros(max(0, round((until - since) * RATE)), dtype=np.int32)
    for at, pcm in placed:
        start = round((at - since) * RATE)
        if start >= 0 and start + len(pcm.samples) <= len(mix):
            mix[start : start + len(pcm.samples)] += pcm.samples
    return Pcm(np.clip(mix, -32768, 32767).astype(np.int16), RATE)
