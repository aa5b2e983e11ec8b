"""A phone is a human once it is picked up, and what is said first is no answer; at the seam, without a bridge."""

from __future__ import annotations

import time
from dataclasses import replace

import anyio
import pytest

from mcp_voice.errors import NobodyThere
from mcp_voice.link import Keyed, SegmentRead, SpeechStarted, Typed, Words
from mcp_voice.results import Answer
from mcp_voice.room.kinds import call_of
from mcp_voice.settings import load
from mcp_voice.tasks import owned_tasks
from mcp_voice.turns.phone import GREETING_SECONDS, SETTLED_SECONDS
from mcp_voice.voice import Voice
from mcp_voice.voices.opening import voice_with
from testkit.fake_link import ALICE, FakeEngine
from testkit.opened import seats_of
from testkit.reporting import unreported
from testkit.telephone import (
    CALLER,
    ENDED,
    LIMIT,
    QUESTION,
    RINGS,
    answer_of,
    asked,
    questions,
    says,
)
from testkit.waiting import until

pytestmark = pytest.mark.anyio

OLD_BRIDGE = replace(CALLER, call="")


# 19: a phone that rings


async def test_a_question_to_a_phone_that_rings_waits_until_it_is_picked_up(running: Voice, engine: FakeEngine) -> None:
    """And says so meanwhile; it fails by no time limit for sound."""
    reported: list[str] = []

    async def report(message: str) -> None:
        reported.append(message)

    answer = await running.ask_in_room(QUESTION, wait_seconds=0.3, report=report)
    link = engine.links[0]
    assert (answer.status, answer.waiting_for, answer.spoken) == ("pending", "pickup", "")
    assert "phone is ringing" in answer.next
    assert any("ringing" in message for message in reported)
    assert not link.playouts
    assert not link.floors
    link.calls(CALLER)
    await questions(link)
    await until(lambda: link.asking, limit=LIMIT)
    link.playouts[0].finish()
    link.hear(Typed("caller", "Yes.", time.monotonic()))
    assert (await answer_of(running, answer)).reply == "Yes."


async def test_a_call_that_does_not_wait_returns_while_the_phone_rings(running: Voice, engine: FakeEngine) -> None:
    """As it does when it is queued."""
    answer, _ = await asked(running, engine)
    assert (answer.status, answer.waiting_for) == ("pending", "pickup")


@pytest.mark.parametrize("by", ["hang-up", "leaving"])
async def test_a_phone_that_nobody_picks_up_ends_the_ask_and_says_so(
    by: str, running: Voice, engine: FakeEngine
) -> None:
    """At once: whoever called it has given up."""
    answer, link = await asked(running, engine)
    if by == "hang-up":
        link.calls(ENDED)
    else:
        link.leaves(RINGS)
    with anyio.fail_after(3):
        answer = await answer_of(running, answer)
    assert (answer.status, answer.spoken) == ("left", "")
    assert "not picked up" in answer.next


async def test_somebody_who_is_there_is_asked_though_a_phone_rings(engine: FakeEngine) -> None:
    """And the ringing is nobody's answer."""
    engine.people = {"kitchen": [ALICE, RINGS]}
    async with voice_with(load(quiet_seconds=60.0, _env_file=None), engine) as running:
        answer, link = await asked(running, engine)
        await questions(link)
        says(link, "ring ring")
        link.playouts[0].finish()
        link.hear(Typed("alice", "Yes.", time.monotonic()))
        answer = await answer_of(running, answer)
        assert (answer.reply, answer.answered_by, answer.heard_at_pickup) == ("Yes.", None, "")
        assert not answer.said_meanwhile


async def test_only_the_phone_that_is_named_is_waited_for(engine: FakeEngine) -> None:
    """Whoever else is there."""
    engine.people = {"kitchen": [ALICE, RINGS]}
    async with voice_with(load(quiet_seconds=60.0, _env_file=None), engine) as running:
        answer, link = await asked(running, engine, participant="caller")
        assert answer.waiting_for == "pickup"
        assert not link.playouts


async def test_list_rooms_says_that_a_phone_rings(running: Voice) -> None:
    """The room is not active yet, and the next call is told."""
    rooms = await running.list_rooms()
    assert not rooms.rooms[0].active
    assert rooms.rooms[0].participants[0].call == "ringing"
    assert "is ringing in 'kitchen'" in rooms.next


async def test_what_is_to_be_said_waits_for_the_pick_up_too(running: Voice, engine: FakeEngine) -> None:
    """Or says that the phone rang, when its time is over."""
    with pytest.raises(NobodyThere, match="the phone is ringing"):
        await running.say_in_room("Hello.", room_name="kitchen", wait_seconds=1, report=unreported)
    async with owned_tasks() as tasks:

        async def say() -> None:
            await running.say_in_room("Hello.", room_name="kitchen", wait_seconds=LIMIT, report=unreported)

        tasks.start_soon(say)
        await until(seats_of(running).seat("kitchen", name="").turn_to_speak.locked, limit=LIMIT)
        engine.links[0].calls(CALLER)
        await questions(engine.links[0])
        engine.links[0].playouts[0].finish()


# 18: a greeting


async def test_a_greeting_at_the_pick_up_is_no_reply_and_is_not_spoken_over(running: Voice, engine: FakeEngine) -> None:
    """The question begins when it is over; the reply is what is said then."""
    answer, link = await asked(running, engine)
    link.calls(CALLER)
    began = time.monotonic()
    says(link, "Schmidt.", began=began + 0.1, seconds=0.4)
    await questions(link)
    assert time.monotonic() >= began + 0.5 + SETTLED_SECONDS
    link.playouts[0].finish()
    says(link, "Yes, please.")
    answer = await answer_of(running, answer)
    assert (answer.reply, answer.heard_at_pickup, answer.answered_by) == ("Yes, please.", "Schmidt.", "human")
    assert not answer.interrupted
    assert not answer.said_meanwhile


async def test_a_phone_that_says_nothing_is_asked_after_two_seconds(running: Voice, engine: FakeEngine) -> None:
    """Some wait for whoever calls to speak first."""
    answer, link = await asked(running, engine)
    picked_up = time.monotonic()
    link.calls(CALLER)
    await questions(link)
    assert time.monotonic() >= picked_up + GREETING_SECONDS - 0.1
    link.playouts[0].finish()
    link.hear(Keyed("caller", "1", time.monotonic()), Keyed("caller", "#", time.monotonic()))
    answer = await answer_of(running, answer)
    assert (answer.reply, answer.heard_at_pickup, answer.answered_by) == ("1", "", "human")


async def test_a_greeting_over_a_question_that_somebody_else_is_asked_cuts_nothing(engine: FakeEngine) -> None:
    """A phone that is picked up meanwhile knows nothing of it."""
    engine.people = {"kitchen": [ALICE, RINGS]}
    async with voice_with(load(quiet_seconds=60.0, _env_file=None), engine) as running:
        answer, link = await asked(running, engine)
        await questions(link)
        link.calls(CALLER)
        says(link, "Hello?", seconds=0.3)
        await until(lambda: link.turns_over, limit=LIMIT)
        assert not link.playouts[0].calls
        link.playouts[0].finish()
        link.hear(Typed("alice", "Yes.", time.monotonic()))
        answer = await answer_of(running, answer)
        assert (answer.reply, answer.heard_at_pickup, answer.answered_by) == ("Yes.", "Hello?", None)


async def test_a_phone_found_active_is_asked_at_once_and_its_hello_is_no_reply(engine: FakeEngine) -> None:
    """It may have been picked up a moment ago; any other words are the answer."""
    engine.people = {"kitchen": [CALLER]}
    async with voice_with(load(quiet_seconds=60.0, _env_file=None), engine) as running:
        answer, link = await asked(running, engine)
        await questions(link)
        says(link, "Hello?", seconds=0.3)
        await until(lambda: link.turns_over, limit=LIMIT)
        assert "stop" not in link.playouts[0].calls
        says(link, "Yes, please.")
        answer = await answer_of(running, answer)
        assert (answer.reply, answer.heard_at_pickup, answer.answered_by) == ("Yes, please.", "Hello?", "human")


async def test_a_phone_whose_bridge_says_nothing_of_its_call_is_a_human_like_any_other(engine: FakeEngine) -> None:
    """As with older bridges: at once, and whatever it says is the reply."""
    engine.people = {"kitchen": [OLD_BRIDGE]}
    async with voice_with(load(quiet_seconds=60.0, _env_file=None), engine) as running:
        answer, link = await asked(running, engine)
        await questions(link)
        says(link, "Hello?")
        answer = await answer_of(running, answer)
        assert (answer.reply, answer.heard_at_pickup, answer.answered_by) == ("Hello?", "", None)


async def test_a_greeting_without_a_question_is_kept_for_whoever_listens(running: Voice, engine: FakeEngine) -> None:
    """Nothing that was said is lost."""
    async with owned_tasks() as tasks:
        heard: list[Answer] = []

        async def listen() -> None:
            heard.append(await running.listen_in_room(room_name="kitchen", wait_seconds=LIMIT, report=unreported))

        tasks.start_soon(listen)
        await until(lambda: engine.links, limit=LIMIT)
        engine.links[0].calls(CALLER)
        says(engine.links[0], "Hello?")
        await until(lambda: heard, limit=LIMIT)
    assert heard[0].reply == "Hello?"


# 21: a hang-up


async def test_a_hang_up_is_noticed_at_once(engine: FakeEngine) -> None:
    """Not after the five seconds in which a page may be loaded anew."""
    engine.people = {"kitchen": [CALLER]}
    async with voice_with(load(quiet_seconds=60.0, _env_file=None), engine) as running:
        answer, link = await asked(running, engine)
        await questions(link)
        link.playouts[0].finish()
        link.calls(ENDED)
        with anyio.fail_after(3):
            answer = await answer_of(running, answer)
        assert answer.status == "left"


async def test_words_said_just_before_a_hang_up_are_the_answer(engine: FakeEngine) -> None:
    """They are still being read when the call is over."""
    engine.people = {"kitchen": [CALLER]}
    async with voice_with(load(quiet_seconds=60.0, _env_file=None), engine) as running:
        answer, link = await asked(running, engine)
        await questions(link)
        link.playouts[0].finish()
        link.hear(SpeechStarted("caller", time.monotonic()))
        link.calls(ENDED)
        link.leaves(ENDED)
        now = time.monotonic()
        link.hear(Words("caller", "Yes, please.", final=True, at=now), SegmentRead("caller", now))
        answer = await answer_of(running, answer)
        assert (answer.status, answer.reply) == ("answered", "Yes, please.")


async def test_a_hang_up_ends_nothing_while_somebody_else_is_there(engine: FakeEngine) -> None:
    """They may still answer."""
    engine.people = {"kitchen": [ALICE, CALLER]}
    async with voice_with(load(quiet_seconds=60.0, _env_file=None), engine) as running:
        answer, link = await asked(running, engine)
        await questions(link)
        link.playouts[0].finish()
        link.calls(ENDED)
        link.leaves(ENDED)
        link.hear(Typed("alice", "Yes.", time.monotonic()))
        assert (await answer_of(running, answer)).reply == "Yes."


STATES = {"dialing": "ringing", "ringing": "ringing", "automation": "ringing", "active": "active", "hangup": "ended"}
UNKNOWN = dict.fromkeys(("", "on hold", "active\x00", "x" * 10_000), "")


@pytest.mark.parametrize(("status", "call"), [*STATES.items(), *UNKNOWN.items()])
def test_the_states_of_the_bridge_are_those_of_a_phone_and_of_nobody_else(status: str, call: str) -> None:
    """A guest's attribute is not believed: whoever rings would be waited for, and whoever hung up be gone."""
    attributes = {"sip.callStatus": status}
    assert call_of("phone", attributes) == call
    assert {call_of(kind, attributes) for kind in ("human", "agent", "other")} == {""}
    assert call_of("phone", {}) == ""
