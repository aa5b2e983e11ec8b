"""A room that LiveKit's server does not know any more: waited for where it was there a moment ago, else an error."""

from __future__ import annotations

from collections.abc import AsyncIterator

import anyio
import pytest

from mcp_voice.asks import returning
from mcp_voice.errors import RemovedFromRoom, UnknownRoom
from mcp_voice.settings import load
from mcp_voice.voice import Voice
from mcp_voice.voices.opening import voice_with
from testkit.fake_link import ALICE, FakeEngine
from testkit.waiting import settled, until

pytestmark = pytest.mark.anyio

LIMIT = 10.0
URL = "ws://livekit.example"


@pytest.fixture
def engine() -> FakeEngine:
    """Alice in the kitchen."""
    return FakeEngine()


@pytest.fixture
async def voice(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Voice]:
    """Who asks there, on a server of one's own."""
    monkeypatch.setattr(returning, "RETURN_SECONDS", 1.0)
    monkeypatch.setattr(returning, "LOOK_SECONDS", 0.02)
    async with voice_with(load(livekit_url=URL, quiet_seconds=60.0, _env_file=None), engine) as opened:
        yield opened


async def test_a_room_that_was_there_a_moment_ago_is_waited_for_until_somebody_is_back(
    voice: Voice, engine: FakeEngine
) -> None:
    """An agent that was quicker than they are answers nothing."""
    await voice.ask_in_room("First?", "kitchen", wait_seconds=0)
    people = engine.people.pop("kitchen")
    asked: list[str] = []

    async def ask() -> None:
        asked.append((await voice.ask_in_room("Second?", "kitchen", wait_seconds=0)).status)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(ask)
        await settled()
        engine.people["kitchen"] = []
        await anyio.sleep(5 * returning.LOOK_SECONDS)
        assert asked == []
        engine.people["kitchen"] = people
    assert asked == ["pending"]


async def test_a_room_that_does_not_come_back_is_an_error_after_a_while(voice: Voice, engine: FakeEngine) -> None:
    """The call ends in time."""
    await voice.send_message_to_room("Hello.", "kitchen")
    del engine.people["kitchen"]
    with anyio.fail_after(LIMIT), pytest.raises(UnknownRoom, match="There is no room"):
        await voice.ask_in_room("Second?", "kitchen", wait_seconds=0)


async def test_a_room_that_never_was_is_an_error_at_once(
    voice: Voice, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long one that was there is waited for."""
    monkeypatch.setattr(returning, "RETURN_SECONDS", float("inf"))
    await voice.ask_in_room("First?", "kitchen", wait_seconds=0)
    for name in ("cellar", "Kitchen"):
        with anyio.fail_after(LIMIT), pytest.raises(UnknownRoom, match="There is no room"):
            await voice.ask_in_room("Second?", name, wait_seconds=0)


async def test_a_room_that_we_know_to_be_closed_is_an_error_at_once(
    voice: Voice, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody has decided that."""
    monkeypatch.setattr(returning, "RETURN_SECONDS", float("inf"))
    pending = await voice.ask_in_room("First?", "kitchen", wait_seconds=0)
    await until(lambda: engine.links, limit=LIMIT)
    del engine.people["kitchen"]
    engine.links[0].lose(RemovedFromRoom("The room was deleted."))
    with pytest.raises(RemovedFromRoom):
        await voice.wait_for_reply(pending.ask_id, LIMIT)
    with anyio.fail_after(LIMIT), pytest.raises(UnknownRoom, match="There is no room"):
        await voice.ask_in_room("Second?", "kitchen", wait_seconds=0)
    engine.people["kitchen"] = [ALICE]
    again = await voice.ask_in_room("Third?", "kitchen", wait_seconds=0)
    assert again.status == "pending"
