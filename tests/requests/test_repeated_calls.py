"""A host that timed out asks the same thing again, whatever has become of the rooms meanwhile."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace

import anyio
import pytest

from mcp_voice.errors import LiveKitError, UnknownParticipant, UnknownRoom, VoiceError
from mcp_voice.settings import load
from mcp_voice.store.memory import MemoryStore
from mcp_voice.store.records import Request, State
from mcp_voice.tasks import owned_tasks
from mcp_voice.voice import Voice
from mcp_voice.voices.opening import voice_with
from testkit.fake_link import ALICE, BOB, FakeEngine
from testkit.opened import asks_of
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


async def test_whoever_polls_keeps_the_floor_from_nobody(engine: FakeEngine) -> None:
    """That is how most wait: it is no call of ``ask_in_room``."""
    store = MemoryStore(lease_seconds=10 * LIMIT)
    async with voice_with(load(quiet_seconds=60.0, _env_file=None), engine, store=store) as patient:
        pending = await patient.ask_in_room(QUESTION, "kitchen", wait_seconds=0)
        engine.links[0].playouts[0].finish()
        await until(lambda: engine.links[0].asking, limit=LIMIT)

        async def is_given_back() -> bool:
            await patient.wait_for_reply(pending.ask_id, 0.1)
            return not engine.links[0].floor

        await until(is_given_back, limit=LIMIT)


async def test_a_question_that_is_asked_again_at_once_is_not_hung_up(voice: Voice) -> None:
    """A connection broke, and the host asks again without waiting."""
    caller = replace(voice.caller, is_script=False, hang_up_seconds=1.0)
    host = voice.called_by(caller)
    async with calling(lambda: host.ask_in_room(QUESTION, wait_seconds=LIMIT)) as call:
        await until(lambda: [ask.phase for ask in asks_of(voice)] == ["speaking"], limit=LIMIT)
        call.cancel()
        again = await host.ask_in_room(QUESTION, wait_seconds=0)
        await anyio.sleep(2.0)
    assert (await host.wait_for_reply(again.ask_id, 0.1)).status == "pending"


async def test_a_call_that_outlives_its_voice_is_told(engine: FakeEngine) -> None:
    """And not by an error of a library."""
    told: list[VoiceError] = []
    async with owned_tasks() as tasks, AsyncExitStack() as stack:
        opened = await stack.enter_async_context(voice_with(load(quiet_seconds=60.0, _env_file=None), engine))

        async def ask() -> None:
            try:
                await opened.ask_in_room(QUESTION, "kitchen", wait_seconds=LIMIT)
            except VoiceError as error:
                told.append(error)

        tasks.start_soon(ask)
        await until(lambda: engine.links and engine.links[0].playouts, limit=LIMIT)
        await stack.aclose()
        await until(lambda: told, limit=LIMIT)
    assert [error.code for error in told] == ["ending"]


@pytest.mark.parametrize("name", ["\ud800", "attic"], ids=["no text", "no room"])
async def test_what_can_be_no_request_has_the_error_of_its_room(voice: Voice, name: str) -> None:
    """A store is not what it is about."""
    with pytest.raises(UnknownRoom):
        await voice.ask_in_room(QUESTION, name, wait_seconds=0)
    with pytest.raises(UnknownParticipant):
        await voice.ask_in_room(QUESTION, participant=name, wait_seconds=0)
