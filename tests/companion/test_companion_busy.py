"""A worker on a busy machine: LiveKit's server sends it no room, and whoever waits is counted, told of and served."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from mcp_voice_agent.telemetry.instruments import SENT_AGAIN, WAITING
from testkit.companion import arrived, person_in
from testkit.rig import LIMIT, Rig
from testkit.waiting import until
from testkit.worker import companions, worker

pytestmark = [pytest.mark.anyio, pytest.mark.long]

NAME = "busy"
PROGRAM = """
import os, sys
from mcp_voice_agent.worker import server
from mcp_voice_agent.run import run
server.load_fnc = lambda: 0.9 if os.path.exists({busy!r}) else 0.1
server.update_options(num_idle_processes=1)
sys.argv = ["mcp-voice-agent", "start"]
run()
"""
"""As in production; the machine is busy while there is a file."""


async def test_whoever_finds_every_worker_busy_is_counted_and_served_as_soon_as_one_is_not(
    rig: Rig, room: str, tmp_path: Path
) -> None:
    """LiveKit's server drops the room at once, and does not try again."""
    busy = tmp_path / "busy"
    busy.touch()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    async def figure(name: str) -> float:
        """A figure of this worker's companions, as Prometheus gets it; -1 where there is none."""
        async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{port}/metrics") as answer:
            families = text_string_to_metric_families(await answer.text())
        found = [each.value for family in families for each in family.samples if each.name == name]
        return found[0] if found else -1.0

    async def one_waits() -> bool:
        return await figure(WAITING) == 1

    async def nobody_waits() -> bool:
        return await figure(WAITING) == 0

    program = [sys.executable, "-c", PROGRAM.format(busy=str(busy))]
    settings = {
        "MCP_VOICE_AGENT_NAME": NAME,
        "MCP_VOICE_AGENT_PROMETHEUS_PORT": str(port),
        "MCP_VOICE_AGENT_PROMETHEUS_DIR": str(tmp_path / "figures"),
    }
    async with worker(rig, program=program, **settings) as started, person_in(rig, room, agent_name=NAME) as alice:
        await until(one_waits, limit=2 * LIMIT)
        assert not companions(alice)
        assert await figure(SENT_AGAIN) == 0
        busy.unlink()
        await arrived(alice)
        await until(nobody_waits, limit=LIMIT)
        assert await figure(SENT_AGAIN) == 1
        assert started.logged("another companion was asked for")
