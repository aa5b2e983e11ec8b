"""Saying and listening where nobody is: nothing is said to an empty room, and the result tells the way in."""

from __future__ import annotations

import time

import anyio
import pytest

from mcp_voice.errors import NobodyThere, RoomClosed
from mcp_voice.link import Typed
from mcp_voice.results import Answer, Said
from mcp_voice.voice import Voice
from testkit.fake_link import ALICE, FakeEngine
from testkit.fake_page import FakePage
from testkit.reporting import unreported
from testkit.waiting import until
from tests.asks.empty_room import LIMIT, QUESTION, ask, engine, page, quick, running, waits

__all__ = ["engine", "page", "quick", "running"]

pytestmark = pytest.mark.anyio

MESSAGE = "The build is done."


async def listen(running: Voice, wait_seconds: float = 0.2, **arguments: str) -> Answer:
    """Listen in the usual room."""
    return await running.listen_in_room(wait_seconds=wait_seconds, report=unreported, **arguments)


async def test_what_is_said_to_nobody_is_an_error_with_the_link_once_its_wait_is_over(
    running: Voice, engine: FakeEngine, page: FakePage
) -> None:
    """Nothing is spoken."""
    with pytest.raises(NobodyThere, match="Nothing was said: nobody is in room 'voice'") as refused:
        await running.say_in_room(MESSAGE, wait_seconds=1, report=unreported)
    assert page.url in str(refused.value)
    assert len(page.opened) == 1
    assert not engine.links[0].playouts
    assert not any(line.startswith("synthesize") for line in engine.log)


async def test_what_is_to_be_said_is_said_once_somebody_is_there(running: Voice, engine: FakeEngine) -> None:
    """As long as its call waits."""
    said: list[Said] = []

    async def say() -> None:
        said.append(await running.say_in_room(MESSAGE, wait_seconds=LIMIT, report=unreported))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(say)
        await until(lambda: engine.links, limit=LIMIT)
        engine.links[0].joins(ALICE)
        await until(lambda: engine.links[0].playouts, limit=LIMIT)
        engine.links[0].playouts[0].finish()
    assert (said[0].status, said[0].room_name) == ("said", "voice")


async def test_what_is_to_be_said_is_said_though_the_room_was_closed_meanwhile(
    running: Voice, engine: FakeEngine
) -> None:
    """LiveKit closes a room in which nobody is; it is made again, and somebody comes."""
    said: list[Said] = []

    async def say() -> None:
        said.append(await running.say_in_room(MESSAGE, wait_seconds=LIMIT, report=unreported))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(say)
        await until(lambda: engine.links, limit=LIMIT)
        engine.links[0].lose(RoomClosed("The room was closed."))
        await until(lambda: len(engine.links) == 2, limit=LIMIT)
        engine.links[1].joins(ALICE)
        await until(lambda: engine.links[1].playouts, limit=LIMIT)
        engine.links[1].playouts[0].finish()
    assert said[0].status == "said"


async def test_what_is_said_behind_an_ask_that_waits_for_somebody_names_nobody_and_the_link(
    running: Voice, page: FakePage
) -> None:
    """Not the ask: cancelling it would not help."""
    await waits(running, (await ask(running)).ask_id)
    with pytest.raises(NobodyThere, match="nobody is in room 'voice'") as refused:
        await running.say_in_room(MESSAGE, wait_seconds=1, report=unreported)
    assert page.url in str(refused.value)
    assert len(page.links) == 1


async def test_listening_where_nobody_is_waits_for_somebody_and_hears_them(
    running: Voice, engine: FakeEngine, page: FakePage
) -> None:
    """Each call tells the same link, and one page opens for all of them."""
    for _ in range(3):
        pending = await listen(running)
        assert (pending.status, pending.waiting_for) == ("pending", "human")
        assert page.url in pending.next
        assert "listen_in_room again" in pending.next
    assert (len(page.links), len(page.opened)) == (1, 1)
    heard: list[Answer] = []

    async def go_on() -> None:
        heard.append(await listen(running, LIMIT))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(go_on)
        engine.links[0].joins(ALICE)
        engine.links[0].hear(Typed("alice", "Good morning.", time.monotonic()))
    assert (heard[0].reply, heard[0].room_name) == ("Good morning.", "voice")
    engine.people["voice"] = [ALICE]
    assert (await listen(running)).waiting_for is None


async def test_looking_whether_something_was_said_opens_no_page(running: Voice, page: FakePage) -> None:
    """With a wait of 0 there is a link in the result, no more."""
    pending = await listen(running, 0)
    assert (pending.waiting_for, page.url in pending.next) == ("human", True)
    assert not page.opened


async def test_somebody_who_is_named_and_not_there_yet_is_listened_to_alone(running: Voice, engine: FakeEngine) -> None:
    """As in a room in which humans are."""
    await listen(running, participant="Alice")
    heard: list[Answer] = []

    async def go_on() -> None:
        heard.append(await listen(running, LIMIT, participant="Alice"))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(go_on)
        engine.links[0].joins(ALICE)
        engine.links[0].hear(Typed("alice", "Good morning.", time.monotonic()))
    assert heard[0].reply == "Good morning."


async def test_an_ask_after_a_listen_opens_no_second_page(running: Voice, page: FakePage) -> None:
    """It is the same wait to whoever sits there."""
    await listen(running)
    await waits(running, (await ask(running, QUESTION)).ask_id)
    assert len(page.opened) == 1


async def test_an_ask_after_a_look_opens_the_page(running: Voice, page: FakePage) -> None:
    """The look had opened none."""
    await listen(running, 0)
    await waits(running, (await ask(running, QUESTION)).ask_id)
    await until(lambda: page.opened, limit=LIMIT)
