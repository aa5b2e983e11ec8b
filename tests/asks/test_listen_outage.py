"""Listening goes on through an outage of ours: those who went through it as well are given time to come back."""

from __future__ import annotations

import time

import pytest

from mcp_voice.asks import listen
from mcp_voice.link import Reconnected, Reconnecting, Typed
from mcp_voice.results import Answer
from mcp_voice.settings import load
from mcp_voice.tasks import owned_tasks
from mcp_voice.turns import presence
from mcp_voice.voices.opening import voice_with
from testkit.fake_link import ALICE, FakeEngine
from testkit.opened import seats_of
from testkit.waiting import settled, until

pytestmark = pytest.mark.anyio

LIMIT = 10.0
ABSENCE, OUTAGE_ABSENCE = 0.1, 8.0


async def test_whoever_went_through_our_outage_is_awaited_for_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Their client tries again every 7 s; the call said after 5 s that everybody had left."""
    for module in (listen, presence):
        monkeypatch.setattr(module, "ABSENCE_SECONDS", ABSENCE)
    monkeypatch.setattr(presence, "OUTAGE_ABSENCE_SECONDS", OUTAGE_ABSENCE)
    engine, heard = FakeEngine(), list[Answer]()
    async with voice_with(load(quiet_seconds=60.0, _env_file=None), engine) as voice, owned_tasks() as tasks:

        async def hear() -> None:
            heard.append(await voice.listen_in_room("kitchen", wait_seconds=LIMIT))

        tasks.start_soon(hear)
        await until(lambda: engine.links and seats_of(voice).entered(), limit=LIMIT)
        (link,) = engine.links
        link.hear(Reconnecting())
        await until(lambda: seats_of(voice).seat("kitchen", name="").listener.presence.is_cut_off, limit=LIMIT)
        link.leaves(ALICE)
        link.hear(Reconnected())
        back = time.monotonic() + 5 * ABSENCE
        await until(lambda: time.monotonic() > back, limit=LIMIT)
        assert heard == []
        link.joins(ALICE)
        link.hear(Typed("alice", "Here I am.", time.monotonic()))
        await until(lambda: heard, limit=LIMIT)
        assert heard.pop().reply == "Here I am."

        tasks.start_soon(hear)
        await settled()
        link.leaves(ALICE)
        await until(lambda: heard, limit=OUTAGE_ABSENCE / 2)
        assert heard[0].status == "left"
