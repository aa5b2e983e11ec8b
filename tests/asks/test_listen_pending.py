"""What a pending listen_in_room says it waits for."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import anyio
import pytest

from mcp_voice.link import Reading, SegmentRead, SpeechStarted, SpeechStopped, Words
from mcp_voice.participants import EVERYBODY
from mcp_voice.progress import unreported
from mcp_voice.results import Answer
from mcp_voice.settings import load
from mcp_voice.tasks import owned_tasks
from mcp_voice.voice import Voice
from mcp_voice.voices.opening import voice_with
from testkit.fake_link import ALICE, BOB, FakeEngine, FakeLink
from testkit.opened import seats_of
from testkit.waiting import until

pytestmark = pytest.mark.anyio

LIMIT = 5.0


@pytest.fixture
def engine() -> FakeEngine:
    """A kitchen with two people."""
    return FakeEngine(people={"kitchen": [ALICE, BOB]})


@pytest.fixture
async def running(engine: FakeEngine) -> AsyncIterator[Voice]:
    """Asks in that kitchen, which has been entered."""
    async with voice_with(load(quiet_seconds=60.0, _env_file=None), engine) as opened:
        await listen(opened)
        yield opened


async def listen(running: Voice, *, participant: str = "", wait_seconds: float = 0.1) -> Answer:
    """Listen in the kitchen."""
    return await running.listen_in_room(
        room_name="kitchen", participant=participant, wait_seconds=wait_seconds, report=unreported
    )


async def speaks(running: Voice, link: FakeLink) -> None:
    """Alice says something that is at the recogniser now."""
    now = time.monotonic()
    link.hear(SpeechStarted("alice", now), SpeechStopped("alice", now + 0.01), Reading("alice", now + 0.01))
    listening = seats_of(running).seat("kitchen", name="").listener
    await until(lambda: listening.turns.words_coming(EVERYBODY), limit=LIMIT)


async def test_a_listen_that_ends_while_words_are_transcribed_says_so(running: Voice, engine: FakeEngine) -> None:
    """It said that nobody had said anything; the next call has the words."""
    (link,) = engine.links
    assert (await listen(running)).waiting_for is None
    await speaks(running, link)
    pending = await listen(running)
    assert (pending.status, pending.waiting_for) == ("pending", "words")
    assert "still being transcribed" in pending.next
    now = time.monotonic()
    link.hear(Words("alice", "good morning", final=True, at=now), SegmentRead("alice", now))
    heard = await listen(running, wait_seconds=LIMIT)
    assert (heard.status, heard.reply, heard.waiting_for) == ("answered", "good morning", None)


async def test_the_words_of_somebody_else_are_not_waited_for(running: Voice, engine: FakeEngine) -> None:
    """Only the named one is listened to."""
    (link,) = engine.links
    await speaks(running, link)
    assert (await listen(running, participant="bob")).waiting_for is None
    assert (await listen(running, participant="alice")).waiting_for == "words"


@pytest.mark.parametrize("wait_seconds", [0.0, 0.05])
async def test_a_wait_that_is_shorter_than_joining_joins(wait_seconds: float) -> None:
    """Each call gave the room up again while it was being joined, and a host that polls never heard anybody."""
    engine = FakeEngine(gate=anyio.Event())
    async with voice_with(load(quiet_seconds=60.0, _env_file=None), engine) as opened, owned_tasks() as tasks:
        heard: list[Answer] = []

        async def call() -> None:
            heard.append(await listen(opened, wait_seconds=wait_seconds))

        tasks.start_soon(call)
        await until(lambda: engine.log, limit=LIMIT)
        await anyio.sleep(2 * wait_seconds)
        assert not heard
        assert engine.gate is not None
        engine.gate.set()
        await until(lambda: heard, limit=LIMIT)
        assert (heard[0].status, opened.entered()) == ("pending", ["kitchen"])
        assert heard[0].next.startswith("Nobody has said anything new.")


async def test_a_call_that_does_not_wait_joins_a_room_in_which_nobody_is() -> None:
    """Whoever comes next is heard from their first word; it was left before it was joined."""
    engine = FakeEngine(people={"kitchen": []}, gate=anyio.Event())
    async with voice_with(load(quiet_seconds=60.0, _env_file=None), engine) as opened, owned_tasks() as tasks:
        heard: list[Answer] = []

        async def call() -> None:
            heard.append(await listen(opened, wait_seconds=0))

        tasks.start_soon(call)
        await until(lambda: engine.log, limit=LIMIT)
        assert engine.gate is not None
        engine.gate.set()
        await until(lambda: heard, limit=LIMIT)
        assert (heard[0].waiting_for, opened.entered()) == ("human", ["kitchen"])


async def test_a_room_that_cannot_be_joined_in_time_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody listens there, so it is not said that nobody has spoken."""
    monkeypatch.setattr("mcp_voice.asks.listen.ENTER_SECONDS", 0.1)
    async with voice_with(load(_env_file=None), FakeEngine(gate=anyio.Event())) as opened:
        told = await listen(opened, wait_seconds=0)
    assert told.status == "pending"
    assert told.next == "Nobody can be heard: room 'kitchen' could not be joined in time. Call listen_in_room again."
