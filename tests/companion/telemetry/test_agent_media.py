"""How sound travels, as figures: jitter, loss and round trips of WebRTC's own statistics, and the worker's memory."""

from __future__ import annotations

from pathlib import Path

import anyio
import psutil
import pytest
from livekit import rtc
from livekit.rtc._proto import stats_pb2
from opentelemetry.metrics import NoOpMeter
from prometheus_client import REGISTRY

from mcp_voice_agent.telemetry import media
from mcp_voice_agent.telemetry.media import MediaInstruments, MediaReadings, watching_media
from mcp_voice_agent.telemetry.memory import memory_share, watch_memory
from testkit.rig import LIMIT, Rig, voice_of
from testkit.waiting import until

pytestmark = pytest.mark.anyio


def inbound(
    received: int, lost: int, *, jitter: float = 0.004, ssrc: int = 1, kind: str = "audio"
) -> stats_pb2.RtcStats:
    """What WebRTC says of a stream that is received."""
    stats = stats_pb2.RtcStats()
    stats.inbound_rtp.stream.ssrc, stats.inbound_rtp.stream.kind = ssrc, kind
    stats.inbound_rtp.received.packets_received, stats.inbound_rtp.received.packets_lost = received, lost
    stats.inbound_rtp.received.jitter = jitter
    return stats


def outbound(*, jitter: float, lost: float, round_trip: float, ssrc: int = 1) -> stats_pb2.RtcStats:
    """What the server has reported of a stream that we send."""
    stats = stats_pb2.RtcStats()
    report = stats.remote_inbound_rtp
    report.stream.ssrc, report.stream.kind, report.received.jitter = ssrc, "audio", jitter
    report.remote_inbound.fraction_lost, report.remote_inbound.round_trip_time = lost, round_trip
    return stats


def read(
    readings: MediaReadings, *streams: stats_pb2.RtcStats, sent: list[stats_pb2.RtcStats] | None = None
) -> list[tuple[str, str, float]]:
    """The figures of one look, rounded."""
    found = readings.read(rtc.RtcStats(publisher_stats=sent or [], subscriber_stats=list(streams)))
    return [(each.name, each.direction, round(each.value, 3)) for each in found]


def test_loss_is_that_since_the_last_look() -> None:
    """WebRTC counts from the beginning, so that a bad minute would weigh on all that follow."""
    readings = MediaReadings()
    assert read(readings, inbound(100, 50)) == []
    assert read(readings, inbound(190, 60)) == [
        ("rtc_jitter_ms", "inbound", 4),
        ("rtc_packet_loss_percent", "inbound", 10),
    ]
    assert read(readings, inbound(290, 55))[-1] == ("rtc_packet_loss_percent", "inbound", 0)


def test_a_stream_on_which_nobody_sends_has_no_figures() -> None:
    """The jitter of a microphone that is muted would stay at its last value for ever."""
    readings = MediaReadings()
    read(readings, inbound(100, 0), inbound(7, 0, ssrc=2))
    assert read(readings, inbound(100, 0), inbound(8, 0, ssrc=2, jitter=0.001))[0] == ("rtc_jitter_ms", "inbound", 1)
    assert read(readings, inbound(500, 0, kind="video")) == []
    assert len(read(readings, inbound(600, 0))) == 0


def test_what_is_received_is_found_on_the_one_connection_for_both_ways_too() -> None:
    """LiveKit's own choice, where the publisher's statistics have it all; with two it is the subscriber's."""
    readings = MediaReadings()
    read(readings, sent=[inbound(100, 0)])
    assert [name for name, _, _ in read(readings, sent=[inbound(200, 0)])] == [
        "rtc_jitter_ms",
        "rtc_packet_loss_percent",
    ]


def test_what_the_server_reports_of_us_is_outbound() -> None:
    """With the way there and back; a figure that is none is left out."""
    sent = [
        outbound(jitter=0.002, lost=0.05, round_trip=0.04),
        outbound(jitter=float("nan"), lost=-1, round_trip=0.01, ssrc=2),
    ]
    assert read(MediaReadings(), sent=sent) == [
        ("rtc_jitter_ms", "outbound", 2),
        ("rtc_packet_loss_percent", "outbound", 5),
        ("rtc_round_trip_ms", "outbound", 40),
        ("rtc_round_trip_ms", "outbound", 10),
    ]


async def test_a_real_room_has_these_figures(rig: Rig, room: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a human who is heard and one who speaks, both here."""
    monkeypatch.setattr(media, "EVERY_SECONDS", 0.5)

    def looks(name: str, direction: str) -> float:
        return REGISTRY.get_sample_value(f"{name}_count", {"direction": direction}) or 0.0

    async with rig.person(room, "alice") as alice, rig.person(room, "bob") as bob:
        before = {way: looks("rtc_jitter_ms", way) for way in ("inbound", "outbound")}
        async with watching_media(alice.connection, MediaInstruments(NoOpMeter("none"))):
            await bob.speak(voice_of("what time is it"))
            for way, count in before.items():
                await until(lambda way=way, count=count: looks("rtc_jitter_ms", way) > count, limit=LIMIT)  # type: ignore[misc]
            await until(lambda: looks("rtc_round_trip_ms", "outbound") > 0, limit=LIMIT)


def test_memory_is_the_containers_where_it_is_limited_and_without_its_caches(tmp_path: Path) -> None:
    """As Kubernetes counts it; files that the kernel would give up at once are no reason for an alert."""
    (tmp_path / "memory.max").write_text("1000000\n")
    (tmp_path / "memory.current").write_text("900000\n")
    (tmp_path / "memory.stat").write_text("anon 500000\ninactive_file 300000\n")
    assert memory_share(tmp_path) == (0.6, "container")
    (tmp_path / "memory.max").write_text("max\n")
    share, scope = memory_share(tmp_path)
    assert (0 < share < 1, scope) == (True, "machine")
    old = tmp_path / "memory"
    old.mkdir()
    for name, text in (("limit_in_bytes", "2000000"), ("usage_in_bytes", "500000"), ("stat", "total_inactive_file 0")):
        (old / f"memory.{name}").write_text(text)
    assert memory_share(tmp_path) == (0.25, "container")
    (old / "memory.limit_in_bytes").write_text(str(psutil.virtual_memory().total * 4))
    assert memory_share(tmp_path)[1] == "machine"


async def test_the_worker_tells_of_its_memory() -> None:
    """From its start on."""

    def told() -> bool:
        return any(
            REGISTRY.get_sample_value("worker_memory_ratio", {"scope": scope}) for scope in ("container", "machine")
        )

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(watch_memory, NoOpMeter("none"))
        await until(told, limit=LIMIT)
        tasks.cancel_scope.cancel()
