"""The figures of a server whose asks workers carry out, from the dispatch that nobody takes to Prometheus's page."""

from __future__ import annotations

import json
from pathlib import Path

import anyio
import pytest

from mcp_voice.store.memory import MemoryStore
from mcp_voice.store.records import Place
from testkit.figures import figures_in
from testkit.team_server import DispatchedEngine, team_server
from testkit.waiting import until
from testkit.watched_wire import Wire

pytestmark = pytest.mark.anyio

LIMIT = 20.0
TOKEN = "o" * 32
WITHOUT = "mcp_voice_places_without_worker[]"


@pytest.fixture
def tokens(tmp_path: Path) -> Path:
    """Of one subject."""
    path = tmp_path / "tokens.json"
    path.write_text(json.dumps({"subjects": [{"name": "ops", "token": TOKEN}]}))
    return path


async def test_a_room_that_no_worker_comes_to_is_counted_until_one_is_there(tokens: Path) -> None:
    """It is what the alert of a team fires on."""
    engine, store = DispatchedEngine(), MemoryStore()
    async with team_server(store, engine, tokens) as running:
        ops = Wire(running.url, TOKEN)

        async def figures() -> dict[str, float]:
            page = await ops.http.get(running.url.replace("/mcp", "/metrics"))
            return figures_in(page.text)

        async def counts(number: int) -> bool:
            return (await figures()).get(WITHOUT) == number

        async def ask() -> None:
            await ops.tool("ask_in_room", question="Ready?", room_name="kitchen", wait_seconds=30)

        async with ops.http, anyio.create_task_group() as tasks:
            await ops.tool("list_rooms")
            assert await counts(0)
            tasks.start_soon(ask)
            await until(lambda: counts(1), limit=LIMIT)
            told = await figures()
            assert (told["mcp_voice_asks_open[]"], told["mcp_voice_asks_waiting['start']"]) == (1, 1)
            # This process is in none; how many workers have, they tell.
            assert "mcp_voice_rooms[]" not in told
            await store.hold(Place("ops", "kitchen"), worker="AD_1/AJ_1")
            await until(lambda: counts(0), limit=LIMIT)
            assert engine.dispatching.created
            tasks.cancel_scope.cancel()
