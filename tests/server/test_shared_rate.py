"""A subject's calls a minute where several servers share a store: they are counted together."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from mcp_voice.store.memory import MemoryStore
from testkit.figures import figures_in
from testkit.shared_store import Line
from testkit.team_server import DispatchedEngine, team_server
from testkit.watched_wire import Wire

pytestmark = pytest.mark.anyio

FEW, OPS = "f" * 32, "o" * 32


@pytest.fixture
def tokens(tmp_path: Path) -> Path:
    """Of one who may make a call a minute, and of another."""
    path = tmp_path / "tokens.json"
    entries = [{"name": "few", "token": FEW, "calls_per_minute": 1}, {"name": "ops", "token": OPS}]
    path.write_text(json.dumps({"subjects": entries}))
    return path


async def test_a_subject_makes_no_more_calls_by_going_from_server_to_server(tokens: Path) -> None:
    """A load balancer sends it to any of them; another subject has its own."""
    store = MemoryStore()
    async with (
        team_server(store, DispatchedEngine(), tokens) as one,
        team_server(store, DispatchedEngine(), tokens) as other,
    ):
        first, second, ops = Wire(one.url, FEW), Wire(other.url, FEW), Wire(other.url, OPS)
        async with first.http, second.http, ops.http:
            assert not (await first.tool("list_rooms")).get("isError")
            refused = await second.tool("list_rooms")
            assert refused["_meta"] == {"mcp-voice/code": "too-many-calls"}
            assert "few may make 1 a minute. Call again in" in json.dumps(refused)
            assert not (await ops.tool("list_rooms")).get("isError")
            page = figures_in((await ops.http.get(other.url.replace("/mcp", "/metrics"))).text)
            assert page["mcp_voice_refusals_total['rate']"] == 1


async def test_a_store_that_is_away_holds_up_no_call(tokens: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Each server goes on to count by itself."""
    line = Line(MemoryStore(), failing={"charge"})
    with caplog.at_level(logging.INFO, logger="mcp_voice.requests"):
        async with team_server(line, DispatchedEngine(), tokens) as running:
            few = Wire(running.url, FEW)
            async with few.http:
                assert not (await few.tool("list_rooms")).get("isError")
                ops = Wire(running.url, OPS)
                async with ops.http:
                    assert not (await ops.tool("list_rooms")).get("isError")
                refused = await few.tool("list_rooms")
    assert refused["_meta"] == {"mcp-voice/code": "too-many-calls"}
    assert "calls are not counted in the store for 5 s (store-unreachable)" in caplog.text
