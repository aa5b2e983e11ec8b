"""A call that would need one room too many, at the seam: no LiveKit, and a machine that is simulated."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator

import anyio
import pytest

from mcp_voice.capacity import Capacity, Measurement
from mcp_voice.errors import Busy
from mcp_voice.link import Typed
from mcp_voice.settings import load
from mcp_voice.tasks import owned_tasks
from mcp_voice.voice import Voice
from mcp_voice.voices.opening import voice_with
from testkit.fake_link import ALICE, FakeEngine
from testkit.waiting import until

pytestmark = pytest.mark.anyio

LIMIT = 10.0
ROOMS = [f"room-{index}" for index in range(5)]


@pytest.fixture
def engine() -> FakeEngine:
    """Five rooms with somebody in each."""
    return FakeEngine({room: [ALICE] for room in ROOMS})


@pytest.fixture
async def voice(engine: FakeEngine) -> AsyncIterator[Voice]:
    """One that hears two rooms at once."""
    async with voice_with(load(most_rooms=2, _env_file=None), engine) as opened:
        yield opened


def measured(at: float, *, lag: float) -> Measurement:
    """A machine with four idle processors."""
    return Measurement(at=at, seconds=0.5, cores=4.0, idle=4.0, own=0.1, loop=0.05, lag=lag, behind=0.0)


async def asks(voice: Voice, room_name: str) -> str:
    """Ask there and do not wait; gives the ask's id."""
    return (await voice.ask_in_room("What is it?", room_name=room_name, wait_seconds=0)).ask_id


async def test_a_burst_of_asks_is_refused_beyond_what_is_borne_and_the_open_ones_are_answered(
    voice: Voice, engine: FakeEngine
) -> None:
    """25 rooms at once were wrong in all of them; now a few are refused, at once, and told when to try again."""
    asked: dict[str, str] = {}
    refused: list[Busy] = []

    async def ask(room_name: str) -> None:
        try:
            asked[room_name] = await asks(voice, room_name)
        except Busy as busy:
            refused.append(busy)

    with anyio.fail_after(LIMIT):
        async with owned_tasks() as tasks:
            for room_name in ROOMS:
                tasks.start_soon(ask, room_name)
        assert (len(asked), len(refused)) == (2, 3)
        assert {busy.code for busy in refused} == {"busy"}
        assert re.fullmatch(
            r"Busy: 2 rooms are being heard, and this machine can take no more; nothing was spoken\. "
            r"Try again in about \d+ s, or add a worker\.",
            str(refused[0]),
        )
        for link in engine.links:
            link.hear(Typed("alice", link.room_name, time.monotonic()))
        for room_name, ask_id in asked.items():
            answer = await voice.wait_for_reply(ask_id)
            assert (answer.reply, answer.room_name) == (room_name, room_name)


async def test_a_call_for_a_room_that_is_heard_is_always_taken(voice: Voice) -> None:
    """Another question there costs next to nothing."""
    with anyio.fail_after(LIMIT):
        for room_name in ROOMS[:2]:
            await asks(voice, room_name)
        again = await voice.ask_in_room("And then?", room_name=ROOMS[0], wait_seconds=0)
        assert again.waiting_for == "floor"
        assert (await voice.listen_in_room(ROOMS[1], wait_seconds=0)).status == "pending"


@pytest.mark.parametrize("call", ["say", "listen"])
async def test_whatever_would_open_another_room_is_refused(voice: Voice, call: str) -> None:
    """Not questions alone cost something."""
    with anyio.fail_after(LIMIT):
        for room_name in ROOMS[:2]:
            await asks(voice, room_name)
        with pytest.raises(Busy):
            await (voice.say_in_room("Hello.", ROOMS[2]) if call == "say" else voice.listen_in_room(ROOMS[2]))
        assert ROOMS[2] not in voice.entered()


async def test_a_warm_room_is_left_for_a_question_elsewhere(
    voice: Voice, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """We stay in a room for two minutes after its question; nobody else waits for that."""
    monkeypatch.setattr("mcp_voice.capacity.admission.NEEDED_SECONDS", 0.0)
    with anyio.fail_after(LIMIT):
        for room_name in ROOMS[:2]:
            await voice.cancel_ask(await asks(voice, room_name))
        assert sorted(voice.entered()) == ROOMS[:2]
        await asks(voice, ROOMS[2])
        await until(lambda: voice.entered() == ROOMS[1:3], limit=LIMIT)


async def test_a_warm_room_that_was_just_called_for_is_not_left_for_another_one(voice: Voice) -> None:
    """Its question has not begun in that instant; left for another room, it would be entered again, as one too many."""
    outcomes: list[str] = []

    async def ask(room_name: str) -> None:
        try:
            await asks(voice, room_name)
            outcomes.append(room_name)
        except Busy:
            outcomes.append("busy")

    with anyio.fail_after(LIMIT):
        for room_name in ROOMS[:2]:
            await voice.cancel_ask(await asks(voice, room_name))
        async with owned_tasks() as tasks:
            for room_name in ROOMS[:4]:
                tasks.start_soon(ask, room_name)
        assert sorted(outcomes) == ["busy", "busy", *ROOMS[:2]]
        assert sorted(voice.entered()) == ROOMS[:2]


async def test_several_subjects_share_what_one_machine_bears(voice: Voice) -> None:
    """They have rooms of their own, not machines."""
    other = voice.apart(load(most_rooms=2, _env_file=None), inviter="sales")
    with anyio.fail_after(LIMIT):
        for room_name in ROOMS[:2]:
            await asks(voice, room_name)
        with pytest.raises(Busy):
            await asks(other, ROOMS[2])


async def test_without_a_limit_or_measurements_every_room_is_entered(engine: FakeEngine) -> None:
    """A script that brings an engine of its own."""
    with anyio.fail_after(LIMIT):
        async with voice_with(load(_env_file=None), engine) as voice:
            for room_name in ROOMS:
                await asks(voice, room_name)
            assert voice.entered() == ROOMS


async def test_a_voice_that_suffers_takes_new_rooms_again_once_it_is_calm(engine: FakeEngine) -> None:
    """The measurements are what decides, as they come."""
    capacity = Capacity()
    async with voice_with(load(_env_file=None), engine, capacity=capacity) as voice:
        with anyio.fail_after(LIMIT):
            await asks(voice, ROOMS[0])
            for step in range(4):
                capacity.measured(measured(time.monotonic() + step / 10, lag=0.4))
            with pytest.raises(Busy):
                await asks(voice, ROOMS[1])
            capacity.measured(measured(time.monotonic() + 4, lag=0.0))
            await asks(voice, ROOMS[1])
