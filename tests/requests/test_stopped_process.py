"""A process that was stopped for longer than a lease holds: a laptop that slept, a machine that was too busy."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import pytest

from mcp_voice.requests import carrying, claim, errands, holding
from mcp_voice.results import Answer, Said
from mcp_voice.settings import load
from mcp_voice.store.memory import MemoryStore
from mcp_voice.voice import Voice
from mcp_voice.voices.opening import voice_with
from testkit.fake_link import FakeEngine
from testkit.waiting import until
from tests.requests.kitchen import LIMIT, calling, types

pytestmark = pytest.mark.anyio

LEASE, RENEW = 0.5, 0.1


@pytest.fixture
def engine() -> FakeEngine:
    """Of this process."""
    return FakeEngine()


@pytest.fixture
async def voice(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Voice]:
    """With short leases, and a store that nobody else has."""
    for module in (holding, claim):
        monkeypatch.setattr(module, "LEASE_SECONDS", LEASE)
    for module in (holding, claim, carrying):
        monkeypatch.setattr(module, "RENEW_SECONDS", RENEW)
    settings = load(quiet_seconds=60.0, _env_file=None)
    async with voice_with(settings, engine, store=MemoryStore(lease_seconds=LEASE)) as opened:
        yield opened


def stopped() -> None:
    """Nothing of this process goes on."""
    time.sleep(3 * LEASE)  # on purpose


async def test_an_ask_goes_on_as_if_nothing_had_been(voice: Voice, engine: FakeEngine) -> None:
    """The question is not asked again, and its answer is the answer."""
    pending = await voice.ask_in_room("Which floor?", "kitchen", wait_seconds=0)
    await until(lambda: engine.links[0].playouts[0].listened_for, limit=LIMIT)
    engine.links[0].playouts[0].finish()
    await until(lambda: engine.links[0].asking, limit=LIMIT)
    for _ in range(3):
        stopped()
        await voice.list_rooms()
    types(engine.links[0], "This.")
    assert (await voice.wait_for_reply(pending.ask_id, LIMIT)).reply == "This."
    assert [each.text for each in engine.links[0].playouts] == ["Which floor?"]


async def test_a_message_is_not_broken_off(voice: Voice, engine: FakeEngine) -> None:
    """Its call still waits."""
    async with calling(lambda: voice.say_in_room("The build is done.", "kitchen", wait_seconds=LIMIT)):
        await until(lambda: engine.links and engine.links[0].playouts, limit=LIMIT)
        for _ in range(3):
            stopped()
            await voice.list_rooms()
        assert not engine.links[0].playouts[0].interrupted
        engine.links[0].playouts[0].finish()
        await until(lambda: voice.transcript("kitchen"), limit=LIMIT)
    assert [line.text for line in voice.transcript("kitchen")] == ["The build is done."]


async def test_a_message_is_not_broken_off_after_its_call_would_have_given_up_one_that_nobody_begins(
    voice: Voice, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may wait for the floor for a second; stopped for longer, it has begun and is spoken to its end."""
    monkeypatch.setattr(errands, "SLACK_SECONDS", 0.2)
    said: list[Said] = []

    async def say() -> None:
        said.append(await voice.say_in_room("The build is done.", "kitchen", wait_seconds=0.5))

    async with calling(say):
        await until(lambda: engine.links and engine.links[0].playouts, limit=LIMIT)
        stopped()
        await voice.list_rooms()
        assert not engine.links[0].playouts[0].interrupted
        engine.links[0].playouts[0].finish()
        await until(lambda: said, limit=LIMIT)
    assert [each.text for each in engine.links[0].playouts] == ["The build is done."]


async def test_what_was_heard_before_a_stop_is_returned_once(
    voice: Voice, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the call that listened for it."""
    monkeypatch.setattr(errands, "SLACK_SECONDS", 0.2)
    heard: list[Answer] = []

    async def listen() -> None:
        heard.append(await voice.listen_in_room("kitchen", wait_seconds=1))

    async with calling(listen):
        await until(lambda: engine.links, limit=LIMIT)
        types(engine.links[0], "This.")
        stopped()
        await until(lambda: heard, limit=LIMIT)
    again = await voice.listen_in_room("kitchen", wait_seconds=0)
    assert [each.reply for each in (*heard, again) if each.reply] == ["This."]
    assert not any(each.said_meanwhile for each in (*heard, again))
