"""A question that ends with its call: nothing that was said is lost, and nobody is sent to wait for it."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import pytest

from mcp_voice.link import Typed
from mcp_voice.results import Answer
from mcp_voice.settings import load
from mcp_voice.voice import Voice, voice_with
from mcp_voice.withdrawing import withdrawn
from testkit.fake_link import ALICE, BOB, FakeEngine, FakeLink
from testkit.waiting import until

pytestmark = pytest.mark.anyio

LIMIT = 10.0


@pytest.fixture
def engine() -> FakeEngine:
    """A kitchen with two people."""
    return FakeEngine(people={"kitchen": [ALICE, BOB]})


@pytest.fixture
async def running(engine: FakeEngine) -> AsyncIterator[Voice]:
    """A voice in that kitchen."""
    async with voice_with(load(quiet_seconds=60.0, _env_file=None), engine) as opened:
        yield opened


async def asked(running: Voice, engine: FakeEngine) -> tuple[Answer, FakeLink]:
    """Ask Alice something, which has been played."""
    pending = await running.ask_in_room("Which?", "kitchen", "alice", wait_seconds=0)
    await until(lambda: engine.links and engine.links[0].playouts, limit=LIMIT)
    engine.links[0].playouts[-1].finish()
    return pending, engine.links[0]


async def test_whoever_asked_is_not_sent_to_wait_for_a_question_that_is_withdrawn(
    running: Voice, engine: FakeEngine
) -> None:
    """`next` named wait_for_reply, with an id that nobody knew any more; what others said came with nothing."""
    pending, link = await asked(running, engine)
    link.hear(Typed("bob", "ask me", time.monotonic()))
    kept = running.links.seat("kitchen", name="").transcript.unclaimed
    await until(lambda: len(kept) > 0, limit=LIMIT)
    answer = await withdrawn(running, pending)
    assert (answer.status, answer.ask_id) == ("pending", pending.ask_id)
    assert "wait_for_reply(" not in answer.next
    assert "withdrawn" in answer.next
    assert [(line.who.identity, line.text) for line in answer.said_meanwhile] == [("bob", "ask me")]
    assert (await running.wait_for_reply(pending.ask_id, 0)).status == "cancelled"


async def test_an_answer_that_came_just_before_its_question_was_withdrawn_is_returned(
    running: Voice, engine: FakeEngine
) -> None:
    """It was given, and the question was open when it was."""
    pending, link = await asked(running, engine)
    link.hear(Typed("alice", "this one", time.monotonic()))
    await running.wait_for_reply(pending.ask_id, LIMIT)
    answer = await withdrawn(running, pending)
    assert (answer.status, answer.reply) == ("answered", "this one")


async def test_where_nobody_came_it_is_said_how_somebody_does(engine: FakeEngine) -> None:
    """A script has no host whose progress shows the link."""
    engine.people["kitchen"] = []
    async with voice_with(load(quiet_seconds=60.0, nobody="wait", _env_file=None), engine) as opened:
        pending = await opened.ask_in_room("Which?", "kitchen", wait_seconds=0.5)
        assert pending.waiting_for == "human"
        answer = await withdrawn(opened, pending)
    assert (answer.status, answer.waiting_for) == ("pending", "human")
    assert "room kitchen" in answer.next
    assert "mcp-voice invite" in answer.next
