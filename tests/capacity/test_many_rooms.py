"""More rooms than this machine bears, over WebRTC, with people in processes of their own."""

from __future__ import annotations

import pytest

from benchmarks.rooms import level
from benchmarks.stage import stage, warmed

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(420), pytest.mark.long]

ROOMS = 25


async def test_of_25_rooms_at_once_each_is_answered_rightly_or_refused() -> None:
    """Without a limit all of them were wrong on two cores: the answers of all came too late."""
    async with stage(lambda _: None) as real, real.host("ours") as host:
        await warmed(host)
        taken = await level(real, host, ROOMS, rounds=1, tried_seconds=30.0)
    assert taken["wrong"] == []
    assert taken["lost"] == 0
    assert taken["right"] + taken["given_up"] == ROOMS
    assert taken["right"] >= 3
