"""Rooms that others have left are seen to one by one."""

from __future__ import annotations

import anyio
import pytest

from mcp_voice.errors import LiveKitError
from mcp_voice.store.memory import MemoryStore
from mcp_voice.store.records import Request
from mcp_voice.workers import carriers
from mcp_voice.workers.carriers import DispatchCarriers
from testkit.rig import LIMIT
from testkit.waiting import until

pytestmark = pytest.mark.anyio


class OneRoomFails:
    """LiveKit's server, as far as is looked at here."""

    def __init__(self, error: Exception) -> None:
        self.looked_at: list[str] = []
        self._error = error

    async def room_id(self, room_name: str) -> str:
        """There is none; of one room that cannot be told."""
        self.looked_at.append(room_name)
        if room_name == "broken":
            raise self._error
        return ""


@pytest.mark.parametrize(
    "error", [LiveKitError("It is away."), ValueError("what nobody expected")], ids=["ours", "odd"]
)
async def test_a_room_that_fails_keeps_workers_from_no_other(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    """Though it is the oldest, each time."""
    monkeypatch.setattr(carriers, "SWEEP_SECONDS", 0.01)
    monkeypatch.setattr(carriers, "UNCLAIMED_SECONDS", 0.0)
    store, livekit = MemoryStore(), OneRoomFails(error)
    for room in ("broken", "kitchen"):
        await store.open(Request(id=f"ask-{room}", kind="ask", room_name=room, text="Which?", open_seconds=900))

    async def dispatching() -> OneRoomFails:
        return livekit

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(DispatchCarriers(store, dispatching).sweep)  # type: ignore[arg-type]  # the rest is not asked
        await until(lambda: "kitchen" in livekit.looked_at, limit=LIMIT)
        tasks.cancel_scope.cancel()
    assert "broken" in livekit.looked_at
