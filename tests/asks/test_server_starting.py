"""A question while the embedded LiveKit server is still being built: it waits, says how far that is, and goes on."""

from __future__ import annotations

import anyio
import pytest

from mcp_voice.errors import EmbeddedServerError, LiveKitError
from mcp_voice.settings import load
from mcp_voice.voice import Voice
from mcp_voice.voices.opening import voice_with
from testkit.fake_link import ALICE, FakeEngine
from testkit.fake_page import FakePage
from testkit.opened import ask_of, asks_of, seats_of
from testkit.waiting import until
from tests.asks.empty_room import LIMIT, QUESTION, answered, asked_in, engine, now, page, quick, running, waits

__all__ = ["engine", "page", "quick", "running"]

pytestmark = pytest.mark.anyio

BUILDING = "building the LiveKit server, 40 %"


async def test_a_question_waits_for_a_server_that_is_being_built_and_goes_on_by_itself(
    running: Voice, engine: FakeEngine, page: FakePage
) -> None:
    """Pending with how far it is, in the result and in the progress; then the room is made and the page opens."""
    engine.awaited = BUILDING
    told: list[str] = []

    async def report(line: str) -> None:
        told.append(line)

    pending = await running.ask_in_room(QUESTION, wait_seconds=0.1, report=report)
    assert (pending.status, pending.waiting_for, pending.spoken) == ("pending", None, "")
    assert BUILDING in pending.next
    assert f"wait_for_reply(ask_id={pending.ask_id!r})" in pending.next
    assert BUILDING in told
    assert (engine.log, page.links) == ([], [])
    engine.awaited = ""
    told_way_in = await waits(running, pending.ask_id)
    assert page.url in told_way_in.next
    await until(lambda: engine.links, limit=LIMIT)
    engine.links[0].joins(ALICE)
    link = await asked_in(engine)
    assert (await answered(running, link, pending.ask_id)).reply == "This."


async def test_a_build_that_fails_ends_the_question_with_its_reason(running: Voice, engine: FakeEngine) -> None:
    """Not with "call again": nothing goes on."""
    engine.awaited = BUILDING
    pending = await running.ask_in_room(QUESTION, wait_seconds=0.1)
    engine.broken = EmbeddedServerError("livekit-server could not be built: no route.", code="server-not-built")
    with pytest.raises(EmbeddedServerError, match="no route"):
        await now(running, pending.ask_id, wait_seconds=LIMIT)


async def test_where_nobody_is_waited_for_a_server_that_is_not_there_yet_is_an_error(
    engine: FakeEngine, page: FakePage
) -> None:
    """Somebody wants to be told rather than to wait."""
    engine.awaited = BUILDING
    async with voice_with(load(nobody="error", _env_file=None), engine, page=page) as strict:
        with pytest.raises(LiveKitError, match="40 %"):
            await strict.ask_in_room(QUESTION, wait_seconds=0.1)


async def test_whoever_withdraws_a_question_meanwhile_leaves_nothing_behind(running: Voice, engine: FakeEngine) -> None:
    """No room is made for it afterwards."""
    engine.awaited = BUILDING
    pending = await running.ask_in_room(QUESTION, wait_seconds=0.1)
    assert (await running.cancel_ask(pending.ask_id)).status == "cancelled"
    engine.awaited = ""
    await until(lambda: not list(asks_of(running)), limit=LIMIT)
    assert engine.log == []


async def test_a_question_behind_one_that_is_withdrawn_meanwhile_waits_for_the_server_as_well(
    running: Voice, engine: FakeEngine
) -> None:
    """However long it waited for its turn."""
    engine.awaited = BUILDING
    first = await running.ask_in_room(QUESTION, wait_seconds=0.1)
    second = await running.ask_in_room("And what now?", wait_seconds=0.1)
    ask_of(running, second.ask_id).opened_at -= 60.0
    await running.cancel_ask(first.ask_id)
    assert BUILDING in (await now(running, second.ask_id, wait_seconds=0.1)).next
    engine.awaited = ""
    assert (await waits(running, second.ask_id)).status == "pending"


async def test_listening_says_that_the_server_is_being_built(running: Voice, engine: FakeEngine) -> None:
    """And hears whoever comes once it is there."""
    engine.awaited = BUILDING
    pending = await running.listen_in_room(wait_seconds=0)
    assert (pending.status, BUILDING in pending.next) == ("pending", True)
    engine.awaited = ""
    assert "Nobody is in room" in (await running.listen_in_room(wait_seconds=0)).next


async def test_an_announcement_waits_for_the_server_and_is_spoken_to_whoever_comes(
    running: Voice, engine: FakeEngine
) -> None:
    """Within its call's time."""
    engine.awaited = BUILDING
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(lambda: running.say_in_room("Done.", wait_seconds=LIMIT))
        await until(lambda: seats_of(running).known("voice"), limit=LIMIT)
        engine.awaited = ""
        await until(lambda: engine.links, limit=LIMIT)
        engine.links[0].joins(ALICE)
        await asked_in(engine)
