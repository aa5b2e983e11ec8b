"""Calls that listen or speak while their process is about to end: they return, and nothing is lost."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable

import anyio
import pytest

from mcp_voice.asks.ending import Ending
from mcp_voice.errors import VoiceError
from mcp_voice.link import SegmentRead, SpeechStarted, SpeechStopped, Words
from mcp_voice.participants import EVERYBODY
from mcp_voice.results import Answer, Said
from mcp_voice.settings import load
from mcp_voice.tasks import owned_tasks
from mcp_voice.voice import Voice
from mcp_voice.voices.opening import voice_with
from testkit.fake_link import ALICE, FakeEngine
from testkit.opened import seats_of
from testkit.waiting import until
from tests.asks.test_listening_survives import spoken_in

pytestmark = pytest.mark.anyio

LIMIT = 5.0
MESSAGE = "The build is done."


@pytest.fixture
def engine() -> FakeEngine:
    """A kitchen with one human, and an attic with nobody."""
    return FakeEngine(people={"kitchen": [ALICE], "attic": []})


@pytest.fixture
async def running(engine: FakeEngine) -> AsyncIterator[Voice]:
    """Asks there."""
    async with voice_with(load(quiet_seconds=60.0, nobody="wait", _env_file=None), engine) as opened:
        yield opened


async def ended(
    running: Voice, call: Callable[[], Awaitable[object]], under_way: Callable[[], Awaitable[object]]
) -> object:
    """What a call returns, or raises, that is under way when the process is told to end."""
    found: list[object] = []

    async def run() -> None:
        try:
            found.append(await call())
        except VoiceError as error:
            found.append(error)

    with anyio.fail_after(LIMIT):
        async with owned_tasks() as tasks:
            tasks.start_soon(run)
            await under_way()
            running.return_calls()
            await until(lambda: found, limit=LIMIT)
    return found[0]


async def test_a_listen_returns_what_is_being_said_and_what_was_said_stays(running: Voice, engine: FakeEngine) -> None:
    """As when its time is over."""

    async def speaking() -> None:
        await until(lambda: engine.links, limit=LIMIT)
        now = time.monotonic()
        engine.links[0].hear(SpeechStarted("alice", now), Words("alice", "good", final=False, at=now))
        turns = seats_of(running).seat("kitchen", name="").listener.turns
        await until(lambda: turns.words_so_far(EVERYBODY), limit=LIMIT)

    found = await ended(running, lambda: running.listen_in_room("kitchen", wait_seconds=60), speaking)
    assert isinstance(found, Answer)
    assert (found.status, found.heard_so_far) == ("pending", "good")
    now = time.monotonic()
    words = Words("alice", "good morning", final=True, at=now)
    engine.links[0].hear(SpeechStopped("alice", now), words, SegmentRead("alice", now))
    transcript = seats_of(running).seat("kitchen", name="").transcript
    await until(lambda: transcript.unclaimed, limit=LIMIT)
    again = await running.listen_in_room("kitchen", wait_seconds=60)
    assert (again.status, again.reply) == ("answered", "good morning")


async def test_a_question_that_ends_with_its_server_is_to_be_asked_again(running: Voice) -> None:
    """No later call could find it, nor could anybody open its page."""

    async def waiting() -> None:
        await until(lambda: seats_of(running).known("attic") is not None, limit=LIMIT)

    found = await ended(running, lambda: running.ask_in_room("Ready?", "attic", wait_seconds=60), waiting)
    assert isinstance(found, Answer)
    assert found.status == "pending"
    assert "shutting down" in found.next
    assert "Ask again" in found.next
    assert "do not ask again" not in found.next


async def test_a_listen_where_nobody_is_returns_too(running: Voice, engine: FakeEngine) -> None:
    """It waits for somebody to join."""

    async def waiting() -> None:
        await until(lambda: seats_of(running).known("attic") is not None, limit=LIMIT)

    found = await ended(running, lambda: running.listen_in_room("attic", wait_seconds=60), waiting)
    assert isinstance(found, Answer)
    assert (found.status, found.waiting_for) == ("pending", "human")


async def test_what_is_being_said_is_cut_off_and_its_result_has_what_was_spoken(
    running: Voice, engine: FakeEngine
) -> None:
    """And says why: nobody spoke over it."""
    found = await ended(running, lambda: running.say_in_room(MESSAGE, "kitchen"), lambda: spoken_in(engine, MESSAGE))
    assert isinstance(found, Said)
    assert (found.status, found.spoken) == ("interrupted", MESSAGE[: len(MESSAGE) // 2])
    assert "shutting down" in found.next


async def test_what_waits_to_be_said_is_not_said(running: Voice, engine: FakeEngine) -> None:
    """It waits for another one to be over."""
    async with owned_tasks() as tasks:
        tasks.start_soon(running.say_in_room, "First.", "kitchen")
        await spoken_in(engine, "First.")

        async def queued() -> None:
            turn = seats_of(running).seat("kitchen", name="").turn_to_speak
            await until(lambda: turn._lock.statistics().tasks_waiting, limit=LIMIT)

        found = await ended(running, lambda: running.say_in_room(MESSAGE, "kitchen"), queued)
        assert isinstance(found, VoiceError)
        assert found.code == "ending"
        tasks.cancel_scope.cancel()


def test_what_begins_when_it_has_come_is_cut_at_once() -> None:
    """A call may be between two waits at that moment."""
    ending, cut = Ending(), []
    with ending.cuts(lambda: cut.append("first")):
        pass
    ending.come()
    with ending.cuts(lambda: cut.append("second")):
        pass
    assert cut == ["second"]
