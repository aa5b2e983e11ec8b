"""A host that timed out asks the same thing again, whatever has become of the rooms meanwhile."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import anyio
import pytest

from mcp_voice.errors import LiveKitError, VoiceError
from mcp_voice.settings import load
from mcp_voice.store.memory import MemoryStore
from mcp_voice.store.records import Request, State
from mcp_voice.voice import Voice
from mcp_voice.voices.opening import voice_with
from testkit.fake_link import ALICE, BOB, FakeEngine
from testkit.waiting import until
from tests.requests.kitchen import LIMIT, calling

pytestmark = pytest.mark.anyio

QUESTION = "Which floor?"


@pytest.fixture
def engine() -> FakeEngine:
    """With Alice in the kitchen."""
    return FakeEngine(people={"kitchen": [ALICE]})


@pytest.fixture
async def voice(engine: FakeEngine) -> AsyncIterator[Voice]:
    """That waits for nobody."""
    async with voice_with(load(quiet_seconds=60.0, nobody="error", _env_file=None), engine) as opened:
        yield opened


async def test_it_joins_the_open_ask_though_somebody_is_in_a_second_room_by_now(
    voice: Voice, engine: FakeEngine
) -> None:
    """Another question would have to name its room."""
    first = await voice.ask_in_room(QUESTION, wait_seconds=0)
    engine.people["attic"] = [BOB]
    assert (await voice.ask_in_room(QUESTION, wait_seconds=0)).ask_id == first.ask_id
    with pytest.raises(VoiceError, match="kitchen"):
        await voice.ask_in_room("And when?", wait_seconds=0)


async def test_it_joins_the_open_ask_though_livekit_is_away(
    voice: Voice, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its words, or by the id that a host gives a call; another question has the error."""
    named = voice.called_by(replace(voice.caller, call_id="toolu-1"))
    first = await named.ask_in_room(QUESTION, wait_seconds=0)

    async def rooms(_: str = "") -> None:
        raise LiveKitError("It is away.", fix="Wait.")

    monkeypatch.setattr(engine, "rooms", rooms)
    assert (await voice.ask_in_room(QUESTION, wait_seconds=0)).ask_id == first.ask_id
    assert (await named.ask_in_room("In other words?", wait_seconds=0)).ask_id == first.ask_id
    with pytest.raises(LiveKitError, match="away"):
        await voice.ask_in_room("And when?", wait_seconds=0)


async def test_a_call_looks_a_room_up_once(voice: Voice, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look is a round trip to LiveKit's server before the first sound."""
    looks, look = [], engine.rooms

    async def rooms(only: str = "") -> object:
        looks.append(only)
        return await look(only)

    monkeypatch.setattr(engine, "rooms", rooms)
    await voice.ask_in_room(QUESTION, "kitchen", wait_seconds=0)
    assert looks == ["kitchen"]
    await voice.listen_in_room("kitchen", wait_seconds=0)
    assert looks == ["kitchen", "kitchen"]


async def test_others_have_the_floor_soon_after_a_call_has_returned(voice: Voice, engine: FakeEngine) -> None:
    """Its question waits for an answer, and does not keep another agent silent for the rest of a lease."""
    async with voice_with(
        load(quiet_seconds=60.0, _env_file=None), engine, store=MemoryStore(lease_seconds=10 * LIMIT)
    ) as patient:
        await patient.ask_in_room(QUESTION, "kitchen", wait_seconds=0)
        engine.links[0].playouts[0].finish()
        await until(lambda: engine.links[0].asking, limit=LIMIT)
        await until(lambda: not engine.links[0].floor, limit=LIMIT)


async def test_the_time_that_a_look_takes_counts_for_what_is_said(
    voice: Voice, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A call returns when it said that it would."""
    opened, keep, look = [], MemoryStore.open, engine.rooms

    async def noted(store: MemoryStore, request: Request) -> State:
        opened.append(request)
        return await keep(store, request)

    async def slowly(only: str = "") -> object:
        await anyio.sleep(0.5)
        return await look(only)

    monkeypatch.setattr(MemoryStore, "open", noted)
    monkeypatch.setattr(engine, "rooms", slowly)
    async with calling(lambda: voice.say_in_room("Hello.", "kitchen", wait_seconds=20)):
        await until(lambda: opened, limit=LIMIT)
    assert opened[0].open_seconds <= 19.5
