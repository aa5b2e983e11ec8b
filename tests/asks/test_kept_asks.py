"""An ask is kept for an hour once it is over; the connection that it was asked by is not."""

from __future__ import annotations

import gc
import weakref
from collections.abc import AsyncIterator
from typing import Any

import anyio
import pytest

from mcp_voice.errors import RemovedFromRoom, TTSError
from mcp_voice.settings import load
from mcp_voice.voice import Voice
from mcp_voice.voices.opening import voice_with
from testkit.fake_link import FakeEngine
from testkit.waiting import until
from tests.asks.test_links import LIMIT, asking, listening, speaking, type_in

pytestmark = pytest.mark.anyio


@pytest.fixture
def engine() -> FakeEngine:
    """A kitchen with Alice in it."""
    return FakeEngine()


@pytest.fixture
async def running(engine: FakeEngine) -> AsyncIterator[Voice]:
    """A voice that leaves the kitchen as soon as it may."""
    async with voice_with(load(quiet_seconds=0.0, _env_file=None), engine) as opened:
        yield opened


async def left(engine: FakeEngine) -> list[weakref.ref[Any]]:
    """Wait until nobody is in the kitchen; the only references to the link and its voices that are left."""
    await until(lambda: "leave kitchen" in engine.log, limit=LIMIT)
    link = engine.links.pop()
    engine.tts_fault = None
    return [weakref.ref(link), *map(weakref.ref, link.playouts)]


async def collected(kept: list[weakref.ref[Any]]) -> bool:
    """Whether all of it is gone, once the tasks that were ended have run."""
    with anyio.move_on_after(LIMIT):
        while any(each() is not None for each in kept):
            await anyio.sleep(0.01)
            gc.collect()
    return all(each() is None for each in kept)


async def test_an_ask_that_was_answered_keeps_no_connection(running: Voice, engine: FakeEngine) -> None:
    """Only its answer."""
    async with asking(running, "What is it?") as call:
        link = await listening(running, engine)
        type_in(link, "This.")
    del link
    assert await collected(await left(engine))
    assert call.answer is not None
    assert (await running.wait_for_reply(call.answer.ask_id)).reply == "This."


async def test_an_ask_that_was_cancelled_keeps_no_connection(running: Voice, engine: FakeEngine) -> None:
    """While its question was being spoken."""
    async with asking(running, "What is it?") as call:
        await speaking(engine)
        call.scope.cancel()
    assert await collected(await left(engine))


async def test_an_ask_that_failed_keeps_no_connection_and_tells_its_error_each_time(
    running: Voice, engine: FakeEngine
) -> None:
    """A traceback would keep every frame from the voice that failed up to the call."""
    engine.tts_fault = TTSError("No voice.", fix="Try again.", code="no-audio")
    async with asking(running, "What is it?") as call:
        pass
    assert isinstance(call.error, TTSError)
    call.error = None
    assert await collected(await left(engine))
    (ask_id,) = running._store._kept  # type: ignore[attr-defined]  # of this process
    for _ in range(2):
        with pytest.raises(TTSError, match=r"^No voice. Try again.$") as raised:
            await running.wait_for_reply(ask_id)
        assert raised.value.code == "no-audio"


async def test_a_room_that_we_were_removed_from_keeps_no_connection(running: Voice, engine: FakeEngine) -> None:
    """Why it ended is kept for whoever asks next."""
    async with asking(running, "What is it?") as call:
        (await listening(running, engine)).lose(RemovedFromRoom("Somebody removed us."))
    assert isinstance(call.error, RemovedFromRoom)
    call.error = None
    assert await collected(await left(engine))
