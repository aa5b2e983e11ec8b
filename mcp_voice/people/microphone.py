"""A simulated microphone: room noise without a break, speech mixed into it, all of it in real time."""

from __future__ import annotations

import asyncio
import time
import zlib
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import anyio
from livekit import rtc

from mcp_voice.audio import Pcm, pink_noise, silence
from mcp_voice.errors import LiveKitError, quoted
from mcp_voice.tasks import owned_tasks

__all__ = ["Microphone", "SpeechTimes", "microphone"]

RATE = 48_000
FRAME_SECONDS = 0.04
"""Each frame is a round trip to the SDK, which wakes every listener of the process: 20 ms ones cost twice as much."""
LEAD_SECONDS = 0.12
"""How far ahead of real time frames are handed over: the stall of the event loop that stays unheard."""
QUEUE_MS = 400
"""Room in the queue, never filled: a full one makes ``capture_frame`` wait, and each waiting call gets a copy of every
event of the SDK."""
NOISE_FRAMES = 250
RECORDED_SECONDS = 600.0
RECORDED_RATE = 24_000
PUBLISH_SECONDS = 12.0
"""The SDK gives up by itself after 10 s."""
CLOSE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class SpeechTimes:
    """When the first and the last voiced sample were played, in ``time.monotonic()`` seconds.

    ``hushed`` says that it was broken off; ``ended_at`` is then the instant of that.
    """

    started_at: float
    ended_at: float
    hushed: bool = False


class _Utterance:
    """Something to say and how much of it was handed over."""

    def __init__(self, pcm: Pcm) -> None:
        samples = pcm.resampled(RATE)
        self.samples = samples.joined(silence(-samples.seconds % FRAME_SECONDS, rate=RATE))
        self.voiced = self.samples.voiced()
        self.handed_over = 0.0
        self.began_at: float | None = None
        self.ends_at = 0.0
        self.spoken: asyncio.Future[SpeechTimes] = asyncio.get_running_loop().create_future()

    def next_frame(self, begins_at: float) -> Pcm:
        """Take the next frame, which will be played from ``begins_at`` on."""
        self.began_at = begins_at if self.began_at is None else self.began_at
        frame = self.samples.cut(self.handed_over, self.handed_over + FRAME_SECONDS)
        self.handed_over += FRAME_SECONDS
        self.ends_at = begins_at + frame.seconds
        if self.handed_over >= self.samples.seconds and not self.spoken.done():
            first, last = self.voiced
            self.spoken.set_result(SpeechTimes(self.began_at + first, self.ends_at - self.samples.seconds + last))
        return frame

    def break_off(self, now: float) -> None:
        """End it now."""
        if not self.spoken.done():
            started_at = now if self.began_at is None else min(now, self.began_at + self.voiced[0])
            self.spoken.set_result(SpeechTimes(started_at, now, hushed=True))
        self.ends_at = now


class Microphone:
    """Plays noise and speech into one track."""

    def __init__(
        self, connection: rtc.Room, source: rtc.AudioSource, noise: Pcm, track_source: rtc.TrackSource.ValueType
    ) -> None:
        self._connection = connection
        self._source = source
        self._noise = noise
        self._track_source = track_source
        self._track: rtc.LocalAudioTrack | None = None
        self._publication: rtc.LocalTrackPublication | None = None
        self._plugged_in = asyncio.Event()
        self._frame = 0
        self._utterances: deque[_Utterance] = deque()
        self.played: deque[tuple[float, Pcm]] = deque(maxlen=round(RECORDED_SECONDS / FRAME_SECONDS))
        """What was played when (``time.monotonic()`` seconds of the first sample), in frames of 40 ms at 24 kHz."""

    async def speak(self, pcm: Pcm) -> SpeechTimes:
        """Say it, after whatever is being said; returns when its last sample was played, or at a ``hush``."""
        utterance = _Utterance(pcm)
        self._utterances.append(utterance)
        try:
            spoken = await utterance.spoken
            await asyncio.sleep(max(0.0, utterance.ends_at - time.monotonic()))
        finally:
            if utterance in self._utterances:
                self._utterances.remove(utterance)
        return spoken

    async def subscribed(self, *, limit: float) -> None:
        """Wait until somebody gets it from LiveKit's server; raises TimeoutError after ``limit`` seconds.

        What is said before reaches nobody: on a busy machine that takes 0.1 to 0.3 s from when others see the track.
        """
        async with asyncio.timeout(limit):
            await self._plugged_in.wait()
            if self._publication is not None:
                await self._publication.wait_for_subscription()

    def hush(self) -> None:
        """Stop speaking now and forget what was still to be said; the noise goes on."""
        now = time.monotonic()
        self._source.clear_queue()
        for utterance in self._utterances:
            utterance.break_off(now)
        self._utterances.clear()

    def mute(self) -> None:
        """Mute the track: others see that, and hear nothing."""
        if self._track is not None:
            self._track.mute()

    def unmute(self) -> None:
        """Undo ``mute``."""
        if self._track is not None:
            self._track.unmute()

    async def plug_in(self) -> None:
        """Publish it, as a new track; raises LiveKitError when that is not allowed."""
        track = rtc.LocalAudioTrack.create_audio_track("microphone", self._source)
        options = rtc.TrackPublishOptions(source=self._track_source)
        try:
            async with asyncio.timeout(PUBLISH_SECONDS):
                self._publication = await self._connection.local_participant.publish_track(track, options)
        except (rtc.participant.PublishTrackError, TimeoutError) as error:
            why = quoted(str(error)) if str(error) else "no answer in time"
            raise LiveKitError(
                f"The microphone could not be published ({why}).",
                fix="Check the token's grants, and that neither this machine nor the LiveKit server is overloaded.",
                code="no-microphone",
            ) from None
        self._track = track
        self._plugged_in.set()

    async def unplug(self) -> None:
        """Take its track away; what is being said goes on unheard."""
        self._plugged_in.clear()
        track, self._track, self._publication = self._track, None, None
        if track is not None:
            # When we have left the room, it has gone with us.
            with suppress(rtc.participant.UnpublishTrackError):
                await self._connection.local_participant.unpublish_track(track.sid)

    async def run(self) -> None:
        """Play for ever; the owner task is that of ``microphone``."""
        while True:
            await asyncio.sleep(max(0.0, self._source.queued_duration - LEAD_SECONDS))
            begins_at = time.monotonic() + self._source.queued_duration
            frame = self._next_frame(begins_at)
            await self._source.capture_frame(
                rtc.AudioFrame(frame.samples.tobytes(), RATE, num_channels=1, samples_per_channel=len(frame.samples))
            )
            self.played.append((begins_at, Pcm(frame.samples[:: RATE // RECORDED_RATE], RECORDED_RATE)))

    def _next_frame(self, begins_at: float) -> Pcm:
        noise = self._noise.cut(self._frame * FRAME_SECONDS, (self._frame + 1) * FRAME_SECONDS)
        self._frame = (self._frame + 1) % NOISE_FRAMES
        if not self._utterances:
            return noise
        frame = self._utterances[0].next_frame(begins_at)
        if self._utterances[0].spoken.done():
            self._utterances.popleft()
        return frame.over(noise)


@asynccontextmanager
async def microphone(
    connection: rtc.Room,
    *,
    noise_rms: float,
    plugged_in: bool = True,
    track_source: rtc.TrackSource.ValueType = rtc.TrackSource.SOURCE_MICROPHONE,
) -> AsyncIterator[Microphone]:
    """A microphone in a room that we are connected to; raises LiveKitError when publishing it is not allowed."""
    source = rtc.AudioSource(RATE, 1, QUEUE_MS)
    seed = zlib.crc32(connection.local_participant.identity.encode())
    noise = pink_noise(NOISE_FRAMES * FRAME_SECONDS, rate=RATE, rms=noise_rms, seed=seed)
    opened = Microphone(connection, source, noise, track_source)
    try:
        if plugged_in:
            await opened.plug_in()
        async with owned_tasks() as tasks:
            tasks.start_soon(opened.run)
            yield opened
            opened.hush()
            tasks.cancel_scope.cancel()
    finally:
        with anyio.move_on_after(CLOSE_SECONDS, shield=True):
            await source.aclose()
