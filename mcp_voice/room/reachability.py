"""Whether somebody who falls silent is silent, or their connection broke: by the packets that come of a microphone.

LiveKit makes up silence where none come. Its clients send one every 0.4 s at least in a silence too (Opus DTX), unless
the microphone is muted; LiveKit's server shows somebody whose process was killed for 21 s more (measured).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

import anyio
from livekit import rtc

from mcp_voice.link import Event, Reachable, Unreachable

__all__ = ["Reachability"]

STATS_SECONDS = 0.5
"""LiveKit's library tells within 2 ms what came of a track; 95 ms on a busy machine."""
SILENCE_SECONDS = 0.05
"""So much silence came, at least, of whoever fell silent, and not after it: of 0.35 s that it takes to notice."""
LOOK_SECONDS = 0.1
GONE_SECONDS = 30.0
"""Whoever is shown by LiveKit's server for longer than this is there, and sends no silence."""


class Reachability:
    """Of one microphone."""

    def __init__(self, identity: str, emit: Callable[[Event], None]) -> None:
        self._identity = identity
        self._emit = emit
        self._muted = False
        self._broke_at: float | None = None
        self._sends_silence = True

    def mute(self, *, muted: bool) -> None:
        """It is muted, so that nothing need come of it, or not."""
        self._muted = muted
        if muted:
            self._whole()

    def speaks(self) -> None:
        """Something is heard of it."""
        self._mended(time.monotonic())

    async def falls_silent(self, track: rtc.Track, at: float) -> bool:
        """Tell that it cannot be reached, if nothing has come since; ``at`` is the end of the last voiced sample."""
        if not self._is_due:
            return False
        came_at = await _last_packet(track)
        # Meanwhile it may have been muted, or have ended.
        if came_at is None or came_at > at + SILENCE_SECONDS or not self._is_due:
            return False
        self._broke_at = came_at
        self._emit(Unreachable(self._identity, came_at))
        return True

    async def until_back(self, track: rtc.Track) -> None:
        """Tell that it can be reached again, once something comes of it."""
        broke_at = self._broke_at
        if broke_at is None:
            return
        with anyio.move_on_after(GONE_SECONDS):
            while self._broke_at == broke_at:
                await anyio.sleep(LOOK_SECONDS)
                came_at = await _last_packet(track)
                if came_at is not None and came_at > broke_at + LOOK_SECONDS / 2:
                    self._mended(came_at)
            return
        self._sends_silence = False
        self._whole()

    def ended(self) -> None:
        """Nothing more comes of it: they have taken it away, have gone, or are coming by another connection."""
        self._mended(time.monotonic())
        self._sends_silence = False

    @property
    def _is_due(self) -> bool:
        """Whether something is to come of it in a silence, and does as far as is known."""
        return self._sends_silence and not self._muted and self._broke_at is None

    def _whole(self) -> None:
        """Nothing was broken."""
        if self._broke_at is not None:
            self._mended(self._broke_at)

    def _mended(self, at: float) -> None:
        if self._broke_at is not None:
            self._broke_at = None
            self._emit(Reachable(self._identity, at))


async def _last_packet(track: rtc.Track) -> float | None:
    """When something came of a track last; None where that is not known."""
    # The SDK raises no other exception; what is not known is not claimed.
    with anyio.move_on_after(STATS_SECONDS), suppress(Exception):
        for each in await track.get_stats():
            if each.WhichOneof("stats") == "inbound_rtp" and each.inbound_rtp.inbound.last_packet_received_timestamp:
                age = time.time() - each.inbound_rtp.inbound.last_packet_received_timestamp / 1000
                return time.monotonic() - max(0.0, age)
    return None
