"""A simulated microphone: room noise without a break, speech mixed into it, all of it in real time."""

from __future__ import annotations

import asyncio
import time
import zlib
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import anyio
import numpy as np
from livekit import rtc

from mcp_voice.pcm import Pcm, pink_noise, silence

__all__ = ["Microphone", "Spoken", "microphone"]

RATE = 48_000
FRAME_SECONDS = 0.02
FRAME_SAMPLES = round(RATE * FRAME_SECONDS)
LEAD_SECONDS = 0.06
"""How far ahead of real time frames are handed over: what a short stall of the event loop may take unheard."""
QUEUE_MS = 400
"""Room in the queue. Never filled: a full one makes ``capture_frame`` wait, and each waiting call gets a copy of every
event of the SDK."""
NOISE_SECONDS = 10.0
RECORDED_SECONDS = 600.0
PUBLISH_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Spoken:
    """When the first and the last voiced sample were played, in ``time.monotonic()`` seconds.

    ``hushed`` says that it was broken off; ``ended_at`` is then the instant of that.
    """

    started_at: float
    ended_at: float
    hushed: bool = False


@dataclass(slots=True, eq=False)
class _Utterance:
    pcm: Pcm
    done: asyncio.Future[Spoken]
    begun_at: float = 0.0
    position: int = 0


class Microphone:
    """Plays noise and speech into one track."""

    def __init__(self, source: rtc.AudioSource, track: rtc.LocalAudioTrack, noise: Pcm) -> None:
        self._source = source
        self._track = track
        self._noise = noise.samples
        self._noise_position = 0
        self._utterances: deque[_Utterance] = deque()
        self.played: deque[tuple[float, Pcm]] = deque(maxlen=round(RECORDED_SECONDS / FRAME_SECONDS))
        """What was played and when (``time.monotonic()`` seconds of the first sample): frames of 20 ms at 24 kHz."""

    async def speak(self, pcm: Pcm) -> Spoken:
        """Say it, after whatever is being said; returns when the last sample was played, or at a ``hush``."""
        utterance = _Utterance(pcm.resampled(RATE), asyncio.get_running_loop().create_future())
        self._utterances.append(utterance)
        try:
            spoken = await utterance.done
            await asyncio.sleep(utterance.begun_at + utterance.position / RATE - time.monotonic())
        finally:
            if utterance in self._utterances:
                self._utterances.remove(utterance)
        return spoken

    def hush(self) -> None:
        """Stop speaking now; the noise goes on."""
        self._source.clear_queue()
        now = time.monotonic()
        for utterance in self._utterances:
            if not utterance.done.done():
                utterance.done.set_result(Spoken(utterance.begun_at or now, now, hushed=True))
        self._utterances.clear()

    def mute(self) -> None:
        """Mute the track: others see it as muted and hear nothing."""
        self._track.mute()

    def unmute(self) -> None:
        """Undo ``mute``."""
        self._track.unmute()

    async def run(self) -> None:
        """Play for ever; the owner task is that of ``microphone``."""
        due = time.monotonic()
        while True:
            begins_at = max(due, time.monotonic())
            frame, utterance = self._next(begins_at)
            await self._source.capture_frame(
                rtc.AudioFrame(frame.tobytes(), RATE, num_channels=1, samples_per_channel=FRAME_SAMPLES)
            )
            ends_at = time.monotonic() + self._source.queued_duration
            self.played.append((ends_at - FRAME_SECONDS, _halved(frame)))
            if utterance is not None:
                self._account(utterance, ends_at)
            # After a stall there is nothing to catch up with: the track was silent meanwhile.
            due = max(due + FRAME_SECONDS, time.monotonic() - LEAD_SECONDS)
            await asyncio.sleep(max(0.0, due - LEAD_SECONDS - time.monotonic()))

    def _next(self, begins_at: float) -> tuple[np.ndarray, _Utterance | None]:
        raise NotImplementedError
