"""A call with which its voice ends: nothing that was said is lost, and no next step leads to what is gone."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence

import anyio
import pytest

from mcp_voice.errors import EmbeddedServerError, NobodyThere, RemovedFromRoom, StoreError, UnknownRoom, VoiceError
from mcp_voice.link import Typed
from mcp_voice.results import Answer, Meanwhile, ParticipantRef, RoomInfo, Rooms, Timing
from mcp_voice.settings import load
from mcp_voice.voice import Voice
from mcp_voice.voices import one_call
from mcp_voice.voices.one_call import once_started, seen, unheard, withdrawn, without_dead_link
from mcp_voice.voices.opening import voice_with
from testkit.fake_link import ALICE, BOB, FakeEngine, FakeLink
from testkit.fake_page import FakePage
from testkit.opened import seats_of
from testkit.waiting import until

pytestmark = pytest.mark.anyio

LIMIT = 10.0
REF = ParticipantRef.to(BOB)


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
    kept = seats_of(running).seat("kitchen", name="").transcript.unclaimed
    await until(lambda: len(kept) > 0, limit=LIMIT)
    answer = await withdrawn(running, pending)
    assert (answer.status, answer.ask_id) == ("pending", pending.ask_id)
    assert "wait_for_reply(" not in answer.next
    assert "withdrawn" in answer.next
    assert [(line.who.identity, line.text) for line in answer.said_meanwhile] == [("bob", "ask me")]
    assert (await running.wait_for_reply(pending.ask_id, 0)).status == "cancelled"


async def test_a_question_that_was_never_spoken_is_not_called_one_without_a_complete_answer(
    running: Voice, engine: FakeEngine
) -> None:
    """A longer wait helps while somebody has the floor, and "no complete answer" said nothing of it."""
    first, link = await asked(running, engine)
    second = await running.ask_in_room("And then?", "kitchen", wait_seconds=0)
    assert (second.waiting_for, second.floor_held_by) == ("floor", first.ask_id)
    told = (await withdrawn(running, second)).next
    assert told.startswith(f"{first.ask_id} had the floor in this room, so nothing was asked")
    unspoken = second.model_copy(update={"waiting_for": None, "floor_held_by": ""})
    assert (await withdrawn(running, unspoken)).next.startswith("Nothing was asked in time")
    assert not [each for each in link.playouts if each.text == "And then?"]
    # It sounded, the connection was lost, and it waits to be asked again.
    sounded = second.model_copy(update={"timing": Timing(first_sound_ms=4)})
    assert (await withdrawn(running, sounded)).next.startswith("No complete answer came in time")


async def test_an_answer_that_came_just_before_its_question_was_withdrawn_is_returned(
    running: Voice, engine: FakeEngine
) -> None:
    """It was given, and the question was open when it was."""
    pending, link = await asked(running, engine)
    link.hear(Typed("alice", "this one", time.monotonic()))
    await running.wait_for_reply(pending.ask_id, LIMIT)
    answer = await withdrawn(running, pending)
    assert (answer.status, answer.reply) == ("answered", "this one")


async def test_a_question_that_fails_before_it_is_withdrawn_says_why(running: Voice, engine: FakeEngine) -> None:
    """`next` named wait_for_reply, with an id that nobody knew any more; what was said is in the result nonetheless."""
    pending, link = await asked(running, engine)
    before = pending.model_copy(update={"said_meanwhile": [Meanwhile(who=REF, text="ask me", seconds_ago=1)]})
    link.lose(RemovedFromRoom("We were removed.", fix="Make sure that we are wanted."))
    with pytest.raises(RemovedFromRoom):
        await running.wait_for_reply(pending.ask_id, LIMIT)
    answer = await withdrawn(running, before)
    assert (answer.status, answer.next) == ("cancelled", "We were removed. Make sure that we are wanted.")
    assert [each.text for each in answer.said_meanwhile] == ["ask me"]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (StoreError("The store is gone.", fix="Start it.", code="store-unreachable"), "pending"),
        (RemovedFromRoom("We were removed.", fix="Make sure that we are wanted."), "cancelled"),
    ],
)
async def test_what_cannot_be_fetched_after_it_was_withdrawn_takes_nothing_else_with_it(
    running: Voice, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, error: VoiceError, status: str
) -> None:
    """It was over in that moment. Where only the store is gone its reply can be fetched later, and is called open."""
    pending, link = await asked(running, engine)
    before = pending.model_copy(update={"said_meanwhile": [Meanwhile(who=REF, text="ask me", seconds_ago=1)]})
    link.hear(Typed("alice", "this one", time.monotonic()))
    await running.wait_for_reply(pending.ask_id, LIMIT)

    async def fails(*_: object) -> Answer:
        raise error

    monkeypatch.setattr(running, "wait_for_reply", fails)
    answer = await withdrawn(running, before)
    assert (answer.status, answer.ask_id) == (status, pending.ask_id)
    assert answer.next == (str(error) if status == "cancelled" else before.next)
    assert [each.text for each in answer.said_meanwhile] == ["ask me"]


async def test_where_nobody_came_no_link_is_told_that_ended_with_the_call(engine: FakeEngine) -> None:
    """The process that serves the join page ends with the call, and whoever opened the link found nothing there."""
    engine.people["kitchen"] = []
    settings = load(quiet_seconds=60.0, nobody="wait", _env_file=None)
    async with voice_with(settings, engine, page=FakePage()) as opened:
        pending = await opened.ask_in_room("Which?", "kitchen", wait_seconds=0.5)
        assert pending.waiting_for == "human"
        assert "#" in pending.next
        answer = await withdrawn(opened, pending)
        heard = unheard(await opened.listen_in_room("kitchen", wait_seconds=0.5))
        with pytest.raises(NobodyThere, match="#") as told:
            await opened.say_in_room("Hello.", "kitchen", wait_seconds=0.5)
        listed = await opened.list_rooms()
        assert "#" in listed.next
        looked = seen(listed)
    assert (looked.rooms, looked.more) == (listed.rooms, listed.more)
    assert (answer.status, answer.waiting_for) == ("pending", "human")
    assert "room kitchen" in answer.next
    error = without_dead_link(told.value)
    assert (type(error), error.code, error.what) == (NobodyThere, told.value.code, told.value.what)
    for step in (answer.next, heard.next, error.fix, looked.next):
        assert "mcp-voice invite" in step
        assert "#" not in step


def test_every_other_error_stays_what_it_is() -> None:
    """Only the link is gone with the call."""
    for error in (UnknownRoom("There is no such room.", fix="Name another."), NobodyThere("Gone.", fix="Call again.")):
        assert without_dead_link(error) is error


async def test_a_call_of_a_script_waits_for_a_server_that_is_being_built(
    running: Voice, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It failed after 25 s with "call again", though no host's time limit was near, and the build took minutes."""
    monkeypatch.setattr(one_call, "AGAIN_SECONDS", 0.01)
    engine.awaited = "building the LiveKit server, 40 %"
    tries = 0

    async def listed() -> Rooms:
        nonlocal tries
        tries += 1
        if tries == 3:
            engine.awaited = ""
        return await running.list_rooms()

    found = await once_started(listed)
    assert ([room.room_name for room in found.rooms], tries) == (["kitchen"], 3)


async def test_a_build_that_fails_ends_the_call(running: Voice, engine: FakeEngine) -> None:
    """Nothing goes on, so there is nothing to wait for."""
    engine.broken = EmbeddedServerError("livekit-server could not be built: no route.", code="server-not-built")
    with pytest.raises(EmbeddedServerError, match="no route"):
        await once_started(running.list_rooms)


async def test_a_message_says_what_it_waits_for(running: Voice, engine: FakeEngine) -> None:
    """Only `send_message_to_room` was silent, for up to 25 s, while the server was built: hosts forget such a call."""
    told: list[str] = []
    held = anyio.Event()

    async def slow(only: str = "") -> Sequence[RoomInfo]:
        await held.wait()
        return await FakeEngine.rooms(engine, only)

    async def report(line: str) -> None:
        told.append(line)
        held.set()

    engine.rooms = slow  # type: ignore[method-assign]
    engine.progress = lambda: "building the LiveKit server, 40 %"  # type: ignore[method-assign]
    with anyio.fail_after(LIMIT):
        sent = await running.send_message_to_room("see the log", report=report)
    assert (sent.room_name, told[0]) == ("kitchen", "building the LiveKit server, 40 %")
