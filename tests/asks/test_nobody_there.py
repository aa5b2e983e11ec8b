"""A question for a room in which nobody is: it stays open, says how somebody gets in, and is asked once they are."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from functools import partial

import anyio
import pytest

from mcp_voice.errors import LiveKitError, RemovedFromRoom, RoomClosed, RoomForbidden, UnknownParticipant, UnknownRoom
from mcp_voice.link import SegmentRead, SpeechStarted, SpeechStopped, Typed, Words
from mcp_voice.participants import Participant
from mcp_voice.results import Answer
from mcp_voice.settings import load
from mcp_voice.voice import Voice, voice_with
from testkit.fake_link import ALICE, BOB, COMPANION, FakeEngine, FakeLink
from testkit.fake_page import FakePage
from testkit.reporting import unreported
from testkit.waiting import until

pytestmark = pytest.mark.anyio

LIMIT = 10.0
QUESTION = "What is it?"
QUIET = 0.15


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever comes is spoken to soon, and other rooms are looked at often."""
    monkeypatch.setattr("mcp_voice.asks.arrival.QUIET_SECONDS", QUIET)
    monkeypatch.setattr("mcp_voice.asks.arrival.ROOM_SECONDS", 0.01)
    monkeypatch.setattr("mcp_voice.asks.elsewhere.LOOK_SECONDS", 0.03)


@pytest.fixture
def engine() -> FakeEngine:
    """A server without rooms."""
    return FakeEngine(people={})


@pytest.fixture
def page() -> FakePage:
    """A page that opens in this person's browser."""
    return FakePage()


@pytest.fixture
async def running(engine: FakeEngine, page: FakePage) -> AsyncIterator[Voice]:
    """A voice with an embedded server."""
    async with voice_with(load(quiet_seconds=60.0, _env_file=None), engine, page) as opened:
        yield opened


async def ask(running: Voice, question: str = QUESTION, room_name: str = "", participant: str = "") -> Answer:
    """Ask and do not wait; gives the pending result."""
    pending = await running.ask_in_room(question, room_name, participant, wait_seconds=0, report=unreported)
    assert (pending.status, pending.spoken) == ("pending", "")
    return pending


async def now(running: Voice, ask_id: str, *, wait_seconds: float = 0) -> Answer:
    """What can be said of an ask now, or once it is over."""
    return await running.wait_for_reply(ask_id, wait_seconds=wait_seconds, report=unreported)


async def waits(running: Voice, ask_id: str) -> Answer:
    """Wait until it waits for somebody, and tells the way in."""

    async def look() -> Answer | None:
        answer = await now(running, ask_id)
        return answer if answer.waiting_for == "human" else None

    found = await until(look, limit=LIMIT)
    assert found is not None
    return found


async def asked_in(engine: FakeEngine, number: int = 0, *, playout: int = 0) -> FakeLink:
    """Wait until the link of that number speaks; it is played to its end."""
    await until(lambda: len(engine.links) > number and len(engine.links[number].playouts) > playout, limit=LIMIT)
    engine.links[number].playouts[playout].finish()
    return engine.links[number]


async def answered(running: Voice, link: FakeLink, ask_id: str, *, identity: str = "alice") -> Answer:
    """Have somebody type an answer, once it is listened for."""
    await until(lambda: running._registry.get(ask_id).phase == "listening", limit=LIMIT)
    link.hear(Typed(identity, "This.", time.monotonic()))
    return await now(running, ask_id, wait_seconds=LIMIT)


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


async def test_progress_says_that_somebody_is_waited_for_with_the_link(
    running: Voice, engine: FakeEngine, page: FakePage
) -> None:
    """A person who watches the call sees it before there is a result."""
    told: list[str] = []

    async def report(message: str) -> None:
        told.append(message)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(partial(running.ask_in_room, QUESTION, wait_seconds=LIMIT, report=report))
        await until(lambda: told and "page is open" in told[-1], limit=LIMIT)
        assert told[-1] == f"waiting for somebody to join (the page is open in the browser): {page.url}"
        engine.links[0].joins(ALICE)
        link = await asked_in(engine)
        await until(lambda: told[-1].startswith("listening"), limit=LIMIT)
        link.hear(Typed("alice", "This.", time.monotonic()))
    assert page.url not in told[-1]


async def test_whoever_comes_in_is_not_spoken_at_in_that_instant(
    running: Voice, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is a second of quiet first."""
    monkeypatch.setattr("mcp_voice.asks.arrival.QUIET_SECONDS", 1.0)
    await waits(running, (await ask(running)).ask_id)
    came_at = time.monotonic()
    engine.links[0].joins(ALICE)
    await until(lambda: engine.links[0].playouts, limit=LIMIT)
    assert time.monotonic() - came_at >= 1.0


async def test_somebody_who_speaks_as_they_come_in_is_heard_out_and_heard(running: Voice, engine: FakeEngine) -> None:
    """Then they are asked, and what they said is told with the answer."""
    pending = await waits(running, (await ask(running)).ask_id)
    (link,) = engine.links
    link.joins(ALICE)
    link.hear(SpeechStarted("alice", time.monotonic()))
    await until(running.links.seat("voice", name="").listener.somebody_speaks, limit=LIMIT)
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


async def test_somebody_who_goes_again_at_once_is_waited_for_anew_with_another_link(
    running: Voice, engine: FakeEngine, page: FakePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Theirs has been used; and no second page opens, for they may only have reloaded it."""
    monkeypatch.setattr("mcp_voice.asks.arrival.QUIET_SECONDS", 5.0)
    pending = await waits(running, (await ask(running)).ask_id)
    first = page.url
    (link,) = engine.links
    link.joins(ALICE)
    await until(lambda: running._registry.get(pending.ask_id).phase == "joining", limit=LIMIT)
    assert first not in running._registry.get(pending.ask_id).answer().next
    link.leaves(ALICE)
    again = await waits(running, pending.ask_id)
    await until(lambda: len(page.links) == 2, limit=LIMIT)
    again = await now(running, pending.ask_id)
    assert page.url in again.next
    assert first not in again.next
    assert len(page.opened) == 1
    assert not link.playouts


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
    async with voice_with(load(ask_seconds=1, _env_file=None), engine, page) as running:
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


async def test_the_usual_room_is_that_of_the_setting(engine: FakeEngine, page: FakePage) -> None:
    """MCP_VOICE_ROOM."""
    async with voice_with(load(room="desk", _env_file=None), engine, page) as running:
        assert (await ask(running)).room_name == "desk"


async def test_a_usual_room_that_is_not_allowed_is_an_error_that_names_the_settings(
    engine: FakeEngine, page: FakePage
) -> None:
    """Nothing is made there, and no link."""
    async with voice_with(load(rooms="team-*", _env_file=None), engine, page) as running:
        with pytest.raises(RoomForbidden, match=r"MCP_VOICE_ROOMS does not allow 'voice'.*MCP_VOICE_ROOM") as refused:
            await ask(running)
        with pytest.raises(RoomForbidden, match="does not allow room 'kitchen'"):
            await ask(running, room_name="kitchen")
        assert (await ask(running, room_name="team-1")).room_name == "team-1"
    assert refused.value.code == "room-forbidden"
    assert {each.room_name for each in page.links} == {"team-1"}


async def test_somebody_who_comes_into_another_room_is_asked_there_where_none_was_named(
    running: Voice, engine: FakeEngine
) -> None:
    """The one human who is there is asked; the ask keeps its id."""
    pending = await waits(running, (await ask(running)).ask_id)
    engine.people["kitchen"] = [ALICE]
    link = await asked_in(engine, 1)
    assert link.room_name == "kitchen"
    answer = await answered(running, link, pending.ask_id)
    assert (answer.room_name, answer.reply) == ("kitchen", "This.")
    assert not engine.links[0].playouts


async def test_a_named_room_is_waited_in_whoever_is_elsewhere(running: Voice, engine: FakeEngine) -> None:
    """And so is the usual one where humans come into several others at once: never a guess."""
    named = await waits(running, (await ask(running, "And what now?", room_name="hall")).ask_id)
    unnamed = await waits(running, (await ask(running)).ask_id)
    engine.people |= {"kitchen": [ALICE], "attic": [BOB]}
    looked_at = time.monotonic()
    await until(lambda: time.monotonic() > looked_at + 0.2, limit=LIMIT)
    assert (await now(running, named.ask_id)).waiting_for == "human"
    assert (await now(running, unnamed.ask_id)).waiting_for == "human"
    del engine.people["attic"]
    assert (await asked_in(engine, 2)).room_name == "kitchen"


async def test_somebody_who_is_named_and_not_there_yet_is_waited_for(
    running: Voice, engine: FakeEngine, page: FakePage
) -> None:
    """By identity or name; the page suggests it, and nobody else is asked, but it is told who is there."""
    pending = await waits(running, (await ask(running, participant="Alice")).ask_id)
    assert "nobody called 'Alice' is in room 'voice'." in pending.next
    assert page.made_for == [("voice", "Alice", "mcp-voice")]
    (link,) = engine.links
    link.joins(Participant("anna", "Anna", "human"))
    await until(lambda: "anna" in running._registry.get(pending.ask_id).answer().next, limit=LIMIT)
    assert (await now(running, pending.ask_id)).waiting_for == "human"
    link.joins(ALICE)
    await asked_in(engine)
    await until(lambda: running._registry.get(pending.ask_id).phase == "listening", limit=LIMIT)
    assert set(link.asking.values()) == {"alice"}
    link.hear(Typed("anna", "Mine.", time.monotonic()))
    assert (await answered(running, link, pending.ask_id)).reply == "This."


async def test_a_name_that_nobody_has_where_humans_are_is_an_error_that_lists_them(
    running: Voice, engine: FakeEngine
) -> None:
    """It is more likely wrong than early; and an agent is nobody to wait for."""
    engine.people = {"kitchen": [ALICE], "hall": [COMPANION]}
    with pytest.raises(UnknownParticipant, match=r"No human called 'Zoe'.*there: 'alice'"):
        await ask(running, room_name="kitchen", participant="Zoe")
    with pytest.raises(UnknownParticipant, match="is not human"):
        await ask(running, room_name="hall", participant="companion")


async def test_a_link_is_not_made_anew_for_every_call_but_before_it_ends(
    engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is told can be used for a while."""
    monkeypatch.setattr("mcp_voice.asks.way_in.LEAST_SECONDS", 2.0)
    page = FakePage(valid_seconds=3)
    async with voice_with(load(_env_file=None), engine, page) as running:
        pending = await waits(running, (await ask(running)).ask_id)
        first = page.url
        assert all([first in (await now(running, pending.ask_id)).next for _ in range(5)])
        await until(lambda: len(page.links) == 2, limit=LIMIT)
        told = (await now(running, pending.ask_id)).next
    assert page.url in told
    assert first not in told
    assert "open in their browser" not in told
    assert len(page.opened) == 1


async def test_a_page_that_cannot_be_served_keeps_no_question_from_being_asked(
    running: Voice, engine: FakeEngine, page: FakePage
) -> None:
    """The result says why there is no link, and what to do without."""
    page.fault = LiveKitError("Port 80 is taken.")
    pending = await waits(running, (await ask(running)).ask_id)
    assert "join room 'voice' with a LiveKit client (there is no link: Port 80 is taken)" in pending.next
    engine.links[0].joins(ALICE)
    assert (await answered(running, await asked_in(engine), pending.ask_id)).reply == "This."


async def test_a_page_that_does_not_open_is_told_as_a_link(running: Voice, page: FakePage) -> None:
    """Over SSH, or where the setting says never."""
    page.opens = False
    pending = await waits(running, (await ask(running)).ask_id)
    await until(lambda: page.opened, limit=LIMIT)
    assert f"Tell whoever is to answer to open {page.url}" in (await now(running, pending.ask_id)).next


async def test_no_page_opens_where_somebody_is_there(running: Voice, engine: FakeEngine, page: FakePage) -> None:
    """A tab that is in the room is enough, also for a question that waited long for its turn."""
    engine.people = {"voice": [ALICE]}
    first = await ask(running)
    second = await ask(running, "And what now?")
    running._registry.get(second.ask_id).opened_at -= 60.0
    link = await asked_in(engine)
    await answered(running, link, first.ask_id)
    await asked_in(engine, playout=1)
    await answered(running, link, second.ask_id)
    assert not page.links


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


async def test_with_ones_own_server_nobody_there_is_an_error_with_a_link_where_the_room_exists(
    engine: FakeEngine, page: FakePage
) -> None:
    """A room that does not exist is not ours to make, and no link leads there."""
    engine.people = {"hall": [COMPANION]}
    settings = load(livekit_url="ws://127.0.0.1:7880", _env_file=None)
    async with voice_with(settings, engine, page) as running:
        with pytest.raises(UnknownRoom) as unknown:
            await ask(running, room_name="attic")
        with pytest.raises(Exception, match="No room has a human in it now") as nowhere:
            await ask(running)
        assert not page.links
        with pytest.raises(Exception, match="No human is in room 'hall'") as nobody:
            await ask(running, room_name="hall")
    assert page.url in str(nobody.value)
    assert page.url in str(nobody.value.afresh())  # type: ignore[attr-defined]
    assert "invite_to_room" in str(nowhere.value)
    assert "http" not in str(unknown.value)
    assert not page.opened
    assert not engine.links


@pytest.mark.parametrize("nobody", ["wait", "error"])
async def test_the_setting_decides_whether_somebody_is_waited_for(nobody: str, engine: FakeEngine) -> None:
    """MCP_VOICE_NOBODY, against what the server would make of it."""
    url = "ws://127.0.0.1:7880" if nobody == "wait" else ""
    async with voice_with(load(nobody=nobody, livekit_url=url, _env_file=None), engine, FakePage()) as running:
        if nobody == "wait":
            assert (await ask(running, room_name="attic")).room_name == "attic"
        else:
            with pytest.raises(UnknownRoom):
                await ask(running, room_name="attic")


async def test_list_rooms_names_the_ways_in(running: Voice, engine: FakeEngine) -> None:
    """An ask that waits where there is one, else a link alone."""
    assert "Call ask_in_room all the same" in (await running.list_rooms()).next
    async with voice_with(load(nobody="error", _env_file=None), engine) as other:
        assert (await other.list_rooms()).next == (
            "No human is in any room. Call invite_to_room for a link by which somebody joins, then call again."
        )
