"""A subject's limit of open questions, and what is counted of them, with a store."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mcp_voice.asks.figures import CallFigures
from mcp_voice.errors import BadInput
from mcp_voice.settings import load
from mcp_voice.store.memory import MemoryStore
from testkit.fake_link import ALICE, FakeEngine
from testkit.shared_store import process
from testkit.waiting import until
from tests.requests.kitchen import LIMIT, calling, shown

pytestmark = pytest.mark.anyio


async def test_a_subject_has_no_more_questions_open_than_are_its_own_and_each_is_counted_once() -> None:
    """By this process, whoever carries them out."""
    settings = load(quiet_seconds=60.0, _env_file=None)
    figures = CallFigures()
    async with process(MemoryStore(), FakeEngine(people={"kitchen": [ALICE]}), settings) as one:
        few = one.voice.apart(settings, inviter="few", most_open=1, figures=figures)
        other = one.voice.apart(settings, inviter="other")
        first = await few.ask_in_room("One?", "kitchen", wait_seconds=0)
        with pytest.raises(BadInput, match="1 question is open") as refused:
            await few.ask_in_room("Two?", "kitchen", wait_seconds=0)
        assert refused.value.code == "too-many-asks"
        assert (await other.ask_in_room("Two?", "kitchen", wait_seconds=0)).status == "pending"
        assert figures.asks_open == 1
        again = await few.ask_in_room("One?", "kitchen", wait_seconds=0)
        assert (again.ask_id, figures.asks_open) == (first.ask_id, 1)
        await few.cancel_ask(first.ask_id)
        assert (await few.wait_for_reply(first.ask_id)).status == "cancelled"
        assert (figures.asks_open, figures.asks["cancelled"]) == (0, 1)


@pytest.mark.parametrize("is_script", [True, False], ids=["script", "host"])
async def test_an_ask_that_was_hung_up_is_counted_as_over_without_another_call(*, is_script: bool) -> None:
    """Nobody asks what became of it."""
    settings = load(quiet_seconds=60.0, _env_file=None)
    figures = CallFigures()
    async with process(MemoryStore(), FakeEngine(people={"kitchen": [ALICE]}), settings) as one:
        few = one.voice.apart(settings, inviter="few", figures=figures)
        caller = replace(few.caller, is_script=is_script, hang_up_seconds=0.0)
        async with calling(lambda: few.called_by(caller).ask_in_room("One?", "kitchen")) as call:
            await shown(one)
            assert figures.asks_open == 1
            call.cancel()
            await until(lambda: figures.asks_open == 0, limit=LIMIT)
    assert figures.asks["cancelled"] == 1
