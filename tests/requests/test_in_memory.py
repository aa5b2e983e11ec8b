"""Asks in the memory of this process: nobody else could carry them on, and nobody else needs to be asked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import anyio
import pytest

from mcp_voice.asks.hints import NEXT_ENDING
from mcp_voice.asks.room_voice import room_voice
from mcp_voice.errors import Busy, LiveKitError, UnknownRoom
from mcp_voice.requests import hanging_up, local
from mcp_voice.settings import load
from mcp_voice.store.memory import MemoryStore
from mcp_voice.store.records import Place
from mcp_voice.tasks import owned_tasks
from mcp_voice.voice import Voice
from mcp_voice.voices.opening import voice_with
from testkit.fake_link import ALICE, FakeEngine
from testkit.opened import asks_of
from testkit.waiting import until
from tests.requests.kitchen import LIMIT, calling, types

pytestmark = pytest.mark.anyio


@pytest.fixture
def engine() -> FakeEngine:
    """Of this process."""
    return FakeEngine()


@pytest.fixture
async def voice(engine: FakeEngine) -> AsyncIterator[Voice]:
    """Without a store that is set, for an MCP host."""
    async with voice_with(load(quiet_seconds=60.0, _env_file=None), engine) as opened:
        yield opened.called_by(replace(opened.caller, is_script=False))


async def test_a_host_that_cancels_its_call_hangs_up_at_once(
    voice: Voice, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a shared store it may be ending, and another process goes on: that is waited for."""
    monkeypatch.setattr(hanging_up, "ENDING_SECONDS", 2 * LIMIT)
    async with calling(lambda: voice.ask_in_room("One?", "kitchen")) as call:
        await until(lambda: engine.links and engine.links[0].playouts, limit=LIMIT)
        call.cancel()
        await until(lambda: not list(asks_of(voice)), limit=LIMIT)
    assert engine.links[0].playouts[0].interrupted


async def test_a_pending_result_says_that_the_question_ends_with_the_process(voice: Voice) -> None:
    """A later call would not find it."""
    pending = await voice.ask_in_room("One?", "kitchen", wait_seconds=0)
    voice.return_calls()
    assert (await voice.wait_for_reply(pending.ask_id)).next == NEXT_ENDING


async def test_the_rooms_that_we_are_in_are_told_without_livekit(
    voice: Voice, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A host lists its resources while the server is away."""
    await voice.ask_in_room("One?", "kitchen", wait_seconds=0)

    async def rooms(_: str = "") -> None:
        raise LiveKitError("It is away.", fix="Wait.")

    monkeypatch.setattr(engine, "rooms", rooms)
    assert await voice.rooms_entered() == ["kitchen"]


async def test_a_room_that_was_refused_is_asked_in_as_soon_as_it_may_be(
    engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is no other process to which it could be left for a while."""
    monkeypatch.setattr(local, "BUSY_SECONDS", 2 * LIMIT)
    async with voice_with(load(most_rooms=1, quiet_seconds=60.0, _env_file=None), engine) as voice:

        async def is_asked() -> bool:
            try:
                return (await voice.ask_in_room("Two?", "attic", wait_seconds=0)).status == "pending"
            except Busy:
                return False

        with anyio.fail_after(LIMIT):
            first = await voice.ask_in_room("One?", "kitchen", wait_seconds=0)
            assert not await is_asked()
            await voice.cancel_ask(first.ask_id)
            await until(is_asked, limit=LIMIT)


async def test_the_audit_log_tells_the_end_of_an_ask_that_ends_with_the_process(
    engine: FakeEngine, caplog: pytest.LogCaptureFixture
) -> None:
    """No other process will."""
    caplog.set_level("INFO", logger="mcp_voice.audit")
    async with voice_with(load(quiet_seconds=60.0, _env_file=None), engine) as opened:
        theirs = opened.apart(load(_env_file=None), inviter="ops")
        pending = await theirs.ask_in_room("One?", "kitchen", wait_seconds=0)
    (line,) = [record.getMessage() for record in caplog.records if "ask ended" in record.getMessage()]
    assert "cancelled" in line
    assert pending.ask_id in line


async def test_when_to_call_again_is_told_in_a_number_too(engine: FakeEngine) -> None:
    """For a script."""
    async with voice_with(load(most_rooms=1, quiet_seconds=60.0, _env_file=None), engine) as voice:
        await voice.ask_in_room("One?", "kitchen", wait_seconds=0)
        with pytest.raises(Busy) as busy:
            await voice.ask_in_room("Two?", "attic", wait_seconds=0)
    assert f"about {busy.value.again_seconds} s" in str(busy.value)


async def test_busy_is_told_before_livekit_is_asked_for_the_room(engine: FakeEngine) -> None:
    """On a machine that has no processor left, its server takes a second to answer."""
    settings = load(most_rooms=1, quiet_seconds=60.0, rooms="kitchen, attic", _env_file=None)
    async with voice_with(settings, engine) as voice:
        first = await voice.ask_in_room("One?", "kitchen", wait_seconds=0)
        engine.unreachable = LiveKitError("It does not answer.", fix="Wait.")
        for call in (
            voice.ask_in_room("Two?", "attic"),
            voice.say_in_room("Hi.", "attic"),
            voice.listen_in_room("attic"),
        ):
            with pytest.raises(Busy):
                await call
        # A room that is not allowed is not told as busy, and a question that is open is found again.
        with pytest.raises(LiveKitError, match="does not answer"):
            await voice.ask_in_room("Two?", "cellar", wait_seconds=0)
        assert (await voice.ask_in_room("One?", "kitchen", wait_seconds=0)).ask_id == first.ask_id


async def test_a_room_that_nobody_needs_makes_way_once(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """For a room that there is; to look whether there is room leaves none."""
    monkeypatch.setattr("mcp_voice.capacity.admission.NEEDED_SECONDS", 0.0)
    engine.people["attic"] = [ALICE]
    async with voice_with(load(most_rooms=2, quiet_seconds=60.0, nobody="error", _env_file=None), engine) as voice:
        for room in ("kitchen", "hall"):
            engine.people[room] = [ALICE]
            await voice.listen_in_room(room, wait_seconds=0)
        with pytest.raises(UnknownRoom):
            await voice.ask_in_room("Anybody?", "cellar", wait_seconds=0)
        await voice.ask_in_room("One?", "attic", wait_seconds=0)
        assert len([each for each in engine.log if each.startswith("leave")]) == 1


async def test_the_audit_log_tells_the_outcome_that_an_ask_had_when_the_process_ended(
    engine: FakeEngine, caplog: pytest.LogCaptureFixture
) -> None:
    """Answered in its last moment."""
    caplog.set_level("INFO", logger="mcp_voice.audit")
    async with voice_with(load(quiet_seconds=60.0, _env_file=None), engine) as opened:
        theirs = opened.apart(load(_env_file=None), inviter="ops")
        await theirs.ask_in_room("One?", "kitchen", wait_seconds=0)
        engine.links[0].playouts[0].finish()
        await until(lambda: engine.links[0].asking, limit=LIMIT)
        types(engine.links[0], "This.")
        await until(lambda: not list(asks_of(theirs)), limit=LIMIT)
    (line,) = [record.getMessage() for record in caplog.records if "ask ended" in record.getMessage()]
    assert "answered" in line


async def test_what_this_machine_cannot_handle_is_refused_before_it_is_opened(engine: FakeEngine) -> None:
    """At once, however busy the loop is: nobody else could take it."""
    async with voice_with(load(most_rooms=1, quiet_seconds=60.0, _env_file=None), engine) as voice:
        first = await voice.ask_in_room("One?", "kitchen", wait_seconds=0)
        for call in (voice.ask_in_room, voice.say_in_room):
            with pytest.raises(Busy):
                await call("Two?", "attic", wait_seconds=0)
        with pytest.raises(Busy):
            await voice.listen_in_room("attic", wait_seconds=0)
        assert list(voice._store._kept) == [first.ask_id]  # type: ignore[attr-defined]  # of this process


async def test_a_place_that_is_offered_in_the_last_moment_is_left_alone(engine: FakeEngine) -> None:
    """And breaks nothing: the process ends anyway."""
    settings = load(_env_file=None)
    async with room_voice(settings, engine) as inner, owned_tasks() as tasks:
        carriers = local.LocalCarriers(MemoryStore(), inner, settings, tasks, worker="one")
        tasks.cancel_scope.cancel()
        tasks.start_soon(carriers._accept, Place("", "kitchen"))


async def test_what_is_over_is_dropped_in_time_for_as_long_as_the_voice_is_there(
    engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though nobody calls."""
    dropping: list[str] = []

    async def forget_in_time(_: MemoryStore) -> None:
        dropping.append("begun")
        try:
            await anyio.sleep_forever()
        finally:
            dropping.append("ended")

    monkeypatch.setattr(MemoryStore, "forget_in_time", forget_in_time)
    async with voice_with(load(_env_file=None), engine):
        await until(lambda: dropping, limit=LIMIT)
        assert dropping == ["begun"]
    assert dropping == ["begun", "ended"]
