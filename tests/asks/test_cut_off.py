"""A connection that breaks while a question sounds or is answered: half an answer is none, and no word is lost."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import pytest

from mcp_voice.link import Reconnected, Reconnecting, SegmentRead, SpeechStarted, SpeechStopped, Words
from mcp_voice.requests.asking import MOST_SPOKEN
from mcp_voice.results import Answer, Meanwhile
from mcp_voice.settings import load
from mcp_voice.turns import open_turns, outage
from mcp_voice.voice import Voice
from mcp_voice.voices.opening import voice_with
from testkit.fake_link import ALICE, FakeEngine, FakeLink
from testkit.fake_playout import FakePlayout
from testkit.opened import seats_of
from testkit.waiting import until

pytestmark = pytest.mark.anyio

LIMIT = 10.0
QUESTION = "What do you want?"
AGAIN = f"Sorry, I was cut off. {QUESTION}"
BLIP = 0.3
"""Seconds that an outage lasts here, at least, in which sound is lost."""


@pytest.fixture
def engine() -> FakeEngine:
    """Alice in the kitchen."""
    return FakeEngine()


@pytest.fixture
async def voice(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Voice]:
    """Who asks there."""
    for module in (open_turns, outage):
        monkeypatch.setattr(module, "HEARD_ON_SECONDS", BLIP)
    async with voice_with(load(quiet_seconds=60.0, patience=0.5, _env_file=None), engine) as opened:
        yield opened


async def asked(voice: Voice, engine: FakeEngine) -> tuple[str, FakeLink]:
    """The id of a question that has sounded, and the room."""
    pending = await voice.ask_in_room(QUESTION, "kitchen", wait_seconds=0)
    return pending.ask_id, await spoken(engine, QUESTION)


async def spoken(engine: FakeEngine, text: str) -> FakeLink:
    """The room, once this has been spoken there to its end, and can be answered."""
    await until(lambda: [each for each in playouts(engine) if each.text == text], limit=LIMIT)
    link = engine.links[-1]
    await until(lambda: link.asking, limit=LIMIT)
    [each for each in playouts(engine) if each.text == text][-1].finish()
    return link


def playouts(engine: FakeEngine) -> list[FakePlayout]:
    """All that was said."""
    return [each for link in engine.links for each in link.playouts]


def said(engine: FakeEngine) -> list[str]:
    """Its words."""
    return [each.text for each in playouts(engine)]


def begins(link: FakeLink, words: str) -> None:
    """Alice says so much, and goes on speaking."""
    now = time.monotonic()
    link.hear(SpeechStarted("alice", now), Words("alice", words, final=True, at=now))


def ends(link: FakeLink, words: str = "") -> None:
    """She has said this, and falls silent."""
    now = time.monotonic()
    if words:
        link.hear(Words("alice", words, final=True, at=now))
    link.hear(SpeechStopped("alice", now), SegmentRead("alice", now))


async def half(voice: Voice, ask_id: str) -> Answer:
    """The ask, once words of an answer are seen, with all that was said meanwhile until then."""
    answer = await voice.wait_for_reply(ask_id, 0)
    told = list(answer.said_meanwhile)
    while not answer.heard_so_far:
        answer = await voice.wait_for_reply(ask_id, 0.05)
        told += answer.said_meanwhile
    return answer.model_copy(update={"said_meanwhile": told})


async def passes(seconds: float) -> None:
    """So much time."""
    end = time.monotonic() + seconds
    await until(lambda: time.monotonic() > end, limit=LIMIT)


async def restarts(link: FakeLink) -> None:
    """LiveKit's server does, and whoever was in the room is back by the same connection."""
    link.hear(Reconnecting())
    ends(link)
    await passes(2 * BLIP)
    link.leaves(ALICE)
    link.joins(ALICE)
    link.hear(Reconnected())


async def test_half_an_answer_is_asked_for_again_once_the_room_has_been_entered_again(
    voice: Voice, engine: FakeEngine
) -> None:
    """What was heard stands beside the whole answer."""
    ask_id, link = await asked(voice, engine)
    begins(link, "Seven boxes.")
    assert (await half(voice, ask_id)).heard_so_far == "Seven boxes."
    link.lose()
    again = await spoken(engine, AGAIN)
    assert again is not link
    begins(again, "Seven boxes of oranges.")
    ends(again)
    answer = await voice.wait_for_reply(ask_id, LIMIT)
    assert (answer.status, answer.reply) == ("answered", "Seven boxes of oranges.")
    assert [each.text for each in answer.said_meanwhile] == ["Seven boxes."]
    assert said(engine) == [QUESTION, AGAIN]


async def test_half_an_answer_is_asked_for_again_where_the_same_connection_is_back(
    voice: Voice, engine: FakeEngine
) -> None:
    """LiveKit's library joins anew by itself; whoever spoke has gone and come there."""
    ask_id, link = await asked(voice, engine)
    begins(link, "Seven boxes.")
    await half(voice, ask_id)
    await restarts(link)
    await spoken(engine, AGAIN)
    begins(link, "Oranges.")
    ends(link)
    answer = await voice.wait_for_reply(ask_id, LIMIT)
    assert (answer.reply, [each.text for each in answer.said_meanwhile]) == ("Oranges.", ["Seven boxes."])


async def test_whoever_goes_on_after_an_outage_has_given_one_answer(voice: Voice, engine: FakeEngine) -> None:
    """And is not asked again."""
    ask_id, link = await asked(voice, engine)
    begins(link, "Seven boxes")
    await half(voice, ask_id)
    link.lose()
    await until(lambda: len(engine.links) == 2 and engine.links[1].asking, limit=LIMIT)
    begins(engine.links[1], "of oranges.")
    ends(engine.links[1])
    assert (await voice.wait_for_reply(ask_id, LIMIT)).reply == "Seven boxes of oranges."
    assert said(engine) == [QUESTION]


async def test_an_answer_whose_sound_went_on_is_whole(voice: Voice, engine: FakeEngine) -> None:
    """Only the signalling was broken, for a moment or for longer."""
    for seconds in (0.0, 2 * BLIP):
        ask_id, link = await asked(voice, engine)
        begins(link, "Seven boxes")
        await half(voice, ask_id)
        link.hear(Reconnecting())
        await passes(seconds)
        ends(link, "of oranges.")
        link.hear(Reconnected())
        assert (await voice.wait_for_reply(ask_id, LIMIT)).reply == "Seven boxes of oranges."
    assert said(engine) == [QUESTION] * 2


async def test_an_answer_that_was_over_before_the_outage_is_the_reply(voice: Voice, engine: FakeEngine) -> None:
    """Its pause had begun."""
    ask_id, link = await asked(voice, engine)
    begins(link, "Seven boxes of")
    now = time.monotonic()
    link.hear(SpeechStopped("alice", now - 1.0), SegmentRead("alice", now), Reconnecting())
    assert (await voice.wait_for_reply(ask_id, LIMIT)).reply == "Seven boxes of"


async def test_a_question_that_sounded_into_an_outage_is_asked_again(voice: Voice, engine: FakeEngine) -> None:
    """We hear ourselves to the end; nobody else has."""
    pending = await voice.ask_in_room(QUESTION, "kitchen", wait_seconds=0)
    await until(lambda: said(engine), limit=LIMIT)
    link = engine.links[0]
    await until(lambda: link.asking, limit=LIMIT)
    link.hear(Reconnecting())
    await spoken(engine, QUESTION)
    await passes(2 * BLIP)
    assert said(engine) == [QUESTION]
    link.hear(Reconnected())
    await spoken(engine, AGAIN)
    begins(link, "Oranges.")
    ends(link)
    assert (await voice.wait_for_reply(pending.ask_id, LIMIT)).reply == "Oranges."


async def test_nobody_is_asked_more_than_twice_however_often_they_are_cut_off(voice: Voice, engine: FakeEngine) -> None:
    """From then on they are listened to, and all of it is returned."""
    ask_id, link = await asked(voice, engine)
    told: list[Meanwhile] = []
    seat = seats_of(voice).seat("kitchen", name="")
    for number, words in enumerate(("One", "Two", "Three")):
        begins(link, words)
        told += (await half(voice, ask_id)).said_meanwhile
        await restarts(link)
        if number == 0:
            await spoken(engine, AGAIN)
        await until(lambda: not seat.listener.turns.all(), limit=LIMIT)
    begins(link, "Four.")
    ends(link)
    answer = await voice.wait_for_reply(ask_id, LIMIT)
    assert answer.reply == "Four."
    assert [each.text for each in [*told, *answer.said_meanwhile]] == ["One", "Two", "Three"]
    assert len(said(engine)) == MOST_SPOKEN
