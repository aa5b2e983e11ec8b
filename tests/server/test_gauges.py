"""The gauges of a server over HTTP: each tells what there is at that moment, read as Prometheus reads it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import pytest

from testkit.figures import figures_in
from testkit.two_teams import SHARED, Teams, two_teams
from testkit.waiting import until
from testkit.watched_wire import LIMIT

pytestmark = pytest.mark.anyio

ROOMS, REQUESTS = "mcp_voice_rooms[]", "mcp_voice_requests_open[]"
ASKS, FLOOR = "mcp_voice_asks_open[]", "mcp_voice_asks_waiting['floor']"
WAITS = "mcp_voice_calls_open['wait_for_reply']"


@pytest.fixture
async def teams(tmp_path: Path) -> AsyncIterator[Teams]:
    """A server in whose rooms two subjects ask."""
    async with two_teams(tmp_path) as running:
        yield running


async def gauges(teams: Teams) -> dict[str, float]:
    """As they are now; whoever reads them has no token."""
    page = await teams.few.http.get(teams.few.url.replace("/mcp", "/metrics"))
    return figures_in(page.text)


async def test_rooms_open_requests_and_calls_are_those_of_the_moment(teams: Teams) -> None:
    """Ops is in two rooms, and one question is open; then a call waits for it, and returns."""
    await until(lambda: _is(teams, {ROOMS: 2, ASKS: 1, REQUESTS: 0, WAITS: 0}), limit=LIMIT)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_waits, teams)
        await until(lambda: _is(teams, {REQUESTS: 1, WAITS: 1}), limit=LIMIT)
        await teams.sales.tool("ask_in_room", question="And you?", room_name="sales-desk", wait_seconds=0)
        # A request is counted for a moment longer than its answer takes.
        await until(lambda: _is(teams, {ROOMS: 3, ASKS: 2, REQUESTS: 1, WAITS: 1}), limit=LIMIT)
        await teams.ops.tool("cancel_ask", ask_id=teams.secrets.pending)
    await until(lambda: _is(teams, {ROOMS: 3, ASKS: 1, REQUESTS: 0, WAITS: 0}), limit=LIMIT)
    assert (await gauges(teams))["mcp_voice_calls_total['cancelled', 'wait_for_reply']"] == 1


async def test_open_asks_are_told_by_what_they_wait_for(teams: Teams) -> None:
    """One is being spoken, and two wait for the floor of its room though no call waits for them; then one may."""
    asked = [
        await teams.ops.tool("ask_in_room", question=f"Number {number}?", room_name=SHARED, wait_seconds=0)
        for number in range(2)
    ]
    assert [each["structuredContent"]["waiting_for"] for each in asked] == ["floor", "floor"]
    now = await gauges(teams)
    assert (now[ASKS], now[FLOOR]) == (3, 2)
    assert sum(value for name, value in now.items() if name.startswith("mcp_voice_asks_waiting[")) == 3
    await teams.ops.tool("cancel_ask", ask_id=teams.secrets.pending)
    await until(lambda: _is(teams, {ASKS: 2, FLOOR: 1}), limit=LIMIT)


async def _waits(teams: Teams) -> None:
    await teams.ops.tool("wait_for_reply", ask_id=teams.secrets.pending, wait_seconds=30)


async def _is(teams: Teams, wanted: dict[str, float]) -> bool:
    found = await gauges(teams)
    return wanted.items() <= found.items()
