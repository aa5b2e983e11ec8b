"""The figures of a server whose asks workers carry out, from the dispatch that nobody takes to Prometheus's page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest
from pydantic import SecretStr

from mcp_voice.asks.join_links import NoPage
from mcp_voice.server.address import HttpAddress
from mcp_voice.server.http import served
from mcp_voice.settings import load
from mcp_voice.store.memory import MemoryStore
from mcp_voice.store.records import Place
from mcp_voice.workers import serving
from testkit.fake_dispatching import FakeDispatching
from testkit.fake_link import ALICE, FakeEngine
from testkit.figures import figures_in
from testkit.two_teams import Wire
from testkit.waiting import until

pytestmark = pytest.mark.anyio

LIMIT = 20.0
TOKEN = "o" * 32
WITHOUT = "mcp_voice_places_without_worker[]"
SETTINGS = load(
    http_tokens=SecretStr(f"ops={TOKEN}"),
    livekit_url="ws://localhost",
    store=SecretStr("redis://127.0.0.1:9/0"),
    workers=True,
    _env_file=None,
)


class DispatchedEngine(FakeEngine):
    """Rooms to which LiveKit would send workers, if there were any."""

    def __init__(self) -> None:
        super().__init__(people={"kitchen": [ALICE]})
        self.dispatching = FakeDispatching(takes=False)

    async def dispatches(self, _: str) -> FakeDispatching:
        """The same for every agent's name."""
        return self.dispatching


def given(value: Any) -> Any:
    """A context manager that has this value, whatever it is called with."""

    @asynccontextmanager
    async def one(*_: object) -> AsyncIterator[Any]:
        yield value

    return one


async def test_a_room_that_no_worker_comes_to_is_counted_until_one_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is what the alert of a team fires on."""
    engine, store = DispatchedEngine(), MemoryStore()
    for name, value in (("server_engine", engine), ("join_page", NoPage()), ("signed_store", store)):
        monkeypatch.setattr(serving, name, given(value))
    async with served(SETTINGS, HttpAddress(port=0)) as running:
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
