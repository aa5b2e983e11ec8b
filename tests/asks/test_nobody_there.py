"""A question for a room in which nobody is: it stays open, and is asked once somebody is."""

from __future__ import annotations

import time

import pytest

from mcp_voice.errors import RemovedFromRoom, RoomClosed
from mcp_voice.link import SegmentRead, SpeechStarted, SpeechStopped, Words
from mcp_voice.settings import load
from mcp_voice.voice import Voice
from mcp_voice.voices.opening import voice_with
from testkit.fake_link import ALICE, FakeEngine
from testkit.fake_page import FakePage
from testkit.opened import ask_of, seats_of
from testkit.waiting import until
from tests.asks.empty_room import (
    LIMIT,
    QUESTION,
    QUIET,
    answered,
    ask,
    asked_in,
    engine,
    now,
    page,
    quick,
    running,
    waits,
)

__all__ = ["engine", "page", "quick", "running"]

pytestmark = pytest.mark.anyio


async def test_an_ask_with_nobody_there_stays_open_and_tells_the_way_in(
    running: Voice, engine: FakeEngine, page: FakePage
) -> None:
    """The usual room is made and entered, the page opens, and whoever comes is asked."""
    pending = await ask(running)
    told = await until(lambda: page.opened, limit=LIMIT)
    pending = await waits(running, pending.ask_id)
    assert (pending.room_name, pending.waiting_for) == ("voice", "human")
    assert page.url in pending.next
    assert "open in their browser" in pending.next
    assert f"wait_for_reply(ask_id={pending.ask_id!r})" in pending.next
    assert page.made_for == [("voice", "", "mcp-voice")]
    assert told == page.links
    assert engine.log == ["make voice", "connect voice as mcp-voice"]
    engine.links[0].joins(ALICE)
    link = await asked_in(engine)
    assert page.url not in (await now(running, pending.ask_id)).next
    answer = await answered(running, link, pending.ask_id)
    assert (answer.status, answer.reply, answer.spoken) == ("answered", "This.", QUESTION)


async def test_whoever_comes_in_is_not_spoken_at_in_that_instant(
    running: Voice, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is a second of quiet first, in which the voice makes the question's sound."""
    monkeypatch.setattr("mcp_voice.asks.arrival.QUIET_SECONDS", 1.0)
    await waits(running, (await ask(running)).ask_id)
    came_at = time.monotonic()
    engine.links[0].joins(ALICE)
    await until(lambda: f"synthesize {QUESTION}" in engine.log, limit=LIMIT)
    assert not engine.links[0].playouts
    await until(lambda: engine.links[0].playouts, limit=LIMIT)
    assert time.monotonic() - came_at >= 1.0


async def test_somebody_who_speaks_as_they_come_in_is_heard_out_and_heard(running: Voice, engine: FakeEngine) -> None:
    """Then they are asked, and what they said is told with the answer."""
    pending = await waits(running, (await ask(running)).ask_id)
    (link,) = engine.links
    link.joins(ALICE)
    link.hear(SpeechStarted("alice", time.monotonic()))
    await until(seats_of(running).seat("voice", name="").listener.somebody_speaks, limit=LIMIT)
    with pytest.raises(TimeoutError):
        await until(lambda: link.playouts, limit=2 * QUIET)
    at = time.monotonic()
    link.hear(
        SpeechStopped("alice", at),
        Words("alice", "Hello, who is there?", final=True, at=at),
        SegmentRead("alice", at),
    )
    await asked_in(engine)
    answer = await answered(running, link, pending.ask_id)
    assert answer.reply == "This."
    assert [each.text for each in answer.said_meanwhile] == ["Hello, who is there?"]


async def test_somebody_who_goes_before_the_question_sounds_is_waited_for_anew(
    running: Voice, engine: FakeEngine
) -> None:
    """It had been an error, or an answer of its own, for a question that nobody had heard."""
    engine.people = {"voice": [ALICE]}
    first = await ask(running)
    link = await asked_in(engine)
    second = await ask(running, "And what now?")
    assert second.waiting_for == "floor"
    link.leaves(ALICE)
    engine.people["voice"] = []
    assert (await now(running, first.ask_id, wait_seconds=LIMIT)).status == "left"
    assert (await waits(running, second.ask_id)).waiting_for == "human"
    link.joins(ALICE)
    await asked_in(engine, playout=1)
    assert (await answered(running, link, second.ask_id)).reply == "This."


async def test_several_asks_for_an_empty_room_wait_together_and_are_asked_in_order(
    running: Voice, engine: FakeEngine, page: FakePage
) -> None:
    """One page, one link, and each says that it is the human who is waited for."""
    first, second = await ask(running), await ask(running, "And what now?")
    for pending in (first, second):
        found = await waits(running, pending.ask_id)
        assert (found.floor_held_by, page.url in found.next) == ("", True)
    assert (len(page.links), len(page.opened)) == (1, 1)
    engine.links[0].joins(ALICE)
    engine.people["voice"] = [ALICE]
    for number, pending in enumerate((first, second)):
        link = await asked_in(engine, playout=number)
        await answered(running, link, pending.ask_id)
    assert [each.text for each in engine.links[0].playouts] == [QUESTION, "And what now?"]
    assert len(page.links) == 1


async def test_asks_for_two_empty_rooms_wait_side_by_side(running: Voice, engine: FakeEngine, page: FakePage) -> None:
    """Each with a link of its own."""
    kitchen, hall = await ask(running, room_name="kitchen"), await ask(running, room_name="hall")
    for pending in (kitchen, hall):
        await waits(running, pending.ask_id)
    assert {each.room_name for each in page.links} == {"kitchen", "hall"}
    link = next(each for each in engine.links if each.room_name == "hall")
    link.joins(ALICE)
    await until(lambda: link.playouts, limit=LIMIT)
    link.playouts[0].finish()
    assert (await answered(running, link, hall.ask_id)).reply == "This."
    assert (await now(running, kitchen.ask_id)).waiting_for == "human"


async def test_the_same_question_asked_again_while_it_waits_joins_the_open_one(running: Voice, page: FakePage) -> None:
    """With the same link."""
    first = await ask(running)
    assert (await ask(running)).ask_id == first.ask_id
    assert len(page.links) == 1


async def test_an_ask_that_nobody_came_for_is_closed_at_its_time_and_says_so(
    engine: FakeEngine, page: FakePage
) -> None:
    """Nobody has heard it."""
    async with voice_with(load(ask_seconds=1, _env_file=None), engine, page=page) as running:
        closed = await now(running, (await ask(running)).ask_id, wait_seconds=LIMIT)
    assert closed.status == "cancelled"
    assert "Nobody has heard this question: nobody who could answer has joined" in closed.next
    assert page.url not in closed.next


async def test_an_ask_that_waits_can_be_withdrawn_and_the_next_one_is_asked(
    running: Voice, engine: FakeEngine, page: FakePage
) -> None:
    """The same link and page serve it, which have not been used."""
    first = await waits(running, (await ask(running)).ask_id)
    assert (await running.cancel_ask(first.ask_id)).status == "cancelled"
    second = await waits(running, (await ask(running, "And what now?")).ask_id)
    assert (len(page.links), len(page.opened)) == (1, 1)
    engine.links[-1].joins(ALICE)
    link = await asked_in(engine, len(engine.links) - 1)
    assert (await answered(running, link, second.ask_id)).reply == "This."


async def test_a_room_that_livekit_closes_while_it_is_empty_is_made_again(running: Voice, engine: FakeEngine) -> None:
    """It closes one in which nobody is but agents."""
    pending = await waits(running, (await ask(running)).ask_id)
    del engine.people["voice"]
    engine.links[0].lose(RoomClosed("The room was closed."))
    await until(lambda: len(engine.links) == 2, limit=LIMIT)
    assert engine.log.count("make voice") == 2
    engine.links[1].joins(ALICE)
    assert (await answered(running, await asked_in(engine, 1), pending.ask_id)).reply == "This."


async def test_an_ask_whose_room_somebody_deletes_while_it_waits_ends(running: Voice, engine: FakeEngine) -> None:
    """That is their decision."""
    pending = await waits(running, (await ask(running)).ask_id)
    engine.links[0].lose(RemovedFromRoom("The room was deleted.", code="room-closed"))
    with pytest.raises(RemovedFromRoom):
        await now(running, pending.ask_id, wait_seconds=LIMIT)


async def test_a_question_behind_one_that_waited_is_asked_though_the_room_was_closed_meanwhile(
    running: Voice, engine: FakeEngine
) -> None:
    """It was made again, and nobody had decided that the second question is not to be asked."""
    first = await waits(running, (await ask(running)).ask_id)
    second = await ask(running, "And what now?")
    ask_of(running, second.ask_id).opened_at -= 60.0
    engine.links[0].lose(RoomClosed("The room was closed."))
    await until(lambda: len(engine.links) == 2, limit=LIMIT)
    ask_of(running, second.ask_id).opened_at -= 60.0
    engine.people["voice"] = [ALICE]
    engine.links[1].joins(ALICE)
    link = await asked_in(engine, 1)
    assert (await answered(running, link, first.ask_id)).reply == "This."
    await asked_in(engine, 1, playout=1)
    assert (await answered(running, link, second.ask_id)).status == "answered"
