"""The way into a room in which nobody is: one link that can be used, one page that opens, and a line of progress."""

from __future__ import annotations

import time
from functools import partial

import anyio
import pytest

from mcp_voice.asks.join_links import JoinLink
from mcp_voice.asks.way_in import WayIn
from mcp_voice.errors import LiveKitError
from mcp_voice.link import Typed
from mcp_voice.settings import load
from mcp_voice.voice import Voice
from mcp_voice.voices.opening import voice_with
from testkit.fake_link import ALICE, BOB, FakeEngine
from testkit.fake_page import FakePage
from testkit.opened import ask_of, seats_of
from testkit.reporting import unreported
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


async def test_somebody_who_goes_again_at_once_is_waited_for_anew_with_another_link(
    running: Voice, engine: FakeEngine, page: FakePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Theirs has been used; and no second page opens, for they may only have reloaded it."""
    monkeypatch.setattr("mcp_voice.asks.arrival.QUIET_SECONDS", 5.0)
    pending = await waits(running, (await ask(running)).ask_id)
    first = page.url
    (link,) = engine.links
    page.used.append(page.links[0])
    link.joins(ALICE)
    await until(lambda: ask_of(running, pending.ask_id).phase == "joining", limit=LIMIT)
    assert first not in ask_of(running, pending.ask_id).answer().next
    link.leaves(ALICE)
    again = await waits(running, pending.ask_id)
    await until(lambda: len(page.links) == 2, limit=LIMIT)
    again = await now(running, pending.ask_id)
    assert page.url in again.next
    assert first not in again.next
    assert len(page.opened) == 1
    assert not link.playouts


async def test_a_link_is_not_made_anew_for_every_call_but_before_it_ends(
    engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is told can be used for a while."""
    monkeypatch.setattr("mcp_voice.asks.way_in.LEAST_SECONDS", 2.0)
    page = FakePage(valid_seconds=3)
    async with voice_with(load(_env_file=None), engine, page=page) as running:
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
    assert f"Ask the person who should answer to open {page.url}" in (await now(running, pending.ask_id)).next


async def test_no_page_opens_where_somebody_is_there(running: Voice, engine: FakeEngine, page: FakePage) -> None:
    """A tab that is in the room is enough, also for a question that waited long for its turn."""
    engine.people = {"voice": [ALICE]}
    first = await ask(running)
    second = await ask(running, "And what now?")
    ask_of(running, second.ask_id).opened_at -= 60.0
    link = await asked_in(engine)
    await answered(running, link, first.ask_id)
    await asked_in(engine, playout=1)
    await answered(running, link, second.ask_id)
    assert not page.links


async def test_a_link_that_was_used_is_told_no_more_and_made_anew_where_nobody_comes_by_it(
    running: Voice, page: FakePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever used it is on their way in, or their browser did not reach LiveKit."""
    monkeypatch.setattr("mcp_voice.asks.way_in.LOOK_SECONDS", 0.05)
    monkeypatch.setattr("mcp_voice.asks.way_in.COMING_SECONDS", 0.5)
    pending = await waits(running, (await ask(running)).ask_id)
    first = page.links[0]
    page.used.append(first)
    await until(lambda: "on their way in" in ask_of(running, pending.ask_id).answer().next, limit=LIMIT)
    assert first.url not in (await now(running, pending.ask_id)).next
    await until(lambda: len(page.links) == 2, limit=LIMIT)
    await until(lambda: page.url in ask_of(running, pending.ask_id).answer().next, limit=LIMIT)


async def test_whoever_comes_and_goes_without_using_the_link_leaves_it_as_it_is(
    running: Voice, engine: FakeEngine, page: FakePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They reload their page, and each new code would end the oldest of another room."""
    monkeypatch.setattr("mcp_voice.asks.arrival.QUIET_SECONDS", 5.0)
    ask_id = (await ask(running)).ask_id
    await waits(running, ask_id)
    for _ in range(5):
        engine.links[0].joins(ALICE)
        await until(lambda: ask_of(running, ask_id).phase == "joining", limit=LIMIT)
        engine.links[0].leaves(ALICE)
        assert page.links[0].url in (await waits(running, ask_id)).next
    assert len(page.links) == 1


async def test_a_link_that_ended_since_the_last_wait_is_neither_told_nor_opened(
    running: Voice, page: FakePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was used, or expired, while nobody looked: nobody is on their way in."""
    monkeypatch.setattr("mcp_voice.asks.way_in.AGAIN_SECONDS", 0.0)
    first = await waits(running, (await ask(running)).ask_id)
    await until(lambda: page.opened, limit=LIMIT)
    await running.cancel_ask(first.ask_id)
    page.used.append(page.links[0])
    second = await waits(running, (await ask(running, "And what now?")).ask_id)
    await until(lambda: len(page.opened) == 2, limit=LIMIT)
    assert page.opened[1] is page.links[1]
    assert page.url in (await now(running, second.ask_id)).next


async def test_a_name_is_suggested_only_to_whom_it_belongs(running: Voice, page: FakePage) -> None:
    """The link for anybody after one for Alice names nobody."""
    first = await waits(running, (await ask(running, participant="Alice")).ask_id)
    await running.cancel_ask(first.ask_id)
    page.used.append(page.links[0])
    await waits(running, (await ask(running, "And what now?")).ask_id)
    assert [name for _, name, _ in page.made_for] == ["Alice", ""]


async def test_whoever_comes_by_the_link_that_was_made_for_them_is_asked_under_any_name(
    running: Voice, engine: FakeEngine, page: FakePage
) -> None:
    """The page suggests their name, and they may write another one there."""
    pending = await waits(running, (await ask(running, participant="Alice Smith")).ask_id)
    page.came_as.append("alice")
    engine.links[0].joins(BOB)
    engine.links[0].joins(ALICE)
    link = await asked_in(engine)
    answer = await answered(running, link, pending.ask_id)
    assert answer.participant is not None
    assert (answer.reply, answer.participant.identity) == ("This.", "alice")
    engine.people["voice"] = [BOB, ALICE]
    second = await ask(running, "And what now?", participant="Alice Smith")
    assert ask_of(running, second.ask_id).target.participant == "alice"


async def test_whoever_waits_for_somebody_else_keeps_a_link_when_one_person_comes(
    running: Voice, engine: FakeEngine, page: FakePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A call that listens beside an ask for Bob has found Alice, who used the link."""
    monkeypatch.setattr("mcp_voice.asks.way_in.LOOK_SECONDS", 0.05)
    pending = await waits(running, (await ask(running, participant="Bob")).ask_id)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(partial(running.listen_in_room, wait_seconds=1, report=unreported))
        await until(lambda: len(seats_of(running).seat("voice", name="").way_in._waiters) == 2, limit=LIMIT)
        page.used.append(page.links[0])
        engine.links[0].joins(ALICE)
        await until(lambda: len(page.links) == 2, limit=LIMIT)
    told = await waits(running, pending.ask_id)
    assert page.url in told.next
    assert "nobody called 'Bob'" in told.next


@pytest.mark.parametrize("broken", ["link", "open_in_browser"])
async def test_a_page_that_fails_keeps_no_question_from_being_asked(
    running: Voice, engine: FakeEngine, page: FakePage, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    """Whatever it is that fails there: a mistake of ours, or a file that is missing."""

    async def fails(*_: object, **__: object) -> None:
        raise RuntimeError("a file is missing")

    monkeypatch.setattr(page, broken, fails)
    pending = await waits(running, (await ask(running)).ask_id)
    assert ("there is no link: the join page failed" in pending.next) == (broken == "link")
    engine.links[0].joins(ALICE)
    assert (await answered(running, await asked_in(engine), pending.ask_id)).reply == "This."


async def test_two_who_wait_for_one_room_do_not_wake_each_other_without_end(
    running: Voice, page: FakePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each tells of changes, and only of them."""
    looks: list[float] = []
    look = WayIn.link

    async def counted(way_in: WayIn) -> JoinLink | None:
        looks.append(time.monotonic())
        return await look(way_in)

    monkeypatch.setattr(WayIn, "link", counted)
    await waits(running, (await ask(running)).ask_id)
    await running.listen_in_room(wait_seconds=0.3, report=unreported)
    assert len(looks) < 10
    assert len(page.links) == 1
