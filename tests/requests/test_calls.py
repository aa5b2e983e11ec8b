"""Calls through a store that are cancelled, repeated, or end with their process; and what is returned once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import anyio
import pytest

from mcp_voice.asks.figures import CallFigures
from mcp_voice.errors import UnknownAsk, UnknownRoom
from mcp_voice.requests import hanging_up
from mcp_voice.settings import Settings, load
from mcp_voice.store.memory import MemoryStore
from mcp_voice.store.records import State
from mcp_voice.tasks import owned_tasks
from mcp_voice.voices.opening import voice_with
from testkit.fake_link import FakeEngine
from testkit.fake_page import FakePage
from testkit.shared_store import Process, process
from testkit.waiting import until
from tests.requests.kitchen import LIMIT, QUESTION, calling, shown, types

pytestmark = pytest.mark.anyio


@pytest.fixture
def settings() -> Settings:
    """Settings of nobody's environment."""
    return load(quiet_seconds=60.0, _env_file=None)


@pytest.fixture
async def one(settings: Settings) -> AsyncIterator[Process]:
    """A process with a store of its own."""
    async with process(MemoryStore(), FakeEngine(), settings) as started:
        yield started


async def opened(one: Process) -> State:
    """The only question there is."""
    asked = next(iter(one.engine.links[-1].asking))
    return await one.line.store.find(asked, subject="")


@pytest.mark.parametrize("is_script", [True, False], ids=["script", "host"])
async def test_whoever_cancels_its_only_call_hangs_up(one: Process, *, is_script: bool) -> None:
    """The question falls silent, and is over."""
    voice = one.voice.called_by(replace(one.voice.caller, is_script=is_script))
    async with calling(lambda: voice.ask_in_room(QUESTION, "kitchen")) as call:
        link = await shown(one)
        ask_id = (await opened(one)).request.id
        call.cancel()
        await until(lambda: link.playouts[-1].interrupted, limit=LIMIT)
    assert (await one.voice.wait_for_reply(ask_id, LIMIT)).status == "cancelled"


async def test_a_question_that_another_call_waits_for_stays(one: Process) -> None:
    """The same question, asked twice: one of the calls is cancelled."""
    async with (
        calling(lambda: one.voice.ask_in_room(QUESTION, "kitchen")) as first,
        calling(lambda: one.voice.ask_in_room(QUESTION, "kitchen")),
    ):
        await shown(one)
        ask_id = (await opened(one)).request.id
        await until(lambda: one.voice._asks._calling._waiting[ask_id] == 2, limit=LIMIT)
        first.cancel()
        await anyio.sleep(2 * hanging_up.ENDING_SECONDS)
        assert (await opened(one)).is_open


async def test_a_connection_that_breaks_hangs_up_only_if_no_other_call_comes(one: Process) -> None:
    """Over HTTP a question stays open for a while."""
    broken = one.voice.called_by(replace(one.voice.caller, hang_up_seconds=0.5, is_script=False))
    async with calling(lambda: broken.ask_in_room(QUESTION, "kitchen")) as call:
        link = await shown(one)
        ask_id = (await opened(one)).request.id
        call.cancel()
        await until(lambda: ask_id not in one.voice._asks._calling._waiting, limit=LIMIT)
        assert (await one.voice.wait_for_reply(ask_id, 0.1)).status == "pending"
        await anyio.sleep(1.2)
        assert not link.playouts[-1].interrupted
    async with calling(lambda: broken.ask_in_room(QUESTION, "kitchen")) as call:
        await until(lambda: ask_id in one.voice._asks._calling._waiting, limit=LIMIT)
        call.cancel()
        await until(lambda: link.playouts[-1].interrupted, limit=LIMIT)
    assert (await one.voice.wait_for_reply(ask_id, LIMIT)).status == "cancelled"


async def test_a_process_that_ends_hangs_up_nothing(settings: Settings) -> None:
    """Its host is gone, and cancelled its call before: the question is another one's to go on with."""
    store = MemoryStore()
    async with process(store, FakeEngine(), settings) as one:
        voice = one.voice.called_by(replace(one.voice.caller, is_script=False))
        async with calling(lambda: voice.ask_in_room(QUESTION, "kitchen")) as call:
            await shown(one)
            ask_id = (await opened(one)).request.id
            call.cancel()
            one.scope.cancel()
        await until(lambda: "leave" in one.line.log, limit=LIMIT)
        await anyio.sleep(2 * hanging_up.ENDING_SECONDS)
        left = await store.find(ask_id, subject="")
    assert (left.is_open, left.is_withdrawn, left.worker) == (True, False, "")


async def test_what_was_being_opened_when_its_call_was_cancelled_is_withdrawn(one: Process) -> None:
    """Nobody knows its id, and nobody is to be asked, or told, what nobody waits for."""
    one.line.after.add("open")
    for call in (
        lambda: one.voice.ask_in_room(QUESTION, "kitchen"),
        lambda: one.voice.say_in_room("Done.", "kitchen"),
    ):
        one.line.log.clear()
        async with calling(call) as scope:
            await until(lambda: "open" in one.line.log, limit=LIMIT)
            scope.cancel()
    opened = [kept.state for kept in one.line.store._kept.values()]
    assert [each.is_withdrawn for each in opened] == [True, True]
    assert not one.engine.links


async def test_whoever_withdraws_what_is_answered_is_told_where_the_reply_is(one: Process) -> None:
    """`next` said "these are a participant's words" of a result that has none."""
    pending = await one.voice.ask_in_room(QUESTION, "kitchen", wait_seconds=0)
    link = await shown(one)
    link.playouts[-1].finish()
    types(link, "Yes.")
    await one.voice.wait_for_reply(pending.ask_id, LIMIT)
    cancelled = await one.voice.cancel_ask(pending.ask_id)
    assert cancelled.status == "answered"
    assert f"wait_for_reply(ask_id={pending.ask_id!r})" in cancelled.next
    assert "words" not in cancelled.next


async def test_an_ask_that_is_cancelled_is_counted_as_that(one: Process, settings: Settings) -> None:
    """And is open no longer."""
    figures = CallFigures()
    voice = one.voice.apart(settings, inviter="ops", figures=figures)
    pending = await voice.ask_in_room(QUESTION, "kitchen", wait_seconds=0)
    await voice.cancel_ask(pending.ask_id)
    assert (figures.asks_open, figures.asks["cancelled"]) == (0, 1)


async def test_a_message_whose_call_is_cancelled_falls_silent(one: Process) -> None:
    """It ends with its call."""
    async with calling(lambda: one.voice.say_in_room("Done.", "kitchen")) as call:
        await until(lambda: one.engine.links and one.engine.links[-1].playouts, limit=LIMIT)
        call.cancel()
        await until(lambda: one.engine.links[-1].playouts[-1].interrupted, limit=LIMIT)


async def test_a_message_that_was_begun_is_not_said_again_by_another_process(settings: Settings) -> None:
    """Whoever said it was killed: the call is told that a part may have been heard."""
    store, found = MemoryStore(), []
    async with process(store, FakeEngine(), settings) as one, process(store, FakeEngine(), settings) as two:
        await one.voice.listen_in_room("kitchen", wait_seconds=0)

        async def say() -> None:
            with pytest.raises(Exception, match="not spoken in full") as told:
                await two.voice.say_in_room("Done.", "kitchen", wait_seconds=LIMIT)
            found.append(told.value)

        async with owned_tasks() as tasks:
            tasks.start_soon(say)
            await until(lambda: one.engine.links[-1].playouts, limit=LIMIT)
            await until(lambda: _begun(store), limit=LIMIT)
            one.scope.cancel()
        assert found
        assert not [each for link in two.engine.links for each in link.playouts]


async def _begun(store: MemoryStore) -> bool:
    return any(kept.state.progress.spoken_times for kept in store._kept.values())


async def test_what_was_heard_by_a_call_that_never_returned_it_is_there_for_the_next_one(
    one: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was cancelled before it could return."""
    monkeypatch.setattr("mcp_voice.requests.carrying.READ_SECONDS", 0.3)
    one.line.failing.add("changed")  # the call learns nothing of it
    async with calling(lambda: one.voice.listen_in_room("kitchen", wait_seconds=LIMIT)) as call:
        await until(lambda: one.engine.links, limit=LIMIT)
        types(one.engine.links[-1], "Hello.")
        await until(lambda: "answer" in one.line.log, limit=LIMIT)
        call.cancel()
    one.line.failing.clear()
    heard = await until(lambda: _heard(one), limit=LIMIT)
    assert heard.reply == "Hello."
    assert (await one.voice.listen_in_room("kitchen", wait_seconds=0)).status == "pending"


async def _heard(one: Process) -> Any:
    found = await one.voice.listen_in_room("kitchen", wait_seconds=0)
    return found if found.status == "answered" else None


async def test_what_is_said_meanwhile_is_returned_once_by_whichever_process_returns_next(settings: Settings) -> None:
    """Also after the process that heard it has ended."""
    store = MemoryStore()
    async with process(store, FakeEngine(), settings) as one, process(store, FakeEngine(), settings) as two:
        pending = await one.voice.ask_in_room(QUESTION, "kitchen", wait_seconds=0)
        link = await shown(one)
        link.playouts[-1].finish()
        types(link, "Yes.")
        assert (await two.voice.wait_for_reply(pending.ask_id, LIMIT)).said_meanwhile == []
        types(link, "One more thing.")
        await until(lambda: one.voice.transcript("kitchen")[2:], limit=LIMIT)
        await until(lambda: _is_noted(store), limit=LIMIT)
        there = await two.voice.wait_for_reply(pending.ask_id)
        assert [each.text for each in there.said_meanwhile] == ["One more thing."]
        assert (await one.voice.wait_for_reply(pending.ask_id)).said_meanwhile == []
        types(link, "And another.")
        await until(lambda: one.voice.transcript("kitchen")[3:], limit=LIMIT)
        one.scope.cancel()
        await until(lambda: "leave" in one.line.log, limit=LIMIT)
        there = await two.voice.wait_for_reply(pending.ask_id)
        assert [each.text for each in there.said_meanwhile] == ["And another."]
        assert (await two.voice.wait_for_reply(pending.ask_id)).said_meanwhile == []
        assert [each.text for each in await two.voice.read_transcript("kitchen")][-1] == "And another."


async def _is_noted(store: MemoryStore) -> bool:
    return any("One more thing." in text for text, _ in store._notes.values())


async def test_a_subject_knows_nothing_of_another_ones_asks_rooms_and_words(one: Process, settings: Settings) -> None:
    """Though both are asked in one room, by one process."""
    ops, sales = (one.voice.apart(settings, inviter=name) for name in ("ops", "sales"))
    pending = await ops.ask_in_room(QUESTION, "kitchen", wait_seconds=0)
    link = await shown(one)
    link.playouts[-1].finish()
    types(link, "Yes.")
    assert (await ops.wait_for_reply(pending.ask_id, LIMIT)).reply == "Yes."
    for call in (sales.wait_for_reply, sales.cancel_ask, one.voice.wait_for_reply):
        with pytest.raises(UnknownAsk) as told:
            await call(pending.ask_id)
        assert "kept: none" in str(told.value)
    with pytest.raises(UnknownRoom):
        await sales.read_transcript("kitchen")
    assert (await sales.rooms_entered(), await ops.rooms_entered()) == ([], ["kitchen"])
    same = await sales.ask_in_room(QUESTION, "kitchen", wait_seconds=0)
    assert same.ask_id != pending.ask_id
    assert len(one.engine.links) == 2


async def test_whoever_is_to_come_is_told_the_name_of_the_host_that_looked(settings: Settings) -> None:
    """The page had the program's own name, whichever host it was that wanted to speak to them."""
    engine, page = FakeEngine(people={}), FakePage()
    async with voice_with(settings, engine, page=page) as voice:
        await voice.called_by(replace(voice.caller, name="Claude Code")).list_rooms()
    assert page.made_for == [("voice", "", "Claude Code")]
