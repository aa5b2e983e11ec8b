"""The stretches of speech that voice activity detection finds, each without the speech of the one before it."""

from __future__ import annotations

from collections.abc import Sequence

from livekit import rtc
from livekit.agents import vad

__all__ = ["Segments"]

LONGEST_LEAD = 0.5
"""Seconds before its speech with which a segment begins: ``prefix_padding_duration`` of both of LiveKit's detectors."""


class Segments:
    """Of one stream of voice activity.

    A segment begins half a second before its speech, because first sounds are soft. After a shorter pause that is the
    end of the segment before it: read apart from that one its last word would come twice, read together it stutters.
    """

    def __init__(self) -> None:
        self._spoken_until = 0.0
        """Where the speech of the last segment ended, in seconds since the beginning of the stream, or its flush."""
        self._seen = 0.0

    def begun(self, event: vad.VADEvent) -> Sequence[rtc.AudioFrame]:
        """The sound of a START_OF_SPEECH."""
        return self._new(event)

    def ended(self, event: vad.VADEvent) -> Sequence[rtc.AudioFrame]:
        """The sound of an END_OF_SPEECH."""
        new = self._new(event)
        self._spoken_until = event.timestamp - event.silence_duration
        return new

    def _new(self, event: vad.VADEvent) -> Sequence[rtc.AudioFrame]:
        if event.timestamp < self._seen:
            self._spoken_until = 0.0
        self._seen = event.timestamp
        if len(event.frames) != 1:
            return event.frames
        (frame,) = event.frames
        known = self._spoken_until - (event.timestamp - frame.duration)
        if not 0 < known <= min(LONGEST_LEAD, frame.duration):
            return event.frames
        cut = round(known * frame.sample_rate)
        rest = frame.data.tobytes()[2 * cut :]
        return [rtc.AudioFrame(rest, frame.sample_rate, 1, frame.samples_per_channel - cut)]
