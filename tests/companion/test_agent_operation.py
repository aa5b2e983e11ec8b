"""What an operator sees of a worker in production: its log, its Prometheus endpoint, and what it sends over OTLP."""

from __future__ import annotations

import json
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from livekit import api
from prometheus_client.parser import text_string_to_metric_families

from mcp_voice.people.human import Human
from mcp_voice_agent.telemetry.instruments import PARTS, latency_name
from testkit.collector import Collector, http_collector
from testkit.rig import LIMIT, Rig, voice_of
from testkit.waiting import until
from testkit.worker import Worker, companions, worker

pytestmark = pytest.mark.anyio

SPOKEN = ("Hello! How can I help?", "what time is it", "You said")


@dataclass(frozen=True, slots=True)
class Operation:
    """A worker and what is told of it."""

    worker: Worker
    collector: Collector
    port: int
    folder: Path

    def lines(self, **fields: str) -> list[dict[str, Any]]:
        """The lines of its log with these fields; each one must be JSON."""
        written = [json.loads(line) for line in self.worker.log.read_text(encoding="utf-8").splitlines()]
        return [line for line in written if fields.items() <= line.items()]

    async def scraped(self) -> dict[str, float]:
        """The samples of the Prometheus endpoint, by name, summed up over their labels."""
        async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{self.port}/metrics") as answer:
            text = await answer.text()
        sums: dict[str, float] = {}
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                sums[sample.name] = sums.get(sample.name, 0.0) + sample.value
        return sums


@pytest.fixture(scope="module")
async def operation(rig: Rig, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Operation]:
    """A worker as in production, at its loudest; ``--simulation`` is LiveKit's: it takes jobs under any load."""
    folder = tmp_path_factory.mktemp("figures")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    async with (
        http_collector() as collector,
        worker(
            rig, "start", "--simulation",
            MCP_VOICE_LOG_LEVEL="DEBUG",
            MCP_VOICE_AGENT_PROMETHEUS_PORT=str(port),
            MCP_VOICE_AGENT_PROMETHEUS_DIR=str(folder),
            OTEL_EXPORTER_OTLP_ENDPOINT=collector.url,
        ) as started,
    ):  # fmt: skip
        yield Operation(started, collector, port, folder)


async def greeted(person: Human) -> str:
    """Wait until the companion has greeted somebody; gives its identity."""
    await until(lambda: companions(person), limit=2 * LIMIT)
    (companion,) = companions(person)
    await person.hears_sound(companion.identity, limit=LIMIT)
    await person.hears_silence(companion.identity, quiet=0.5, limit=LIMIT)
    return companion.identity


async def closed(rig: Rig, room: str, operation: Operation) -> dict[str, Any]:
    """Close a room, and wait for the line that sums its session up."""
    async with rig.api() as server:
        await server.room.delete_room(api.DeleteRoomRequest(room=room))
    await until(lambda: operation.lines(room=room, event="session ended"), limit=LIMIT)
    (summary,) = operation.lines(room=room, event="session ended")
    return summary


async def test_a_conversation_is_logged_and_measured_but_not_written_down(
    operation: Operation, rig: Rig, room: str, alice: Human
) -> None:
    """Each line of a job says whose it is; each part of the latency has its figure; no line says what was said."""
    identity = await greeted(alice)
    await alice.speak(voice_of("what time is it"))
    await alice.hears_sound(identity, limit=LIMIT)
    await alice.hears_silence(identity, quiet=0.5, limit=LIMIT)
    summary = await closed(rig, room, operation)

    assert (
        summary.items()
        >= {"level": "info", "logger": "mcp_voice_agent.telemetry.measurements", "participant": "alice"}.items()
    )
    assert (summary["turns"], summary["answers"], summary["interruptions"]) == (1, 2, 0)
    assert {(each["type"], each["model"]) for each in summary["usage"]} >= {
        ("stt_usage", "whisper-1"), ("llm_usage", "gpt-4.1-mini"), ("tts_usage", "tts-1"),
    }  # fmt: skip
    lines = operation.lines(job=summary["job"])
    # On a busy machine LiveKit warns of a job's process that is slow, and knows its id only.
    assert {line["logger"].partition(".")[0] for line in lines if "room" not in line} <= {"livekit"}
    job = [line for line in lines if "room" in line]
    assert {line["room"] for line in job} == {room}
    own = job[[line.get("participant") for line in job].index("alice") :]
    assert {line["logger"].partition(".")[0] for line in own} == {"livekit", "mcp_voice_agent"}
    # The worker itself says that the job's process ends; it does not know the participant.
    assert {line.get("participant", line["event"]) for line in own} <= {"alice", "process exiting"}
    assert not any(said in operation.worker.log.read_text(encoding="utf-8") for said in SPOKEN)
    (begun,) = operation.lines(job=summary["job"], event="conversation begun")
    assert begun.items() >= {"level": "info", "mode": "pipeline", "language": "en", "configuration": room}.items()
    assert (begun["stt"], begun["llm"], begun["tts"]) == (
        ["openai/whisper-1"], ["openai/gpt-4.1-mini"], ["openai/tts-1:alloy"],
    )  # fmt: skip
    assert (begun["configuration_source"], begun["configuration_sets"]) == ("settings", [])

    await until(lambda: operation.collector.points(latency_name("total")), limit=LIMIT)
    assert operation.collector.resources()[-1]["service.instance.id"] == summary["job"]
    scraped = await operation.scraped()
    assert scraped["lk_agents_worker_load"] >= 0
    assert (scraped["sessions_total"], scraped["sessions_broken_total"], scraped["answers_total"]) == (1, 0, 2)
    assert scraped["provider_attempt_errors_total"] == 0
    for part in PARTS:
        (point,) = operation.collector.points(latency_name(part))
        assert 0 < point.sum / point.value < 20_000
        assert "room" not in point.labels
        assert scraped[f"{latency_name(part)}_count"] == point.value
        assert scraped[f"{latency_name(part)}_sum"] == pytest.approx(point.sum)


async def test_rooms_that_come_and_go_use_the_same_files(operation: Operation, rig: Rig, room: str, bob: Human) -> None:
    """A scrape reads every file, so their number must follow the rooms at once, not all there ever were."""

    async def counted() -> float:
        return (await operation.scraped()).get(f"{latency_name('tts')}_count", 0)

    async def has_grown() -> bool:
        return await counted() == before + 1

    before, files = await counted(), {path.name for path in operation.folder.glob("*.lock")}
    await greeted(bob)
    await closed(rig, room, operation)
    await until(has_grown, limit=LIMIT)
    assert len({path.name for path in operation.folder.glob("*.lock")} - files) <= 1


@pytest.fixture
async def bob(rig: Rig, room: str) -> AsyncIterator[Human]:
    """A human in that room."""
    async with rig.person(room, "bob") as person:
        yield person
