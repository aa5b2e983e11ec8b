"""A worker whose machine bears no more rooms, in a real fleet: LiveKit sends it none, and servers say why."""

from __future__ import annotations

from pathlib import Path

import aiohttp
import anyio
import pytest

from mcp_voice.people.human import Human
from mcp_voice.store.users import Fleet
from testkit.asker_worker import WorkerTeam
from testkit.http_host import HttpServer
from testkit.rig import LIMIT, after_the_question, voice_of
from testkit.stores import shared_store
from testkit.waiting import until
from testkit.worker import Worker

pytestmark = pytest.mark.anyio

TOKEN = "f" * 32
LEAST = "0.000001"
"""A share of the machine that the test itself uses: with it a worker is full, however much is idle."""
SENT = "received job request"
"""What LiveKit's worker logs of each room that it is sent."""
FIGURE = "mcp_voice_places_without_worker"
"""Of deploy/team/alerts.yaml."""


async def without_worker(server: HttpServer) -> float | None:
    """What Prometheus reads of a server: in how many rooms something is asked that no worker is free for.

    None: it does not tell, which is so until it has loaded its voice.
    """
    url = f"{server.url.removesuffix('/mcp')}/metrics"
    async with aiohttp.ClientSession() as http, http.get(url) as answer:
        lines = [line.split() for line in (await answer.text()).splitlines()]
    return next((float(line[1]) for line in lines if line[:1] == [FIGURE]), None)


async def is_full(worker: Worker) -> None:
    """Wait until LiveKit's server has been told so, too."""
    await until(lambda: worker.logged("at full capacity"), limit=LIMIT)


async def test_a_full_worker_is_sent_no_room_and_another_one_takes_it(
    team: WorkerTeam, room: str, alice: Human, tmp_path: Path
) -> None:
    """Until there is one, whoever asks is told why none comes, and the figure of the alert says so as well."""
    async with (
        shared_store(team.store) as store,
        team.worker(MCP_VOICE_WORKER_LOAD=LEAST) as full,
        team.served(TOKEN, tmp_path) as server,
        server.host(TOKEN) as ops,
    ):

        async def fleet_is(fleet: Fleet) -> None:
            with anyio.fail_after(LIMIT):
                while await store.users.fleet() != fleet:  # noqa: ASYNC110  # a store tells nobody
                    await anyio.sleep(0.05)

        async def figure_is(figure: float) -> None:
            with anyio.fail_after(LIMIT):
                while await without_worker(server) != figure:  # noqa: ASYNC110  # it is scraped
                    await anyio.sleep(0.1)

        await is_full(full)
        await fleet_is(Fleet(1, 0))
        await figure_is(0)
        pending = await ops.ask("Which of the two options do you want?", room_name=room, wait_seconds=0)
        assert pending.status == "pending"
        # No call waits for it any more.
        await figure_is(1)
        waited = await ops.wait(pending.ask_id, wait_seconds=0)
        assert "no-worker" in waited.next
        assert "the only worker is full (start another one)" in waited.next
        async with team.worker() as free:
            await after_the_question(alice, voice_of("the second option"))
            answer = await ops.wait(pending.ask_id)
            assert (answer.status, answer.reply) == ("answered", "the second option")
            await fleet_is(Fleet(2, 1))
            await figure_is(0)
            assert free.logged(SENT)
        assert not full.logged(SENT)
