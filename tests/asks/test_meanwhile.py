"""What people say to no open question: in the next result of that room, once, bounded, and never another's answer."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator

import anyio
import pytest

from mcp_voice.asks.meanwhile import listed, with_meanwhile
from mcp_voice.link import Typed
from mcp_voice.participants import EVERYBODY, Participant, Target
from mcp_voice.results import Answer, RoomInfo, Rooms, Said
from mcp_voice.settings import load
from mcp_voice.tasks import owned_tasks
from mcp_voice.turns.transcript import Reply, Transcript
from mcp_voice.voice import Voice
from mcp_voice.voices.opening import voice_with
from testkit.fake_link import ALICE, BOB, FakeEngine, FakeLink
from testkit.opened import seats_of
from testkit.reporting import unreported
from testkit.waiting import until

pytestmark = pytest.mark.anyio

LIMIT = 10.0
LARGEST = 21_000
"""Bytes of a result: about 20 kB, of which some is around the words."""


def reply(text: str, *, participant: Participant = ALICE, ago: float = 0.0) -> Reply:
    """Words that answered nothing, which ended ``ago`` seconds ago."""
    at = time.monotonic() - ago
    return Reply(participant, text, "chat", at, at, at)


def said(text: str = "Hello.") -> Said:
    """Any result."""
    return Said(status="said", spoken=text, room_name="kitchen")


@pytest.fixture
def engine() -> FakeEngine:
    """A kitchen with two people."""
    return FakeEngine(people={"kitchen": [ALICE, BOB]})


@pytest.fixture
async def running(engine: FakeEngine) -> AsyncIterator[Voice]:
    """Asks in that kitchen, which has been entered and asked something that Alice has answered."""
    async with voice_with(load(quiet_seconds=60.0, _env_file=None), engine) as opened:
        await answered(opened, engine, "What is it?", "This.")
        yield opened


async def answered(running: Voice, engine: FakeEngine, question: str, words: str) -> Answer:
    """Ask, and have Alice answer."""
    first = await running.ask_in_room(question, room_name="kitchen", wait_seconds=0, report=unreported)
    link = await asked(engine, question)
    link.hear(Typed("alice", words, time.monotonic()))
    return await running.wait_for_reply(first.ask_id, wait_seconds=LIMIT, report=unreported)


async def asked(engine: FakeEngine, question: str) -> FakeLink:
    """Wait until the question is heard, and has been played."""
    await until(
        lambda: engine.links and any(each.text == question and each.listened_for for each in engine.links[0].playouts),
        limit=LIMIT,
    )
    engine.links[0].playouts[-1].finish()
    return engine.links[0]


async def chat(running: Voice, link: FakeLink, identity: str, *texts: str) -> None:
    """Let somebody write, and wait until it was taken in."""
    kept = seats_of(running).seat("kitchen", name="").transcript.unclaimed
    before = len(kept)
    link.hear(*(Typed(identity, text, time.monotonic()) for text in texts))
    await until(lambda: len(kept) >= before + len(texts), limit=LIMIT)


def words(result: object) -> list[tuple[str, str]]:
    """Who said what meanwhile."""
    lines = result.said_meanwhile  # type: ignore[attr-defined]
    return [(line.who.identity, line.text) for line in lines]


async def test_a_result_carries_who_said_what_and_how_long_ago_and_carries_it_once() -> None:
    """The next result has it no more."""
    transcript = Transcript()
    transcript.keep(reply("not the staging one", ago=2.0))
    first = with_meanwhile(said(), transcript)
    assert words(first) == [("alice", "not the staging one")]
    assert first.said_meanwhile[0].who.name == "Alice"
    assert 2.0 <= first.said_meanwhile[0].seconds_ago < 4.0
    assert (first.more, words(with_meanwhile(said(), transcript))) == (False, [])


async def test_what_follows_an_answer_is_in_the_next_ask(running: Voice, engine: FakeEngine) -> None:
    """Beside the reply to that ask, not as it."""
    await chat(running, engine.links[0], "alice", "and not the staging one")
    answer = await answered(running, engine, "And where?", "There.")
    assert answer.reply == "There."
    pending = await running.wait_for_reply(answer.ask_id, wait_seconds=0, report=unreported)
    assert words(pending) == []


async def test_every_tool_but_listen_carries_it(running: Voice, engine: FakeEngine) -> None:
    """Ask, wait, cancel, send and say: each takes what has come since the last."""
    link = engine.links[0]
    await chat(running, link, "bob", "one")
    pending = await running.ask_in_room(
        "Which?", room_name="kitchen", participant="alice", wait_seconds=0, report=unreported
    )
    assert words(pending) == [("bob", "one")]
    await asked(engine, "Which?")
    await chat(running, link, "bob", "two")
    assert words(await running.wait_for_reply(pending.ask_id, wait_seconds=0, report=unreported)) == [("bob", "two")]
    await chat(running, link, "bob", "three")
    assert words(await running.send_message_to_room("Hello.", room_name="kitchen")) == [("bob", "three")]
    await chat(running, link, "bob", "four")
    assert words(await running.cancel_ask(pending.ask_id)) == [("bob", "four")]
    await chat(running, link, "bob", "five")
    async with owned_tasks() as tasks:

        async def play() -> None:
            await asked(engine, "Listen.")

        tasks.start_soon(play)
        spoken = await running.say_in_room("Listen.", room_name="kitchen", wait_seconds=LIMIT, report=unreported)
    assert words(spoken) == [("bob", "five")]


async def test_a_list_of_rooms_uses_nothing_up(running: Voice, engine: FakeEngine) -> None:
    """A host may call what only reads as often as it likes; another result for the room still carries what was said."""
    await chat(running, engine.links[0], "bob", "one")
    assert [words((await running.list_rooms()).rooms[0]) for _ in range(2)] == [[("bob", "one")]] * 2
    assert words(await running.send_message_to_room("Hello.", room_name="kitchen")) == [("bob", "one")]
    assert words((await running.list_rooms()).rooms[0]) == []


async def test_a_list_of_rooms_says_whether_there_is_more_than_it_holds(running: Voice, engine: FakeEngine) -> None:
    """Twice the same, and what it left out is in the next results."""
    texts = [f"{number} " + "well " * 1_000 for number in range(8)]
    await chat(running, engine.links[0], "bob", *texts)
    first, second = [(await running.list_rooms()).rooms[0] for _ in range(2)]
    assert first.more
    assert (words(second), second.more) == (words(first), True)
    sent = await running.send_message_to_room("Hello.", room_name="kitchen")
    assert (words(sent), sent.more) == (words(first), True)
    assert words((await running.list_rooms()).rooms[0]) != words(first)


async def test_an_answer_to_an_open_ask_is_never_in_another_result(running: Voice, engine: FakeEngine) -> None:
    """It belongs to its ask until that is collected, and to nothing else after."""
    first = await running.ask_in_room("Which?", room_name="kitchen", wait_seconds=0, report=unreported)
    link = await asked(engine, "Which?")
    link.hear(Typed("alice", "The red one.", time.monotonic()))
    await until(lambda: not link.floor, limit=LIMIT)
    assert words((await running.list_rooms()).rooms[0]) == []
    assert words(await running.send_message_to_room("Hello.", room_name="kitchen")) == []
    assert (await running.wait_for_reply(first.ask_id, wait_seconds=0, report=unreported)).reply == "The red one."


async def test_a_call_that_is_cancelled_takes_nothing(running: Voice, engine: FakeEngine) -> None:
    """What it would have carried is in the next result."""
    pending = await running.ask_in_room(
        "Which?", room_name="kitchen", participant="alice", wait_seconds=0, report=unreported
    )
    await chat(running, await asked(engine, "Which?"), "bob", "wait for me")
    with anyio.move_on_after(0.05) as scope:
        await running.wait_for_reply(pending.ask_id, wait_seconds=LIMIT, report=unreported)
    assert scope.cancelled_caught
    assert words(await running.wait_for_reply(pending.ask_id, wait_seconds=0, report=unreported)) == [
        ("bob", "wait for me")
    ]


async def test_a_flood_by_one_guest_leaves_every_result_small_and_the_other_unharmed() -> None:
    """200 texts of 14 kB, some of characters that JSON writes as six; Bob's one line is in the first result."""
    transcript = Transcript()
    transcript.keep(reply("deploy it on Friday", participant=BOB, ago=60.0))
    for number in range(200):
        transcript.keep(reply(f"{number} " + ("\x01" if number % 2 else "ab ") * 4_000))
        transcript.add("ab " * 4_000, began_at=time.monotonic(), participant=ALICE)
    first = with_meanwhile(said("x" * 2_000), transcript)
    assert ("bob", "deploy it on Friday") in words(first)
    assert first.more
    while transcript.unclaimed:
        before = len(transcript.unclaimed), sum(len(each.text) for each in transcript.unclaimed)
        claimed = transcript.claim(EVERYBODY)
        text = " ".join(each.text for each in claimed)
        answer = Answer(status="answered", ask_id="", room_name="kitchen", reply=text, heard_so_far=text[-2_000:])
        assert len(answer.model_dump_json().encode()) < LARGEST
        assert (len(transcript.unclaimed), sum(len(each.text) for each in transcript.unclaimed)) != before


async def test_many_people_with_long_names_fit_into_a_result() -> None:
    """300 people say something each: a bounded number is returned, and ``more`` leads to the rest."""
    transcript = Transcript()
    for number in range(300):
        transcript.keep(reply("hello " * 50, participant=Participant(f"{number}" + "é" * 500, "Ω" * 500, "human")))
    result = with_meanwhile(said(), transcript)
    assert result.said_meanwhile
    assert result.more
    assert len(result.model_dump_json().encode()) < LARGEST


@pytest.mark.parametrize("rooms, people", [(1, 500), (200, 1), (200, 500)])  # noqa: PT006
@pytest.mark.parametrize("name", ["p", "Ω" * 200, "\x01" * 5_000])
async def test_a_list_of_rooms_is_bounded_and_says_so(rooms: int, people: int, name: str) -> None:
    """500 participants, 200 rooms, names as long as anybody chooses: humans are listed before the others."""
    agents = [Participant(identity=f"a{number}-{name}", name=name, kind="agent") for number in range(people)]
    alice = Participant(identity="alice", name="Alice", kind="human")
    found = [
        RoomInfo(room_name=f"room {number}", participants=[*agents, alice], active=True) for number in range(rooms)
    ]
    transcripts = [Transcript() for _ in found]
    for transcript in transcripts:
        transcript.keep(reply("well " * 2_000))
    kept, more = listed(found, transcripts)
    result = Rooms(rooms=kept, more=more, next="n" * 200)
    assert len(result.model_dump_json().encode()) < LARGEST
    assert all(room.participants[0].identity == "alice" for room in result.rooms)
    assert all(len(room.participants) + room.others == people + 1 for room in result.rooms)
    assert more is (len(kept) < rooms)
    assert sum(len(room.said_meanwhile) for room in result.rooms) >= 1


async def test_nobodys_words_are_pushed_out_by_somebody_who_says_more() -> None:
    """2,000 texts of Alice; Bob's three lines are still there, and Alice's newest."""
    transcript = Transcript()
    for number in range(3):
        transcript.keep(reply(f"bob {number}", participant=BOB))
    for number in range(2_000):
        transcript.keep(reply(f"alice {number}"))
    assert [each.text for each in transcript.unclaimed if each.participant is BOB] == ["bob 0", "bob 1", "bob 2"]
    assert transcript.unclaimed[-1].text == "alice 1999"
    assert len(transcript.unclaimed) == 200
    assert json.dumps([each.text for each in transcript.claim(Target("bob"))])
