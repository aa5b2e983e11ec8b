"""Somebody answers before a word has sounded: the result does not say that they heard it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import anyio
import pytest

from mcp_voice.asks.ask import Ask
from mcp_voice.results import Said
from mcp_voice.settings import load
from mcp_voice.tasks import owned_tasks
from mcp_voice.voice import Voice
from mcp_voice.voices.opening import voice_with
from testkit.fake_link import FakeEngine
from testkit.opened import asks_of
from testkit.waiting import until
from tests.asks.test_links import LIMIT, asking, speaking, type_in

pytestmark = pytest.mark.anyio

QUESTION, MESSAGE = "Which option do you prefer?", "The build is done."


@pytest.fixture
def engine() -> FakeEngine:
    """Alice in the kitchen."""
    return FakeEngine()


@pytest.fixture
async def voice(engine: FakeEngine) -> AsyncIterator[Voice]:
    """Who speaks there."""
    async with voice_with(load(quiet_seconds=60.0, _env_file=None), engine) as opened:
        yield opened


def first_ask(voice: Voice) -> Ask:
    """The one that is open."""
    return next(asks_of(voice))


async def test_a_question_of_which_no_word_sounded_was_not_spoken(voice: Voice, engine: FakeEngine) -> None:
    """It was told as spoken in full, and stood so in the transcript."""
    async with asking(voice, QUESTION) as call:
        link = await speaking(engine)
        link.playouts[0].share = 0.0
        type_in(link, "The first one.")
    assert call.answer is not None
    assert (call.answer.reply, call.answer.interrupted, call.answer.spoken) == ("The first one.", True, "")
    assert [line.text for line in voice.transcript("kitchen")] == ["The first one."]


async def test_a_message_of_which_no_word_sounded_leaves_no_empty_line(voice: Voice, engine: FakeEngine) -> None:
    """We had said nothing, at an instant of our own."""
    said: list[Said] = []

    async def say() -> None:
        with anyio.fail_after(LIMIT):
            said.append(await voice.say_in_room(MESSAGE, room_name="kitchen", wait_seconds=LIMIT))

    async with owned_tasks() as tasks:
        tasks.start_soon(say)
        link = await speaking(engine)
        link.playouts[0].share = 0.0
        type_in(link, "Wait.")
    assert (said[0].status, said[0].spoken) == ("interrupted", "")
    assert [line.text for line in voice.transcript("kitchen")] == ["Wait."]


async def test_a_question_that_was_spoken_over_is_not_spoken_again_after_a_lost_connection(
    voice: Voice, engine: FakeEngine
) -> None:
    """Whoever spoke over it is heard on, though no word of it had sounded."""
    async with asking(voice, QUESTION) as call:
        link = await speaking(engine)
        link.playouts[0].share = 0.0
        link.playouts[0].stop()
        await until(lambda: first_ask(voice).phase == "listening", limit=LIMIT)
        link.lose()
        await until(lambda: len(engine.links) == 2 and engine.links[1].asking, limit=LIMIT)
        again = engine.links[1]
        type_in(again, "The first one.")
    assert call.answer is not None
    assert (call.answer.reply, again.playouts) == ("The first one.", [])
