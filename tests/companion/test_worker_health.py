"""Whether a worker is well: what it says of itself, to whom, and how it ends when it is not."""

from __future__ import annotations

import signal
import socket
import sys
import uuid

import aiohttp
import anyio
import psutil
import pytest

from testkit import command
from testkit.companion import greeted, person_in
from testkit.gate import gate
from testkit.rig import LIMIT, Rig
from testkit.waiting import until
from testkit.worker import Worker, worker

pytestmark = pytest.mark.anyio

ODD, LEAVING, KNOWN = "odd", "leaving", "known"
"""Names of agents, so that each test's workers have its own rooms only."""
BAD_GATEWAY = (
    b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: application/json\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
)
"""With an empty JSON body."""
PAGE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 9\r\nConnection: close\r\n\r\n<p>Hi</p>"
"""No protobuf."""
IMPATIENT = """
import sys
from mcp_voice_agent.worker import server
from mcp_voice_agent.run import run
sys.argv = ["mcp-voice-agent", "start"]
server.update_options(max_retry=1)
run()
"""
"""LiveKit tries for two minutes otherwise."""


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


async def health(port: int, path: str) -> tuple[int, str]:
    """Status and text; 0 while nobody answers."""
    try:
        async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{port}{path}") as answer:
            return answer.status, await answer.text()
    except aiohttp.ClientConnectionError:
        return 0, ""


async def said(port: int, status: int) -> str:
    """Wait until the worker's health has this status at both addresses; gives the reason."""
    with anyio.fail_after(2 * LIMIT):
        while True:
            plain, named = await health(port, "/"), await health(port, "/health")
            if plain == named and plain[0] == status:
                return plain[1]
            await anyio.sleep(0.05)


async def failed_looks(started: Worker, more: int) -> None:
    """Wait until so many more looks at the rooms have failed."""

    def count() -> int:
        return started.log.read_text("utf-8").count("no look at the rooms")

    before = count()
    await until(lambda: count() >= before + more, limit=LIMIT)


def addresses(started: Worker) -> list[str]:
    """Where the worker's own process listens."""
    opened = psutil.Process(started.process.pid).net_connections("tcp")
    return [each.laddr.ip for each in opened if each.status == psutil.CONN_LISTEN]


async def test_an_odd_answer_of_livekits_api_ends_no_worker(rig: Rig, room: str) -> None:
    """Its looks after lost rooms fail one after the other, and it still takes rooms."""
    settings = {"MCP_VOICE_AGENT_NAME": ODD, "MCP_VOICE_AGENT_RELIEF_SECONDS": "0.2"}
    async with gate(rig.server.url) as door:
        door.api_answer = BAD_GATEWAY
        async with worker(rig, LIVEKIT_URL=door.url, **settings) as started:
            await failed_looks(started, 3)
            door.api_answer = PAGE
            # The first of them may still have been begun under the other answer.
            await failed_looks(started, 4)
            async with person_in(rig, room, agent_name=ODD) as alice:
                await greeted(alice)
            assert started.process.returncode is None


@pytest.mark.long
async def test_a_worker_that_cannot_reach_livekit_is_unwell_and_ends_with_an_error(rig: Rig) -> None:
    """Its supervisor starts it again; one that ends with 0 is not started again."""
    folder = rig.folder / uuid.uuid4().hex[:8]
    folder.mkdir()
    port = free_port()
    settings = rig.environment(
        LIVEKIT_URL=f"ws://127.0.0.1:{free_port()}",
        MCP_VOICE_AGENT_LLM="openai/gpt-4.1-mini",
        MCP_VOICE_AGENT_PORT=str(port),
    )
    with anyio.fail_after(3 * LIMIT):
        async with await anyio.open_process(
            [sys.executable, "-c", IMPATIENT], cwd=folder, env=command.environment(settings), stdout=None, stderr=None
        ) as process:
            assert await said(port, 503) == "not registered with LiveKit"
            assert await process.wait() == 1


async def test_a_worker_is_well_while_it_is_registered_and_not_when_it_drains(rig: Rig, room: str) -> None:
    """At `/health` as at `/`, and `/worker` answers all the time; on the address of the setting only."""
    port = free_port()
    settings = {
        "MCP_VOICE_AGENT_NAME": LEAVING,
        "MCP_VOICE_AGENT_DRAIN_SECONDS": "60",
        "MCP_VOICE_AGENT_HOST": "127.0.0.1",
        "MCP_VOICE_AGENT_PORT": str(port),
        "MCP_VOICE_AGENT_PROMETHEUS_PORT": str(free_port()),
    }
    async with (
        worker(rig, "start", **settings) as started,
        person_in(rig, room, agent_name=LEAVING) as alice,
    ):
        assert await said(port, 200) == "OK"
        assert len(listening := addresses(started)) >= 2
        assert set(listening) == {"127.0.0.1"}
        await greeted(alice)
        started.process.send_signal(signal.SIGTERM)
        assert await said(port, 503) == "draining"
        assert (await health(port, "/worker"))[0] == 200
        for process in command.family(started.process.pid):
            process.kill()


@pytest.mark.parametrize(
    ("mode", "expected"),
    [("dev", {"127.0.0.1"}), ("start", {"0.0.0.0", "::"})],  # noqa: S104  # what is expected of it
)
async def test_health_and_figures_are_for_this_machine_only_in_development(
    rig: Rig, mode: str, expected: set[str]
) -> None:
    """And everywhere in production, unless the setting says otherwise: probes come from outside a container."""
    arguments = ("dev", "--no-reload") if mode == "dev" else ("start",)
    async with worker(
        rig,
        *arguments,
        MCP_VOICE_AGENT_NAME=KNOWN,
        MCP_VOICE_AGENT_PORT=str(free_port()),
        MCP_VOICE_AGENT_PROMETHEUS_PORT=str(free_port()),
    ) as started:
        listening = addresses(started)
        assert len(listening) >= 2
        assert set(listening) <= expected
