"""The connection breaks while a message is spoken: nobody is told that all of it was heard."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from mcp_voice.errors import VoiceError
from mcp_voice.link import Reconnected, Reconnecting
from mcp_voice.results import Said
from mcp_voice.settings import load
from mcp_voice.tasks import owned_tasks
from mcp_voice.turns import open_turns
from mcp_voice.voice import Voice
from mcp_voice.voices.opening import voice_with
from testkit.fake_link import FakeEngine, FakeLink
from testkit.opened import seats_of
from testkit.waiting import until
from tests.asks.test_listening_survives import spoken_in

pytestmark = pytest.mark.anyio

LIMIT = 10.0
MESSAGE = "The build is done."
BLIP = 0.3
"""Seconds that an outage lasts here, at least, in which sound is lost."""
NOT_HEARD = "may not have been heard in full in room 'kitchen': the connection broke off meanwhile."


@pytest.fixture
def engine() -> FakeEngine:
    """Alice in the kitchen."""
    return FakeEngine()


@pytest.fixture
async def voice(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Voice]:
    """Who speaks there."""
    monkeypatch.setattr(open_turns, "HEARD_ON_SECONDS", BLIP)
    async with voice_with(load(quiet_seconds=60.0, _env_file=None), engine) as opened:
        yield opened


class Saying:
    """A call of ``say_in_room`` under way."""

    def __init__(self) -> None:
        self.came: Said | VoiceError | None = None

    async def run(self, voice: Voice) -> None:
        """Make the call."""
        try:
            self.came = await voice.say_in_room(MESSAGE, room_name="kitchen", wait_seconds=LIMIT)
        except VoiceError as error:
            self.came = error

    def failed(self) -> bool:
        """Whether the caller was told that it was not heard in full."""
        assert isinstance(self.came, VoiceError), self.came
        return NOT_HEARD in str(self.came) and self.came.code == "connection-lost"


async def sounds(engine: FakeEngine) -> FakeLink:
    """The room in which it is being spoken."""
    link = await spoken_in(engine, MESSAGE)
    await until(lambda: link.playouts[-1].listened_for, limit=LIMIT)
    return link


@asynccontextmanager
async def spoken(voice: Voice, engine: FakeEngine) -> AsyncIterator[tuple[Saying, FakeLink]]:
    """A call that speaks its message when the block begins, and has returned when it ends."""
    saying = Saying()
    async with owned_tasks() as tasks:
        tasks.start_soon(saying.run, voice)
        yield saying, await sounds(engine)


async def passes(seconds: float) -> None:
    """So much time."""
    end = time.monotonic() + seconds
    await until(lambda: time.monotonic() > end, limit=LIMIT)


async def is_broken(voice: Voice) -> None:
    """Wait until that is known."""
    turns = seats_of(voice).seat("kitchen", name="").listener.turns
    await until(lambda: turns.is_broken, limit=LIMIT)


async def test_a_message_that_was_spoken_into_an_outage_is_told_as_not_heard(voice: Voice, engine: FakeEngine) -> None:
    """LiveKit's server was killed and started again: what the SDK has played on reached nobody."""
    async with spoken(voice, engine) as (saying, link):
        link.hear(Reconnecting())
        await passes(2 * BLIP)
        link.hear(Reconnected())
        await until(lambda: not seats_of(voice).seat("kitchen", name="").listener.turns.is_broken, limit=LIMIT)
        link.playouts[-1].finish()
    assert saying.failed()
    # It was said, whoever heard it.
    assert [line.text for line in voice.transcript("kitchen")] == [MESSAGE]


async def test_a_short_outage_after_a_long_one_hides_nothing(voice: Voice, engine: FakeEngine) -> None:
    """Only the last one was remembered."""
    async with spoken(voice, engine) as (saying, link):
        link.hear(Reconnecting())
        await passes(2 * BLIP)
        link.hear(Reconnected(), Reconnecting(), Reconnected())
        link.playouts[-1].finish()
    assert saying.failed()


async def test_one_that_ends_in_an_outage_waits_for_its_end(voice: Voice, engine: FakeEngine) -> None:
    """Until then it is not known whether it was heard."""
    async with spoken(voice, engine) as (saying, link):
        link.hear(Reconnecting())
        await is_broken(voice)
        link.playouts[-1].finish()
        await passes(2 * BLIP)
        assert saying.came is None
        link.hear(Reconnected())
    assert saying.failed()


async def test_one_that_ends_in_an_outage_does_not_wait_where_this_process_ends(
    voice: Voice, engine: FakeEngine
) -> None:
    """A host that is gone kills us soon."""
    async with spoken(voice, engine) as (saying, link):
        link.hear(Reconnecting())
        await is_broken(voice)
        link.playouts[-1].finish()
        await passes(BLIP)
        voice.return_calls()
        await until(lambda: saying.came is not None, limit=LIMIT)
    assert saying.failed()


async def test_a_connection_that_broke_for_a_moment_or_before_changes_nothing(voice: Voice, engine: FakeEngine) -> None:
    """The SDK resumes it, and the sound goes on."""
    first = Saying()
    async with owned_tasks() as tasks:
        tasks.start_soon(first.run, voice)
        link = await sounds(engine)
        link.hear(Reconnecting(), Reconnected())
        link.playouts[-1].finish()
    assert isinstance(first.came, Said)
    assert (first.came.status, first.came.spoken) == ("said", MESSAGE)
    link.hear(Reconnecting())
    await passes(2 * BLIP)
    link.hear(Reconnected())
    await until(lambda: not seats_of(voice).seat("kitchen", name="").listener.turns.is_broken, limit=LIMIT)
    second = Saying()
    async with owned_tasks() as tasks:
        tasks.start_soon(second.run, voice)
        await until(lambda: len(link.playouts) == 2 and link.playouts[-1].listened_for, limit=LIMIT)
        link.playouts[-1].finish()
    assert isinstance(second.came, Said)
