"""The sound of one human: all their microphones mixed, or, where there is none, tracks whose source is unknown."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from livekit import rtc

from mcp_voice.room.received import is_microphone
from mcp_voice.room.track_choice import TrackChoice

__all__ = ["FRAME_MS", "RATE", "HumanAudio", "heard_tracks", "silent"]

RATE = 16_000
"""Hz: what recognisers and models of speech take. LiveKit makes it of its own 24 kHz with a filter that keeps 5 to
38 ms of sound back (measured; ``rtc.AudioResampler``), for which the end of every utterance would wait."""
FRAME_MS = 10
"""LiveKit's own 50 ms are 20 ms more that every answer waits for."""
LEAD_SECONDS = 0.2
"""Whoever has sounded this recently, silence included, sets the pace at which frames go on."""
HELD_SAMPLES = round(RATE * LEAD_SECONDS)
"""Of each track that waits for the one that sets the pace: more than that is late and left out."""


class HumanAudio:
    """Frames of int16 mono PCM at 16 kHz, mixed of all that is pushed and given on one by one."""

    def __init__(self, give: Callable[[rtc.AudioFrame], None]) -> None:
        self._give = give
        self._held: dict[str, np.ndarray] = {}
        self._pushed_at: dict[str, float] = {}

    def push(self, sid: str, frame: rtc.AudioFrame, now: float) -> None:
        """A frame of one track; the first track that sounds now sets the pace, and the others are mixed in."""
        self._pushed_at[sid] = now
        leader = next(each for each, at in self._pushed_at.items() if now - at < LEAD_SECONDS)
        if sid == leader and not self._held:
            self._give(frame)
            return
        samples = np.frombuffer(frame.data, dtype=np.int16)
        if sid == leader:
            # What was held of it, while another set the pace, comes first.
            count, samples = len(samples), np.concatenate((self._held.pop(sid, samples[:0]), samples))
            for start in range(0, len(samples), count):
                piece = samples[start : start + count]
                self._give(_frame(piece, [self._taken(each, len(piece)) for each in list(self._held)]))
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


def silent(seconds: float) -> rtc.AudioFrame:
    """Silence, as a frame."""
    count = round(seconds * RATE)
    return rtc.AudioFrame(bytes(2 * count), RATE, num_channels=1, samples_per_channel=count)
