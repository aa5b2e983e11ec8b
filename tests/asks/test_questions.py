"""Two askers in one room: who gets the human's next words, and who does not."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import anyio
import pytest

from mcp_voice.link import SegmentRead, SpeechStarted, SpeechStopped, Words
from mcp_voice.link.questions import Question, Withheld, asked_last
from mcp_voice.participants import EVERYBODY, Target
from mcp_voice.people.human import Human
from mcp_voice.settings import load
from mcp_voice.turns.delivery import TAKEN, TAKEN_BY_ALL
from mcp_voice.voice import Voice
from mcp_voice.voices.opening import voice_with
from testkit.fake_link import ALICE, BOB, FakeEngine, FakeLink
from testkit.host import Host
from testkit.opened import ask_of, seats_of
from testkit.reporting import unreported
from testkit.rig import LIMIT, Rig, ours, voice_of
from testkit.waiting import until
from tests.asks.test_ask_floor import floor
from tests.asks.test_links import listening, type_in

pytestmark = pytest.mark.anyio

QUESTION = "Shall I deploy?"


@pytest.fixture
def engine() -> FakeEngine:
    """A kitchen with two humans in it."""
    return FakeEngine(people={"kitchen": [ALICE, BOB]})


@pytest.fixture
async def running(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Voice]:
    """Asks in that kitchen, which give the floor back soon."""
    monkeypatch.setattr("mcp_voice.asks.run.ANSWER_SECONDS", 0.1)
    async with voice_with(load(quiet_seconds=60.0, _env_file=None), engine) as opened:
        yield opened


async def asked(running: Voice, engine: FakeEngine, *, participant: str = "") -> tuple[str, FakeLink]:
    """Ask and have it heard, with no call that waits; gives the ask's id."""
    pending = await running.ask_in_room(
        QUESTION, room_name="kitchen", participant=participant, wait_seconds=0, report=unreported
    )
    return pending.ask_id, await listening(running, engine)


def anothers(link: FakeLink, *, participant: str = "") -> Question:
    """Another process asks now."""
    question = Question(Target(participant), time.monotonic())
    link.others.append(question)
    return question


def is_over(question: Question) -> None:
    """It has its answer."""
    question.over_at, question.answered = time.monotonic(), True


async def pending(running: Voice, ask_id: str) -> bool:
    """Whether nobody has answered yet."""
    return (await running.wait_for_reply(ask_id, wait_seconds=0, report=unreported)).status == "pending"


async def heard(running: Voice, *texts: str) -> None:
    """Wait until the room's transcript ends with these."""
    seat = seats_of(running).seat("kitchen", name="")
    await until(lambda: [line.text for line in seat.transcript.lines][-len(texts) :] == list(texts), limit=LIMIT)


async def test_the_floor_is_given_back_when_the_call_has_returned_and_the_question_stays_shown(
    running: Voice, engine: FakeEngine
) -> None:
    """Others may ask then; and the answer comes all the same."""
    ask_id, link = await asked(running, engine)
    await until(lambda: not link.floor, limit=LIMIT)
    assert link.asking == {ask_id: ""}
    type_in(link, "Yes.")
    answer = await running.wait_for_reply(ask_id, wait_seconds=LIMIT, report=unreported)
    assert (answer.status, answer.reply) == ("answered", "Yes.")
    await until(lambda: not link.asking, limit=LIMIT)


async def test_the_floor_is_kept_while_the_answer_is_under_way(running: Voice, engine: FakeEngine) -> None:
    """Nobody asks something else in the middle of it."""
    ask_id, link = await asked(running, engine)
    now = time.monotonic()
    link.hear(SpeechStarted("alice", now), Words("alice", "yes", final=True, at=now))
    await until(lambda: ask_of(running, ask_id).heard_so_far, limit=LIMIT)
    await anyio.sleep(0.3)
    assert link.floor == ask_id
    link.hear(SpeechStopped("alice", now + 0.1), SegmentRead("alice", now + 0.1))
    assert (await running.wait_for_reply(ask_id, wait_seconds=LIMIT, report=unreported)).reply == "yes"


async def test_an_ask_that_comes_back_while_another_has_the_floor_listens_at_once(
    running: Voice, engine: FakeEngine
) -> None:
    """Its question was heard: to get the answer it need not speak."""
    ask_id, link = await asked(running, engine)
    engine.foreign_floor = "agent 'Other'"
    link.lose()
    await until(lambda: len(engine.links) == 2 and engine.links[1].asking, limit=LIMIT)
    assert engine.links[1].floor == ""
    type_in(engine.links[1], "Yes.")
    assert (await running.wait_for_reply(ask_id, wait_seconds=LIMIT, report=unreported)).reply == "Yes."


async def test_what_is_said_to_a_newer_question_of_another_is_not_our_answer(
    running: Voice, engine: FakeEngine
) -> None:
    """After it has its answer the next words are ours, and those before are nobody's to return."""
    ask_id, link = await asked(running, engine)
    newer = anothers(link)
    now = time.monotonic()
    link.hear(SpeechStarted("alice", now), Words("alice", "the red one", final=False, at=now))
    seat = seats_of(running).seat("kitchen", name="")
    await until(lambda: any(turn.text for _, turn in seat.listener.turns.all()), limit=LIMIT)
    assert (await running.wait_for_reply(ask_id, wait_seconds=0, report=unreported)).heard_so_far == ""
    link.hear(SpeechStopped("alice", now + 0.1), SegmentRead("alice", now + 0.1))
    await heard(running, "the red one")
    assert await pending(running, ask_id)
    is_over(newer)
    type_in(link, "Yes.")
    answer = await running.wait_for_reply(ask_id, wait_seconds=LIMIT, report=unreported)
    assert (answer.reply, answer.said_meanwhile) == ("Yes.", [])


async def test_what_is_said_after_our_newer_question_is_ours_though_an_older_one_is_open(
    running: Voice, engine: FakeEngine
) -> None:
    """The other one was asked before, and is the last again once ours is answered."""
    engine.gate = anyio.Event()
    pending = await running.ask_in_room(QUESTION, room_name="kitchen", wait_seconds=0.1, report=unreported)
    engine.gate.set()
    await until(lambda: engine.links, limit=LIMIT)
    engine.links[0].others.append(Question(EVERYBODY, time.monotonic() - 1))
    link = await listening(running, engine)
    type_in(link, "Yes.")
    assert (await running.wait_for_reply(pending.ask_id, wait_seconds=LIMIT, report=unreported)).reply == "Yes."
    type_in(link, "And the red one.")
    await heard(running, "Yes.", "And the red one.")
    heard_by_us = await running.listen_in_room(room_name="kitchen", wait_seconds=0, report=unreported)
    assert (heard_by_us.status, heard_by_us.reply, heard_by_us.heard_so_far) == ("pending", None, "")


@pytest.mark.parametrize("askers", [1, 100])
async def test_an_agent_that_asks_without_end_does_not_keep_ours_from_being_answered(
    running: Voice, engine: FakeEngine, askers: int
) -> None:
    """Each of its questions is over as if it had been answered: it gets a share of what is said, and we the rest."""
    ask_id, link = await asked(running, engine)
    most = TAKEN.burst if askers == 1 else TAKEN_BY_ALL.burst
    for number in range(int(most)):
        link.others.append(Question(EVERYBODY, time.monotonic(), asker=f"mallory {number % askers}"))
        type_in(link, f"Yes, {number}.")
        await heard(running, f"Yes, {number}.")
        is_over(link.others[-1])
    assert await pending(running, ask_id)
    link.others.append(Question(EVERYBODY, time.monotonic(), asker=f"mallory {most % askers}"))
    type_in(link, "Yes, I said.")
    answer = await running.wait_for_reply(ask_id, wait_seconds=LIMIT, report=unreported)
    assert (answer.status, answer.reply) == ("answered", "Yes, I said.")


async def test_an_agent_that_asks_much_while_we_ask_nothing_uses_up_nothing(running: Voice, engine: FakeEngine) -> None:
    """Another host's long interview is nobody's harm, and its next question is respected like its first."""
    ask_id, link = await asked(running, engine, participant="bob")
    for number in range(int(3 * TAKEN.burst)):
        link.others.append(Question(EVERYBODY, time.monotonic(), asker="mcp-voice-1"))
        type_in(link, f"Number {number}.")
        await heard(running, f"Number {number}.")
        is_over(link.others[-1])
    assert await pending(running, ask_id)
    unasked = await running.listen_in_room(room_name="kitchen", wait_seconds=0, report=unreported)
    assert unasked.status == "pending"


async def test_a_question_put_to_one_person_takes_nobody_elses_words(running: Voice, engine: FakeEngine) -> None:
    """Bob was asked by another; Alice answers us."""
    ask_id, link = await asked(running, engine)
    anothers(link, participant="bob")
    type_in(link, "Yes.")
    assert (await running.wait_for_reply(ask_id, wait_seconds=LIMIT, report=unreported)).reply == "Yes."


@pytest.mark.parametrize("why", ["its asker was killed", "it does not take them"])
async def test_words_that_another_question_does_not_take_are_not_lost(
    running: Voice, engine: FakeEngine, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Shown for ever, or by a process that is gone, it costs a delay; from then on it takes nothing."""
    monkeypatch.setattr("mcp_voice.link.questions.TAKEN_SECONDS", 0.3)
    ask_id, link = await asked(running, engine)
    newer = anothers(link)
    type_in(link, "Yes.")
    await heard(running, "Yes.")
    if why == "its asker was killed":
        newer.over_at = time.monotonic()
    answer = await running.wait_for_reply(ask_id, wait_seconds=LIMIT, report=unreported)
    assert (answer.status, answer.reply) == ("answered", "Yes.")
    type_in(link, "One more thing.")
    late = await running.listen_in_room(room_name="kitchen", wait_seconds=LIMIT, report=unreported)
    assert late.reply == "One more thing."


def test_words_are_not_taken_back_while_the_answer_goes_on() -> None:
    """A story of another has pauses that end a turn of ours."""
    question, withheld = Question(EVERYBODY, 0.0), Withheld[str]()
    withheld.add(question, "alice", "it began", 1.0)
    assert withheld.not_taken(16.0, speaking={"alice"}) == []
    assert withheld.due_at() == 31.0
    assert withheld.not_taken(31.0, speaking=()) == ["it began"]
    assert not question.open_to("alice", 40.0)


def test_the_question_that_was_asked_last_is_answered_and_then_the_one_before_it() -> None:
    """Of three, whoever asked them; one that is over takes what began before its end."""
    first, second, third = Question(EVERYBODY, 1.0), Question(EVERYBODY, 2.0), Question(Target("bob"), 3.0)
    third.over_at, third.answered = 5.0, True
    questions = (first, third, second)
    assert asked_last(questions, "bob", 4.9) is third
    assert asked_last(questions, "alice", 4.9) is second
    assert asked_last(questions, "bob", 5.0) is second
    assert asked_last(questions, "bob", 1.5) is first
    assert asked_last(questions, "bob", 0.5) is None


async def test_two_hosts_in_one_room_each_get_the_answer_to_their_own_question(
    host: Host, rig: Rig, room: str, alice: Human
) -> None:
    """The first asked and was not answered; the second is heard and answered; then the first is."""
    async with rig.host(MCP_VOICE_NAME="First") as first:
        for each in (first, host):
            await each.rooms()  # both have loaded LiveKit
        async with first.asking(QUESTION, room_name=room, wait_seconds=6) as call:
            await until(lambda: floor(alice), limit=LIMIT)
            waiting = await host.ask("Which one?", room_name=room, wait_seconds=0)
            assert (waiting.status, waiting.waiting_for, waiting.spoken) == ("pending", "floor", "")
            assert "First" in waiting.floor_held_by
        assert (call.answer.status, call.answer.waiting_for, call.answer.spoken) == ("pending", "reply", QUESTION)
        (second,) = await until(
            lambda: [each.identity for each in ours(alice) if each.attributes.get("mcp_voice.floor") == waiting.ask_id],
            limit=LIMIT,
        )
        await alice.hears_sound(second, limit=LIMIT)
        await alice.hears_silence(second, quiet=0.4, limit=LIMIT)
        await alice.speak(voice_of("the second option"))
        assert (await host.wait(waiting.ask_id)).reply == "the second option"
        assert (await first.wait(call.answer.ask_id, 0)).reply is None
        await alice.speak(voice_of("that is a good idea"))
        answer = await first.wait(call.answer.ask_id)
        assert (answer.reply, answer.said_meanwhile) == ("that is a good idea", [])
        unasked = await host.listen(room, wait_seconds=1.0)
        assert (unasked.status, unasked.reply, unasked.heard_so_far) == ("pending", None, "")
    await until(lambda: not floor(alice), limit=LIMIT)
