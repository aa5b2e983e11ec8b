"""How sound travels between us and LiveKit's server: jitter, loss and round trips, from WebRTC's own statistics."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

import anyio
from livekit import rtc
from opentelemetry.metrics import Meter
from prometheus_client import Histogram

from mcp_voice.tasks import owned_tasks

__all__ = ["MEDIA", "MediaInstruments", "MediaReadings", "watching_media"]

MediaDirection = Literal["inbound", "outbound"]
"""``inbound``: humans to us, as we receive it; ``outbound``: ours, as LiveKit's server reports to receive it."""
EVERY_SECONDS = 10.0
ANSWER_SECONDS = 2.0
MOST_STREAMS = 20
"""Of one look: a room may have any number of microphones."""

JITTER = "rtc_jitter_ms"
LOSS = "rtc_packet_loss_percent"
ROUND_TRIP = "rtc_round_trip_ms"
MEDIA: MappingProxyType[str, tuple[str, tuple[float, ...]]] = MappingProxyType(
    {
        JITTER: ("Jitter of an audio stream, every 10 s.", (1, 2, 5, 10, 20, 30, 50, 75, 100, 200, 500)),
        LOSS: ("Audio packets lost in the last 10 s, in percent.", (0, 0.5, 1, 2, 3, 5, 10, 20, 50, 100)),
        ROUND_TRIP: (
            "Round-trip time to LiveKit's server, every 10 s.",
            (5, 10, 25, 50, 75, 100, 150, 200, 300, 500, 1000),
        ),
    }
)
"""Each figure with its meaning and its upper bounds; 30 ms, 5 % and 300 ms are where sound begins to suffer."""

_HISTOGRAMS = {
    name: Histogram(name, meaning, ["direction"], buckets=bounds) for name, (meaning, bounds) in MEDIA.items()
}


@dataclass(frozen=True, slots=True)
class MediaReading:
    """One figure of one stream."""

    name: str
    direction: MediaDirection
    value: float


class MediaInstruments:
    """Writes each figure to an OpenTelemetry meter and to prometheus_client."""

    def __init__(self, meter: Meter) -> None:
        self._histograms = {
            name: meter.create_histogram(name, description=meaning, explicit_bucket_boundaries_advisory=bounds)
            for name, (meaning, bounds) in MEDIA.items()
        }

    def took(self, readings: Iterable[MediaReading]) -> None:
        """Write what was read."""
        for each in readings:
            self._histograms[each.name].record(each.value, {"direction": each.direction})
            _HISTOGRAMS[each.name].labels(each.direction).observe(each.value)


class MediaReadings:
    """Makes figures of WebRTC's statistics, of which some count from the beginning."""

    def __init__(self) -> None:
        self._counted: dict[int, tuple[int, int]] = {}
        """By the number of a stream, what was received and what was lost at the last look."""

    def read(self, stats: rtc.RtcStats) -> list[MediaReading]:
        """The figures of now; of the first look at a stream its loss is not among them."""
        # With one connection for both ways, which LiveKit prefers, all of them are the publisher's.
        both = [*stats.publisher_stats, *stats.subscriber_stats]
        readings = [*self._inbound(_streams(both, "inbound_rtp"))]
        for report in _streams(both, "remote_inbound_rtp"):
            readings += [
                MediaReading(JITTER, "outbound", report.received.jitter * 1000),
                MediaReading(LOSS, "outbound", report.remote_inbound.fraction_lost * 100),
                MediaReading(ROUND_TRIP, "outbound", report.remote_inbound.round_trip_time * 1000),
            ]
        return [each for each in readings if math.isfinite(each.value) and each.value >= 0]

    def _inbound(self, streams: Iterable[Any]) -> Iterator[MediaReading]:
        before, self._counted = self._counted, {}
        for each in streams:
            received, lost = each.received.packets_received, each.received.packets_lost
            self._counted[each.stream.ssrc] = (received, lost)
            known = before.get(each.stream.ssrc)
            if known is None or received == known[0]:
                continue  # Nobody is sending, or has only begun.
            yield MediaReading(JITTER, "inbound", each.received.jitter * 1000)
            # A packet that comes late after all is taken back.
            missed = max(0, lost - known[1])
            yield MediaReading(LOSS, "inbound", 100 * missed / (missed + received - known[0]))


def _streams(stats: Iterable[Any], kind: str) -> list[Any]:
    """The streams of sound of this kind, each once."""
    found = (getattr(each, kind) for each in stats if each.WhichOneof("stats") == kind)
    return [*{each.stream.ssrc: each for each in found if each.stream.kind == "audio"}.values()][:MOST_STREAMS]


@asynccontextmanager
async def watching_media(connection: rtc.Room, instruments: MediaInstruments) -> AsyncIterator[None]:
    """Look every 10 s while the block lasts; what cannot be had then is left out."""
    readings = MediaReadings()

    async def look() -> None:
        while True:
            await anyio.sleep(EVERY_SECONDS)
            # Not connected at the moment, or the connection's thread is busy.
            with anyio.move_on_after(ANSWER_SECONDS), suppress(RuntimeError, ValueError, AttributeError):
                instruments.took(readings.read(await connection.get_rtc_stats()))

    async with owned_tasks() as tasks:
        tasks.start_soon(look)
        yield
        tasks.cancel_scope.cancel()
