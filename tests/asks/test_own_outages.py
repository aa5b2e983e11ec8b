"""Somebody's own connection breaks while they answer: they go on if they return, and half an answer is none."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import pytest

from mcp_voice.link import Reachable, SegmentRead, SpeechStarted, SpeechStopped, Unreachable, Words
from mcp_voice.participants import Participant
from mcp_voice.settings import load
from mcp_voice.turns import outage, presence, turn
from mcp_voice.voice import Voice
from mcp_voice.voices.opening import voice_with
from testkit.fake_link import ALICE, FakeEngine, FakeLink
from testkit.opened import seats_of
from testkit.waiting import until

pytestmark = pytest.mark.anyio

LIMIT = 10.0
QUESTION = "What do you want?"
BLIP = 0.3
"""Seconds after which a break is none of a moment, here."""
CAROL = Participant("carol", "Carol", "human")
PHONE = Participant("alice", "Alice", "phone", "active")


@pytest.fixture
def engine() -> FakeEngine:
    """Alice in the kitchen."""
    return FakeEngine()


@pytest.fixture
async def voice(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Voice]:
    """Who asks there."""
    for module in (turn, outage):
        monkeypatch.setattr(module, "HEARD_ON_SECONDS", BLIP)
    monkeypatch.setattr(presence, "ABSENCE_SECONDS", BLIP)
    monkeypatch.setattr(presence, "FAREWELL_SECONDS", BLIP)
    async with voice_with(load(quiet_seconds=60.0, patience=0.5, _env_file=None), engine) as opened:
        yield opened


async def asked(voice: Voice, engine: FakeEngine) -> tuple[str, FakeLink]:
    """The id of a question that has sounded, and the room."""
    pending = await voice.ask_in_room(QUESTION, "kitchen", wait_seconds=0)
    await sounded(engine, 1)
    return pending.ask_id, engine.links[0]


async def sounded(engine: FakeEngine, times: int) -> None:
    """The question has been spoken so often to its end."""
    await until(lambda: engine.links and len(engine.links[0].playouts) == times, limit=LIMIT)
    await until(lambda: engine.links[0].asking, limit=LIMIT)
    engine.links[0].playouts[-1].finish()


def begins(link: FakeLink, words: str) -> None:
    """Alice says so much, and goes on speaking."""
    now = time.monotonic()
    link.hear(SpeechStarted("alice", now), Words("alice", words, final=True, at=now))


def breaks(link: FakeLink) -> float:
    """Nothing comes of her any more: voice activity ends with it. When that was."""
    now = time.monotonic()
    link.hear(Unreachable("alice", now), SpeechStopped("alice", now), SegmentRead("alice", now))
    return now


def ends(link: FakeLink) -> None:
    """She falls silent."""
    now = time.monotonic()
    link.hear(SpeechStopped("alice", now), SegmentRead("alice", now))


async def passes(seconds: float) -> None:
    """So much time."""
    end = time.monotonic() + seconds
    await until(lambda: time.monotonic() > end, limit=LIMIT)


async def broken_off(voice: Voice, link: FakeLink, ask_id: str) -> None:
    """Half an answer, whose silence is no end of it, however long it lasts."""
    begins(link, "Seven boxes.")
    breaks(link)
    await passes(3 * BLIP)
    answer = await voice.wait_for_reply(ask_id, 0)
    assert (answer.status, answer.heard_so_far) == ("pending", "Seven boxes.")


async def test_whoever_is_reached_again_goes_on(voice: Voice, engine: FakeEngine) -> None:
    """Over the same connection."""
    ask_id, link = await asked(voice, engine)
    await broken_off(voice, link, ask_id)
    link.hear(Reachable("alice", time.monotonic()))
    begins(link, "Of oranges.")
    ends(link)
    assert (await voice.wait_for_reply(ask_id, LIMIT)).reply == "Seven boxes. Of oranges."
    assert len(link.playouts) == 1


async def test_whoever_comes_back_by_another_connection_goes_on(voice: Voice, engine: FakeEngine) -> None:
    """LiveKit ends the old one, whose participant goes just before."""
    ask_id, link = await asked(voice, engine)
    await broken_off(voice, link, ask_id)
    link.hear(Reachable("alice", time.monotonic()))
    link.leaves(ALICE)
    link.joins(ALICE)
    await passes(BLIP)
    begins(link, "Of oranges.")
    ends(link)
    assert (await voice.wait_for_reply(ask_id, LIMIT)).reply == "Seven boxes. Of oranges."


async def test_whoever_is_back_and_says_nothing_is_asked_again(voice: Voice, engine: FakeEngine) -> None:
    """They have said the rest to nobody; what was heard stands beside the whole answer."""
    ask_id, link = await asked(voice, engine)
    await broken_off(voice, link, ask_id)
    link.hear(Reachable("alice", time.monotonic()))
    await sounded(engine, 2)
    assert link.playouts[-1].text == f"Sorry, I was cut off. {QUESTION}"
    begins(link, "Seven boxes of oranges.")
    ends(link)
    answer = await voice.wait_for_reply(ask_id, LIMIT)
    assert (answer.reply, [each.text for each in answer.said_meanwhile]) == (
        "Seven boxes of oranges.",
        ["Seven boxes."],
    )


async def test_half_an_answer_of_somebody_who_does_not_return_is_kept_and_told_as_half(
    voice: Voice, engine: FakeEngine
) -> None:
    """LiveKit's server finds out after 21 s that nobody is there any more."""
    ask_id, link = await asked(voice, engine)
    await broken_off(voice, link, ask_id)
    link.hear(Reachable("alice", time.monotonic()))  # her track is gone
    link.leaves(ALICE, broke=True)
    answer = await voice.wait_for_reply(ask_id, LIMIT)
    assert (answer.status, answer.reply) == ("left", None)
    assert [each.text for each in answer.said_meanwhile] == ["Seven boxes."]
    assert "'alice' lost the connection mid-answer" in answer.next
    assert len(link.playouts) == 1


async def test_others_may_answer_while_somebody_cannot_be_reached(voice: Voice, engine: FakeEngine) -> None:
    """And whoever asks next does not wait for the end of their sentence."""
    ask_id, link = await asked(voice, engine)
    link.joins(CAROL)
    await broken_off(voice, link, ask_id)
    now = time.monotonic()
    link.hear(SpeechStarted("carol", now), Words("carol", "Six.", final=True, at=now))
    link.hear(SpeechStopped("carol", now), SegmentRead("carol", now))
    assert (await voice.wait_for_reply(ask_id, LIMIT)).reply == "Six."
    assert not seats_of(voice).seat("kitchen", name="").listener.somebody_speaks()


async def test_a_connection_that_stumbles_within_a_sentence_cuts_nothing_off(voice: Voice, engine: FakeEngine) -> None:
    """So does a microphone that is muted, or taken away, after the last word."""
    ask_id, link = await asked(voice, engine)
    begins(link, "Seven boxes.")
    link.hear(Reachable("alice", breaks(link)))
    assert (await voice.wait_for_reply(ask_id, LIMIT)).reply == "Seven boxes."


async def test_whose_connection_breaks_within_a_word_at_once_has_given_half_an_answer(
    voice: Voice, engine: FakeEngine
) -> None:
    """Where LiveKit's server knows it before anything is missed."""
    ask_id, link = await asked(voice, engine)
    begins(link, "Seven boxes.")
    link.leaves(ALICE, broke=True)
    answer = await voice.wait_for_reply(ask_id, LIMIT)
    assert (answer.status, [each.text for each in answer.said_meanwhile]) == ("left", ["Seven boxes."])


async def test_whoever_hangs_up_with_the_last_word_has_answered(voice: Voice, engine: FakeEngine) -> None:
    """They left of their own accord."""
    ask_id, link = await asked(voice, engine)
    begins(link, "Seven boxes.")
    ends(link)
    link.leaves(ALICE)
    assert (await voice.wait_for_reply(ask_id, LIMIT)).reply == "Seven boxes."


async def test_a_bridge_to_the_telephone_may_send_nothing_in_a_silence(voice: Voice, engine: FakeEngine) -> None:
    """A trunk that suppresses silence does."""
    engine.people["kitchen"] = [PHONE]
    ask_id, link = await asked(voice, engine)
    begins(link, "Seven boxes.")
    breaks(link)
    assert (await voice.wait_for_reply(ask_id, LIMIT)).reply == "Seven boxes."
