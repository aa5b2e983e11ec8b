"""A worker is sent at once to what a process that carries out itself is too busy for."""

from __future__ import annotations

import anyio
import pytest

from mcp_voice.store.memory import MemoryStore
from mcp_voice.store.records import Request
from mcp_voice.workers.carriers import DispatchCarriers
from testkit.rig import LIMIT
from testkit.waiting import until

pytestmark = pytest.mark.anyio


class NoRooms:
    """LiveKit's server, as far as is looked at here."""

    def __init__(self) -> None:
        self.looked_at: list[str] = []

    async def room_id(self, room_name: str) -> str:
        """There is none."""
        self.looked_at.append(room_name)
        return ""


async def test_what_is_offered_is_seen_to_though_nobody_looks_for_what_is_left() -> None:
    """A place where nothing waits any more is passed over."""
    store, livekit = MemoryStore(), NoRooms()
    requests = [Request(id=f"ask-{room}", kind="ask", room_name=room, text="?", open_seconds=9) for room in ("a", "b")]
    for each in requests:
        await store.open(each)
    await store.withdraw("ask-a", subject="")

    async def dispatching() -> NoRooms:
        return livekit

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(DispatchCarriers(store, dispatching).heed)  # type: ignore[arg-type]  # the rest is not asked
        await until(lambda: store._offered_to, limit=LIMIT)
        for each in requests:
            await store.offer(each.place)
        await until(lambda: livekit.looked_at, limit=LIMIT)
        tasks.cancel_scope.cancel()
    assert livekit.looked_at == ["b"]
