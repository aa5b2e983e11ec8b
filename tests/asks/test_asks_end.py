"""An ask ends at its time, whatever broke, and the next question is spoken."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import pytest

from mcp_voice.errors import VoiceError
from mcp_voice.settings import load
from mcp_voice.turns.listener import Listener
from mcp_voice.voices.opening import voice_with
from testkit.fake_link import FakeEngine
from testkit.opened import seats_of
from testkit.waiting import until
from tests.asks.test_links import asking
from tests.asks.test_listening_survives import LIMIT, breaks, spoken_in

pytestmark = pytest.mark.anyio


async def test_listening_that_dies_every_time_does_not_keep_the_next_ask_waiting_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each ask ends at its time with a result that says so."""
    settings = load(quiet_seconds=0.2, ask_seconds=1.5, _env_file=None)
    monkeypatch.setattr(Listener, "_due_at", breaks)
    engine = FakeEngine()
    async with voice_with(settings, engine) as running:
        for question in ("What is it?", "And what now?"):
            async with asking(running, question) as call:
                await until(lambda call=call: call.answer or call.error, limit=LIMIT)  # type: ignore[misc]
            assert call.error is None or isinstance(call.error, VoiceError)
            assert call.answer is None or call.answer.status == "cancelled"
        assert not seats_of(running).seat("kitchen", name="").turn_to_speak.locked()


@pytest.mark.parametrize("part", ["connect", "synthesis"])
async def test_an_ask_ends_at_its_time_though_the_engine_hangs(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it waits for."""
    settings = load(quiet_seconds=0.2, ask_seconds=1, _env_file=None)
    engine = FakeEngine()

    @asynccontextmanager
    async def hanging(*_: object, **__: object) -> AsyncIterator[None]:
        await anyio.sleep_forever()
        yield

    async with voice_with(settings, engine) as running:
        with monkeypatch.context() as patch:
            patch.setattr(engine, part, hanging)
            async with asking(running, "What is it?") as call:
                await until(lambda: call.answer, limit=LIMIT)
            assert call.answer is not None
            assert call.answer.status == "cancelled"
            assert not seats_of(running).seat("kitchen", name="").turn_to_speak.locked()


async def test_an_ask_ends_at_its_time_though_nothing_is_heard_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """A listener that hangs, and a floor that is never ours."""
    settings = load(quiet_seconds=0.2, ask_seconds=1, _env_file=None)
    engine = FakeEngine(foreign_floor="agent 'Companion'")
    async with voice_with(settings, engine) as running:
        async with asking(running, "What is it?") as call:
            await until(lambda: call.answer, limit=LIMIT)
        assert call.answer is not None
        assert call.answer.status == "cancelled"
        assert "Companion" in call.answer.next
        engine.foreign_floor = ""
        await until(lambda: not engine.open, limit=LIMIT)

        async def deaf(*_: object, **__: object) -> None:
            await anyio.sleep_forever()

        monkeypatch.setattr(Listener, "run", deaf)
        monkeypatch.setattr("mcp_voice.asks.ask.OVERTIME_SECONDS", 0.0)
        async with asking(running, "And what now?") as call:
            link = await spoken_in(engine, "And what now?")
            link.playouts[0].finish()
            await until(lambda: call.answer, limit=LIMIT)
        assert call.answer is not None
        assert call.answer.status == "cancelled"
