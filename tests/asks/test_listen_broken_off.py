"""Listening that is broken off in the moment in which somebody is done: what they said is the next call's."""

from __future__ import annotations

import time

import anyio
import pytest

from mcp_voice.link import Typed
from mcp_voice.settings import load
from mcp_voice.tasks import owned_tasks
from mcp_voice.voices.opening import voice_with
from testkit.fake_link import FakeEngine
from testkit.waiting import until

pytestmark = pytest.mark.anyio

LIMIT = 5.0


async def test_words_that_a_call_had_taken_when_it_was_broken_off_are_returned_by_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its host gave up while it was returning, and nobody got them."""
    monkeypatch.setattr("mcp_voice.progress.PATIENT_SECONDS", 0.0)
    engine, lines, said = FakeEngine(), list[str](), anyio.Event()
    call = anyio.CancelScope()

    async def report(line: str) -> None:
        lines.append(line)
        try:
            await anyio.sleep_forever()
        finally:
            if said.is_set():
                call.cancel()

    async def speak() -> None:
        await until(lambda: engine.links and any(lines), limit=LIMIT)
        said.set()
        engine.links[0].hear(Typed("alice", "Good morning.", time.monotonic()))

    async with voice_with(load(quiet_seconds=60.0, _env_file=None), engine) as voice:
        with call:
            async with owned_tasks() as tasks:
                tasks.start_soon(speak)
                await voice.listen_in_room("kitchen", wait_seconds=LIMIT, report=report)
        assert call.cancelled_caught
        again = await voice.listen_in_room("kitchen", wait_seconds=0)
    assert (again.status, again.reply) == ("answered", "Good morning.")
