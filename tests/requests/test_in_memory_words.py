"""Without a store that is shared: what people say beside an answer, in rooms that we are or were in."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import pytest

from mcp_voice.requests.notes import Noted, written
from mcp_voice.settings import load
from mcp_voice.turns.transcript import Reply, Transcript
from mcp_voice.voice import Voice
from mcp_voice.voices.opening import voice_with
from testkit.fake_link import ALICE, FakeEngine, FakeLink
from testkit.fake_page import FakePage
from testkit.opened import seats_of
from testkit.waiting import until
from tests.requests.kitchen import LIMIT, types

pytestmark = pytest.mark.anyio


@pytest.fixture
def engine() -> FakeEngine:
    """Of this process."""
    return FakeEngine(people={})


@pytest.fixture
async def voice(engine: FakeEngine) -> AsyncIterator[Voice]:
    """That waits for people who are to come."""
    async with voice_with(load(quiet_seconds=60.0, _env_file=None), engine, page=FakePage()) as opened:
        yield opened


def adds(voice: Voice, text: str) -> None:
    """Alice says something more."""
    now = time.monotonic()
    seats_of(voice).seat("kitchen", name="").transcript.keep(Reply(ALICE, text, "speech", now, now, now))


async def moved(voice: Voice, engine: FakeEngine) -> tuple[str, FakeLink]:
    """An ask for which nobody was in the usual room, so that it went to the kitchen; it waits for its answer."""
    pending = await voice.ask_in_room("What is it?", wait_seconds=0)
    assert pending.room_name == "voice"
    engine.people["kitchen"] = [ALICE]

    def there() -> list[FakeLink]:
        return [link for link in engine.links if link.room_name == "kitchen" and link.playouts]

    await until(there, limit=LIMIT)
    (link,) = there()
    link.playouts[0].finish()
    await until(lambda: link.asking, limit=LIMIT)
    return pending.ask_id, link


async def test_words_beside_an_answer_are_returned_with_it_in_whatever_room_it_was_asked(
    voice: Voice, engine: FakeEngine
) -> None:
    """It was opened for another one."""
    ask_id, link = await moved(voice, engine)
    adds(voice, "By the way.")
    types(link, "This.")
    answer = await voice.wait_for_reply(ask_id, LIMIT)
    assert (answer.reply, answer.room_name) == ("This.", "kitchen")
    assert [each.text for each in answer.said_meanwhile] == ["By the way."]


async def test_a_room_to_which_an_ask_has_gone_has_a_transcript(voice: Voice, engine: FakeEngine) -> None:
    """And what was said there is in the list of rooms, and beside a message that is sent there."""
    ask_id, link = await moved(voice, engine)
    types(link, "This.")
    await voice.wait_for_reply(ask_id, LIMIT)
    adds(voice, "And more.")
    assert "kitchen" in await voice.rooms_entered()
    assert [line.text for line in await voice.read_transcript("kitchen")] == ["What is it?", "This."]
    (room,) = [room for room in (await voice.list_rooms()).rooms if room.room_name == "kitchen"]
    assert [each.text for each in room.said_meanwhile] == ["And more."]
    sent = await voice.send_message_to_room("x", "kitchen")
    assert [each.text for each in sent.said_meanwhile] == ["And more."]


async def test_the_same_question_for_the_room_that_an_ask_has_gone_to_is_the_same_ask(
    voice: Voice, engine: FakeEngine
) -> None:
    """Its pending result has named that room."""
    ask_id, _ = await moved(voice, engine)
    assert (await voice.ask_in_room("What is it?", "kitchen", wait_seconds=0)).ask_id == ask_id


async def test_what_was_said_beside_it_is_returned_though_this_process_is_about_to_end(
    voice: Voice, engine: FakeEngine
) -> None:
    """No later one has it."""
    ask_id, _ = await moved(voice, engine)
    adds(voice, "By the way.")
    voice.return_calls()
    pending = await voice.wait_for_reply(ask_id)
    assert (pending.status, [each.text for each in pending.said_meanwhile]) == ("pending", ["By the way."])


async def test_a_transcript_stays_once_the_room_is_left(engine: FakeEngine) -> None:
    """For the library's ``transcript`` too."""
    engine.people["kitchen"] = [ALICE]
    async with voice_with(load(quiet_seconds=0.0, _env_file=None), engine) as voice:
        pending = await voice.ask_in_room("What is it?", "kitchen", wait_seconds=0)
        await until(lambda: engine.links and engine.links[0].playouts, limit=LIMIT)
        engine.links[0].playouts[0].finish()
        await until(lambda: engine.links[0].asking, limit=LIMIT)
        types(engine.links[0], "This.")
        await voice.wait_for_reply(pending.ask_id, LIMIT)
        await until(lambda: not engine.open and not voice.entered(), limit=LIMIT)
        assert [line.text for line in voice.transcript("kitchen")] == ["What is it?", "This."]


def test_notes_are_taken_up_by_a_transcript_that_was_begun_anew() -> None:
    """The voice of a subject goes once it has nothing to do; the next one must not write over what it had noted."""
    noted, before, anew = Noted(), Transcript(), Transcript()
    before.add("Which floor?", began_at=time.monotonic())
    now = time.monotonic()
    before.unclaimed.append(Reply(ALICE, "And more.", "speech", now, now, now))
    text = written(before)
    noted.wrote(text, before)
    noted.take_up(text, anew)
    assert [line.text for line in anew.lines] == ["Which floor?"]
    assert [reply.text for reply in anew.unclaimed] == ["And more."]
    assert noted.is_of(anew)


async def test_a_room_in_which_nothing_was_said_has_an_empty_transcript(engine: FakeEngine) -> None:
    """We were there."""
    engine.people["kitchen"] = [ALICE]
    async with voice_with(load(quiet_seconds=0.0, _env_file=None), engine) as voice:
        await voice.listen_in_room("kitchen", wait_seconds=0)
        await until(lambda: engine.links and not engine.open and not voice.entered(), limit=LIMIT)
        assert await voice.read_transcript("kitchen") == []


async def test_words_beside_a_question_that_is_withdrawn_are_returned_in_whatever_room_it_was_asked(
    voice: Voice, engine: FakeEngine
) -> None:
    """As with its answer."""
    ask_id, _ = await moved(voice, engine)
    adds(voice, "By the way.")
    cancelled = await voice.cancel_ask(ask_id)
    assert [each.text for each in cancelled.said_meanwhile] == ["By the way."]
