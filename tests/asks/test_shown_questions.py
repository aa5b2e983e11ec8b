"""A question that clients show can be answered from the instant at which they show it."""

from __future__ import annotations

import time

import anyio
import pytest

from mcp_voice.link import Joined, MicrophoneChanged, Typed
from mcp_voice.voice import Voice
from testkit.fake_link import ALICE, FakeEngine
from testkit.opened import ask_of, seats_of
from testkit.reporting import unreported
from testkit.waiting import until
from tests.asks.empty_room import LIMIT, asked_in, engine, now, page, quick, running

__all__ = ["engine", "page", "quick", "running"]

pytestmark = pytest.mark.anyio


async def test_a_question_is_shown_once_an_answer_to_it_is_taken_however_late_the_voice(
    running: Voice, engine: FakeEngine
) -> None:
    """What is tapped as soon as it can be is the answer; what was typed before is told beside it."""
    engine.people = {"voice": [ALICE]}
    engine.voice_due = anyio.Event()
    pending = await running.ask_in_room("Ship it?", choices=["yes", "no"], wait_seconds=0.1, report=unreported)
    (link,) = engine.links
    await until(lambda: link.playouts, limit=LIMIT)
    assert (link.floor, link.asking) == (pending.ask_id, {})
    link.hear(Typed("alice", "One moment.", time.monotonic()))
    engine.voice_due.set()
    await until(lambda: link.asking, limit=LIMIT)
    link.hear(Typed("alice", "yes", time.monotonic()))
    answer = await now(running, pending.ask_id, wait_seconds=LIMIT)
    assert (answer.status, answer.reply, answer.choice) == ("answered", "yes", "yes")
    assert [each.text for each in answer.said_meanwhile] == ["One moment."]


async def test_what_is_said_as_soon_as_we_are_back_answers_a_question_that_had_been_heard(
    running: Voice, engine: FakeEngine
) -> None:
    """LiveKit may show us late who is there, and they need not wait for that."""
    engine.people = {"voice": [ALICE]}
    pending = await running.ask_in_room("Ship it?", choices=["yes", "no"], wait_seconds=0.1, report=unreported)
    await asked_in(engine)
    await until(lambda: ask_of(running, pending.ask_id).phase == "listening", limit=LIMIT)
    engine.people = {"voice": []}
    engine.links[0].lose()
    await until(lambda: len(engine.links) == 2, limit=LIMIT)
    link = engine.links[1]
    link.hear(Joined(ALICE), Typed("alice", "yes", time.monotonic()))
    await until(lambda: seats_of(running).seat("voice", name="").transcript.lines[-1].text == "yes", limit=LIMIT)
    link.present.append(ALICE)
    link.hear(MicrophoneChanged(ALICE))
    answer = await now(running, pending.ask_id, wait_seconds=LIMIT)
    assert (answer.status, answer.choice) == ("answered", "yes")
