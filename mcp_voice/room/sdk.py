"""What needs the inside of LiveKit's SDK: the sound of one track, without that of all others in the process."""

from __future__ import annotations

from contextlib import suppress

from livekit import rtc
from livekit.rtc._ffi_client import FfiClient  # quirk: audio-of-all-tracks
from livekit.rtc._proto.ffi_pb2 import FfiEvent  # quirk: audio-of-all-tracks

__all__ = ["TrackGone", "left_over", "track_audio"]


class TrackGone(Exception):
    """The track went away before it could be heard: whoever published it has left again."""


def track_audio(
    track: rtc.Track, *, sample_rate: int, frame_ms: int, noise: rtc.NoiseCancellationOptions | None = None
) -> rtc.AudioStream:
    """Hear a track as mono int16 PCM in frames of ``frame_ms`` milliseconds; must be closed with ``aclose``.

    ``noise`` is LiveKit's own noise cancellation. Raises TrackGone.

    The SDK wakes every ``AudioStream`` of a process for the frames of every track, and each drops what is not its own:
    with 25 microphones that is 31,000 wake-ups a second, a whole core. Ours asks for its own frames only. The SDK has
    no public way to say so; where its inside is not as in livekit 1.1.21, the stream stays as the SDK made it.
    """
    try:
        stream = rtc.AudioStream(
            track, sample_rate=sample_rate, num_channels=1, frame_size_ms=frame_ms, noise_cancellation=noise
        )
    except AssertionError:
        raise TrackGone from None
    try:
        events, everything = FfiClient.instance.queue, stream._ffi_queue  # noqa: SLF001  # quirk: audio-of-all-tracks
        own = stream._ffi_handle.handle  # noqa: SLF001
    except AttributeError:
        return stream

    loop, queue = stream._loop, stream._queue  # noqa: SLF001  # quirk: audio-of-all-tracks

    def take(event: FfiEvent) -> None:
        owned = event.audio_stream_event.frame_received.frame
        frame = rtc.AudioFrame._from_owned_info(owned)  # noqa: SLF001  # quirk: audio-of-all-tracks
        queue.put(rtc.AudioFrameEvent(frame))

    def is_for_its_task(event: FfiEvent) -> bool:
        """In a thread of LiveKit's: whether it is ours, and no frame; those are taken without a task between."""
        if event.WhichOneof("message") != "audio_stream_event" or event.audio_stream_event.stream_handle != own:
            return False
        if noise is not None or not event.audio_stream_event.HasField("frame_received"):
            return True
        with suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(take, event)
        return False

    # The stream's task, which reads from here, has not run yet.
    stream._ffi_queue = events.subscribe(stream._loop, filter_fn=is_for_its_task)  # noqa: SLF001
    events.unsubscribe(everything)
    return stream


def left_over(stream: rtc.AudioStream) -> list[rtc.AudioFrame]:
    """The frames that had come when somebody stopped reading the stream, or it ended.

    Once it has ended it gives none any more, though it has them: after a stall of the event loop that is all of what
    came meanwhile.
    """
    try:
        kept = list(stream._queue._queue)  # noqa: SLF001  # quirk: sound-of-an-ended-track
    except AttributeError:
        return []
    return [event.frame for event in kept if event is not None]
