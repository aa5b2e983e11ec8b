"""One ear per track: voice activity, words and the end-of-turn model's opinion, from one microphone.

An ``AgentSession`` hears one microphone of one participant. We listen to every human in the room at once and must say
who answered, so each track gets LiveKit's own parts (``VAD``, ``STT``, ``TurnDetector``) directly.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import anyio
from anyio.abc import TaskGroup
from livekit import rtc
from livekit.agents import LanguageCode, inference, stt, vad

from mcp_voice.link import Hint, SpeechStarted, SpeechStopped, Words
from mcp_voice.room.lateness import Lateness
from mcp_voice.room.reachability import Reachability
from mcp_voice.room.recognition import Recognition, recognition
from mcp_voice.room.sdk import TrackGone, left_over, track_audio
from mcp_voice.room.stt_calls import Emit, Fault
from mcp_voice.speech.activity import Detection, Detections, VoiceActivity, open_voice_activity
from mcp_voice.speech.segments import Segments
from mcp_voice.tasks import owned_tasks

__all__ = ["Ear", "Hearing", "hearing"]

SAMPLE_RATE = 16_000
FRAME_MS = 20
CROWDED_FRAME_MS = 60
"""Each frame wakes the event loop, so where many are heard they come less often: 20 ms later on the average."""
CROWD = 8
"""Microphones from which on frames are longer."""
MIN_SILENCE = 0.2
"""Seconds of silence after which speech counts as paused. 0.2 s is when the end-of-turn model wants to be asked."""
LONGEST_SEGMENT = 300.0
HINT_SECONDS = 1.0
CLOSE_SECONDS = 2.0
LAST_SOUND_SECONDS = 3.0
"""How long voice activity detection may take for the end of a microphone that went away."""
ON_ITS_WAY_SECONDS = 0.5
"""How long a track is heard that has gone. LiveKit tells of it at once, while the sound before it is still in buffers:
0.06 s of it were measured, 0.19 s on a machine with four times the work that it can do, and it came within 0.4 s."""
CLOSING_SILENCE = 0.6
"""Seconds of silence after the end of a track: with them, voice activity and recognisers see the speech end."""
PARALLEL_HINTS = 2
"""A prediction costs about 0.1 s of a core; with more under way than this, one comes too late to help."""


class Opinion(Protocol):
    """What the end-of-turn model thinks of a pause."""

    end_of_turn_probability: float
    inference_duration: float | None


class Judge(Protocol):
    """The part of LiveKit's turn detector stream that is used here; its class has no public name."""

    def predict(self) -> Awaitable[Opinion]:
        """Judge the pause that the audio so far ends in."""

    def push_audio(self, frame: rtc.AudioFrame) -> None:
        """Hear a frame."""

    def cancel_inference(self) -> None:
        """Speech went on."""

    async def unlikely_threshold(self, language: LanguageCode | None) -> float | None:
        """The probability below which the turn is probably not over."""

    async def aclose(self) -> None:
        """End."""


@dataclass(frozen=True, slots=True)
class Hearing:
    """What all ears of a process share."""

    activity: Detections
    detector: inference.TurnDetector | None
    hints: anyio.CapacityLimiter
    language: LanguageCode
    microphones: dict[str, Ear]
    """The ears that are open now, by their tracks."""


@asynccontextmanager
async def hearing(*, activity: VoiceActivity, language: str, end_of_turn_model: bool) -> AsyncIterator[Hearing]:
    """The models that every ear uses; raises BadSettings. The end-of-turn model takes 250 MB, so it can be left out."""
    detections = await open_voice_activity(activity, silence_seconds=MIN_SILENCE, longest_segment=LONGEST_SEGMENT)
    detector = inference.TurnDetector(version="v1-mini") if end_of_turn_model else None
    yield Hearing(detections, detector, anyio.CapacityLimiter(PARALLEL_HINTS), LanguageCode(language), {})


class Ear:
    """Hears one human's microphone; ``run`` is its owner task."""

    def __init__(self, identity: str, engine: stt.STT[Any], hearing: Hearing, emit: Emit, fault: Fault) -> None:
        self._identity = identity
        self._hearing = hearing
        self._emit = emit
        self._words: Recognition = recognition(identity, engine, emit, fault)
        self._connected = anyio.CancelScope()
        self._watched = anyio.Event()
        self._lateness = Lateness()
        self._reachability = Reachability(identity, emit)

    @property
    def behind(self) -> float:
        """By how many seconds its sound came late at last."""
        return self._lateness.seconds

    def turn_over(self) -> None:
        """What is said from now on is read apart from what was said before."""
        self._words.turn_over()

    def mute(self, *, muted: bool) -> None:
        """The microphone is muted or not."""
        self._reachability.mute(muted=muted)

    def hang_up(self) -> None:
        """The microphone is gone; ``run`` hears out what was said into it, and ends."""
        self._reachability.ended()
        self._connected.deadline = min(self._connected.deadline, anyio.current_time() + ON_ITS_WAY_SECONDS)

    async def run(self, track: rtc.Track) -> None:
        """Hear the track until it ends, or until ``hang_up``."""
        crowded = len(self._hearing.microphones) >= CROWD
        try:
            microphone = track_audio(track, sample_rate=SAMPLE_RATE, frame_ms=CROWDED_FRAME_MS if crowded else FRAME_MS)
        except TrackGone:
            return
        self._hearing.microphones[track.sid] = self
        activity = self._hearing.activity()
        judge = self._hearing.detector.stream() if self._hearing.detector else None
        try:
            async with owned_tasks() as tasks:
                tasks.start_soon(self._words.run)
                tasks.start_soon(self._watch, track, activity, judge, tasks)
                with self._connected:
                    async for event in microphone:
                        self._hear(event.frame, activity, judge)
                self._reachability.ended()
                for frame in left_over(microphone):
                    self._hear(frame, activity, judge)
                await self._hear_out(activity)
                tasks.cancel_scope.cancel()
        finally:
            self._reachability.ended()
            self._hearing.microphones.pop(track.sid, None)
            # An AudioStream that is not closed outlives its track and its participant.
            with anyio.move_on_after(CLOSE_SECONDS, shield=True):
                await microphone.aclose()
                await activity.aclose()
                if judge is not None:
                    await judge.aclose()

    def _hear(self, frame: rtc.AudioFrame, activity: Detection, judge: Judge | None) -> None:
        self._lateness.came(frame.duration, time.monotonic())
        activity.push_frame(frame)
        self._words.push(frame)
        if judge is not None:
            judge.push_audio(frame)

    async def _hear_out(self, activity: Detection) -> None:
        """Read what was said last: whoever answers and hangs up at once has answered."""
        samples = SAMPLE_RATE * FRAME_MS // 1000
        for _ in range(round(CLOSING_SILENCE * 1000 / FRAME_MS)):
            silence = rtc.AudioFrame.create(SAMPLE_RATE, 1, samples)
            activity.push_frame(silence)
            self._words.push(silence)
        activity.end_input()
        with anyio.move_on_after(LAST_SOUND_SECONDS):
            await self._watched.wait()
        # As long as the recogniser takes: it bounds that itself.
        await self._words.finish()
        # Whoever comes back speaks into another ear, whose first words must not replace these.
        self._emit(Words(self._identity, "", final=True, at=time.monotonic()))

    async def _watch(self, track: rtc.Track, activity: Detection, judge: Judge | None, tasks: TaskGroup) -> None:
        segments = Segments()
        async for event in activity:
            now = time.monotonic()
            match event.type:
                case vad.VADEventType.START_OF_SPEECH:
                    at = now - event.speech_duration
                    self._reachability.speaks()
                    self._words.speech_started(at)
                    self._emit(SpeechStarted(self._identity, at))
                    if judge is not None:
                        judge.cancel_inference()
                case vad.VADEventType.END_OF_SPEECH:
                    at = now - event.silence_duration
                    # Before its end is told, which may be the end of a turn.
                    if await self._reachability.falls_silent(track, at):
                        tasks.start_soon(self._reachability.until_back, track)
                    self._emit(SpeechStopped(self._identity, at))
                    self._words.speech_stopped(segments.ended(event), at)
                    if judge is not None and self._hearing.hints.available_tokens:
                        tasks.start_soon(self._judge, judge)
        self._watched.set()

    async def _judge(self, judge: Judge) -> None:
        async with self._hearing.hints:
            with anyio.move_on_after(HINT_SECONDS):
                opinion = await judge.predict()
                # No duration: the request was called off because speech went on.
                if opinion.inference_duration is not None:
                    threshold = await judge.unlikely_threshold(self._hearing.language) or 0.0
                    self._emit(Hint(self._identity, opinion.end_of_turn_probability >= threshold))
