"""The way into a room in which nobody is: one link that can be used, one page that opens, and a line of progress."""

from __future__ import annotations

import time
from functools import partial

import anyio
import pytest

from mcp_voice.asks.way_in import WayIn
from mcp_voice.errors import LiveKitError
from mcp_voice.join_links import JoinLink
from mcp_voice.link import Typed
from mcp_voice.settings import load
from mcp_voice.voice import Voice, voice_with
from testkit.fake_link import ALICE, FakeEngine
from testkit.fake_page import FakePage
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


async def test_a_link_that_was_used_is_told_no_more_and_made_anew_where_nobody_comes_by_it(
    running: Voice, page: FakePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever used it is on their way in, or their browser did not reach LiveKit."""
    monkeypatch.setattr("mcp_voice.asks.way_in.LOOK_SECONDS", 0.05)
    monkeypatch.setattr("mcp_voice.asks.way_in.COMING_SECONDS", 0.5)
    pending = await waits(running, (await ask(running)).ask_id)
    first = page.links[0]
    page.used.append(first)
    await until(lambda: "on their way in" in running._registry.get(pending.ask_id).answer().next, limit=LIMIT)
    assert first.url not in (await now(running, pending.ask_id)).next
    await until(lambda: len(page.links) == 2, limit=LIMIT)
    await until(lambda: page.url in running._registry.get(pending.ask_id).answer().next, limit=LIMIT)


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
