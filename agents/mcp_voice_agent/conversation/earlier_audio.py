"""What a client has recorded before it was connected, and sends once we are there: the first words of its human."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager

from livekit import rtc
from livekit.agents.voice.room_io._pre_connect_audio import PreConnectAudioHandler  # quirk: earlier-audio
from livekit.protocol.models import AudioTrackFeature

from mcp_voice_agent.conversation.human_audio import RATE

__all__ = ["Earlier", "earlier_audio"]

PRECONNECT: int = AudioTrackFeature.TF_PRECONNECT_BUFFER
WAIT_SECONDS = 3.0
"""LiveKit's own figure: later than that it is not heard."""

Earlier = Callable[[rtc.RemoteTrackPublication], Awaitable[list[rtc.AudioFrame]]]
"""Gives what belongs before the sound of a track, at 16 kHz; nothing for most tracks."""


@asynccontextmanager
async def earlier_audio(room: rtc.Room) -> AsyncIterator[Earlier]:
    """Receive such sound while the block lasts."""
    handler = PreConnectAudioHandler(room, timeout=WAIT_SECONDS)

    async def earlier(publication: rtc.RemoteTrackPublication) -> list[rtc.AudioFrame]:
        if PRECONNECT not in publication.audio_features:
            return []
        try:
            frames = await handler.wait_for_data(publication.sid)
        except (TimeoutError, ValueError, RuntimeError):
            return []
        return list(_resampled(frames))

    handler.register()
    try:
        yield earlier
    finally:
        await handler.aclose()


def _resampled(frames: list[rtc.AudioFrame]) -> Iterator[rtc.AudioFrame]:
    resampler: rtc.AudioResampler | None = None
    for frame in frames:
        if frame.sample_rate == RATE:
            yield frame
            continue
        resampler = resampler or rtc.AudioResampler(input_rate=frame.sample_rate, output_rate=RATE)
        yield from resampler.push(frame)
    if resampler:
        yield from resampler.flush()
