"""Where and for whom a question waits, and where it does not."""

from __future__ import annotations

import time

import pytest

from mcp_voice.callers.caller import Caller
from mcp_voice.errors import RoomForbidden, UnknownParticipant, UnknownRoom
from mcp_voice.link import Typed
from mcp_voice.participants import Participant
from mcp_voice.settings import load
from mcp_voice.voice import Voice
from mcp_voice.voices.opening import voice_with
from testkit.fake_link import ALICE, BOB, COMPANION, FakeEngine
from testkit.fake_page import FakePage
from testkit.opened import ask_of
from testkit.waiting import until
from tests.asks.empty_room import (
    LIMIT,
    QUESTION,
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


async def test_the_usual_room_is_that_of_the_setting(engine: FakeEngine, page: FakePage) -> None:
    """MCP_VOICE_ROOM."""
    async with voice_with(load(room="desk", _env_file=None), engine, page=page) as running:
        assert (await ask(running)).room_name == "desk"


async def test_a_usual_room_that_is_not_allowed_is_an_error_that_names_the_settings(
    engine: FakeEngine, page: FakePage
) -> None:
    """Nothing is made there, and no link."""
    async with voice_with(load(rooms="team-*", _env_file=None), engine, page=page) as running:
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
    """And so is the usual one where humans come into several others at once: never a guess, but told."""
    named = await waits(running, (await ask(running, "And what now?", room_name="hall")).ask_id)
    unnamed = await waits(running, (await ask(running)).ask_id)
    engine.people |= {"kitchen": [ALICE], "attic": [BOB]}
    looked_at = time.monotonic()
    await until(lambda: time.monotonic() > looked_at + 0.2, limit=LIMIT)
    for pending in (named, unnamed):
        told = await now(running, pending.ask_id)
        assert told.waiting_for == "human"
        assert "(humans are in 'kitchen', 'attic': ask there if you mean one of them)" in told.next
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
    await until(lambda: "anna" in ask_of(running, pending.ask_id).answer().next, limit=LIMIT)
    assert (await now(running, pending.ask_id)).waiting_for == "human"
    link.joins(ALICE)
    await asked_in(engine)
    await until(lambda: ask_of(running, pending.ask_id).phase == "listening", limit=LIMIT)
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


async def test_with_ones_own_server_nobody_there_is_an_error_with_a_link_where_the_room_exists(
    engine: FakeEngine, page: FakePage
) -> None:
    """A room that does not exist is not ours to make, and no link leads there."""
    engine.people = {"hall": [COMPANION]}
    settings = load(livekit_url="ws://127.0.0.1:7880", _env_file=None)
    async with voice_with(settings, engine, page=page) as running:
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
    async with voice_with(load(nobody=nobody, livekit_url=url, _env_file=None), engine, page=FakePage()) as running:
        if nobody == "wait":
            assert (await ask(running, room_name="attic")).room_name == "attic"
        else:
            with pytest.raises(UnknownRoom):
                await ask(running, room_name="attic")


async def test_list_rooms_names_the_ways_in(running: Voice, engine: FakeEngine, page: FakePage) -> None:
    """An ask that waits where there is one, with the link that it will tell, else a link alone."""
    told = (await running.list_rooms()).next
    assert "Call ask_in_room anyway" in told
    (link,) = page.links
    assert link.url in told
    assert (await running.list_rooms()).next == told
    assert link.url in (await waits(running, (await ask(running)).ask_id)).next
    assert (page.links, engine.links[0].room_name) == ([link], "voice")
    async with voice_with(load(nobody="error", _env_file=None), engine) as other:
        assert (await other.list_rooms()).next == (
            "No human is in any room. Call invite_to_room for a link to join by, then call again."
        )


@pytest.mark.parametrize("participant", ["", "Ana"], ids=["after a look at the rooms", "for somebody who is to come"])
async def test_whoever_is_to_come_is_told_the_name_of_the_host_that_waits(
    running: Voice, engine: FakeEngine, page: FakePage, participant: str
) -> None:
    """The page, and we in the room, had the program's own name where the way in was made before the question."""
    host = running.called_by(Caller(lambda wanted: wanted or 0.0, "Claude Code"))
    if not participant:
        await host.list_rooms()
    pending = await host.ask_in_room(QUESTION, participant=participant, wait_seconds=0)
    await waits(running, pending.ask_id)
    await until(lambda: engine.links, limit=LIMIT)
    assert {asker for *_, asker in page.made_for} == {"Claude Code"}
    assert [line for line in engine.log if line.startswith("connect")] == ["connect voice as Claude Code"]
