"""Results that a process of another version has written, or somebody else: a clear error, and nothing lost for them."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import anyio
import pytest

from mcp_voice.asks.figures import CallFigures
from mcp_voice.errors import StoreError
from mcp_voice.participants import Participant
from mcp_voice.requests.counted_asks import CountedAsks
from mcp_voice.requests.meanwhile import Meanwhiles
from mcp_voice.requests.notes import read_into, written
from mcp_voice.results import Answer
from mcp_voice.settings import Settings, load
from mcp_voice.store.memory import MemoryStore
from mcp_voice.store.records import Outcome, Place, Request
from mcp_voice.store.refusals import MOST_BYTES
from mcp_voice.tasks import owned_tasks
from mcp_voice.texts.foreign import printable
from mcp_voice.turns.transcript import KEPT_REPLIES, Reply, Transcript
from mcp_voice.voice import Voice
from testkit.fake_link import FakeEngine
from testkit.shared_store import Process, process
from tests.requests.kitchen import LIMIT

pytestmark = pytest.mark.anyio

KITCHEN = Place("", "kitchen")
STRANGE: list[dict[str, Any]] = [
    {},
    {"status": "of another version", "said_meanwhile": None, "more": []},
    {"said_meanwhile": [{"who": 7, "text": {}}], "more": False},
    {"said_meanwhile": {"a": 1}},
]
CALLS: dict[str, Callable[[Voice], Awaitable[object]]] = {
    "say": lambda voice: voice.say_in_room("Hello.", "kitchen"),
    "listen": lambda voice: voice.listen_in_room("kitchen"),
    "chat": lambda voice: voice.send_message_to_room("Hello.", "kitchen", as_chat=True),
    "ask": lambda voice: voice.ask_in_room("Ready?", "kitchen"),
}


@pytest.fixture
def settings() -> Settings:
    """Settings of nobody's environment."""
    return load(quiet_seconds=60.0, _env_file=None)


@pytest.fixture
async def one(settings: Settings) -> AsyncIterator[Process]:
    """A process with a store in which somebody else holds the place."""
    store = MemoryStore()
    async with process(store, FakeEngine(), settings) as started:
        await store.hold(KITCHEN, worker="another")
        yield started


async def carried_out(store: Any, result: dict[str, Any]) -> None:
    """Whatever is asked in the kitchen has this for a result."""
    async with store.place_changes(KITCHEN) as bell:
        while True:
            rung = bell.next
            for state in await store.waiting(KITCHEN):
                claimed = await store.claim(state, worker="another")
                await store.answer(claimed, Outcome(result=result))
            await rung.wait()


@pytest.mark.parametrize("result", STRANGE)
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
async def test_a_result_that_cannot_be_read_is_no_fault_of_the_call(
    call: Callable[[Voice], Awaitable[object]], result: dict[str, Any], one: Process
) -> None:
    """It was told of as arguments of a wrong type, which would have a model try others."""
    async with owned_tasks() as tasks:
        tasks.start_soon(carried_out, one.line.store, result)
        with (
            pytest.raises(StoreError, match="not written by mcp-voice, or not by this version"),
            anyio.fail_after(LIMIT),
        ):
            await call(one.voice)
        tasks.cancel_scope.cancel()


class Nowhere:
    """Carriers that hold nothing."""

    def transcript(self, place: Place) -> None:
        """None."""


@pytest.mark.parametrize("result", STRANGE)
async def test_an_answer_is_returned_though_what_is_to_stand_beside_it_cannot_be_read(result: dict[str, Any]) -> None:
    """The answer matters more."""
    store = MemoryStore()
    await store.hold(KITCHEN, worker="another")
    answer = Answer(status="answered", ask_id="ask-1", room_name="kitchen", reply="Yes.", more=True)
    async with owned_tasks() as tasks:
        tasks.start_soon(carried_out, store, result)
        found = await Meanwhiles(store, Nowhere()).beside(answer, KITCHEN)  # type: ignore[arg-type]
        tasks.cancel_scope.cancel()
    assert found == answer


async def test_an_ask_whose_result_cannot_be_read_is_counted_as_over() -> None:
    """It would stay among those that are open for ever."""
    store, figures = MemoryStore(), CallFigures()
    asked = await store.open(Request(id="ask-1", kind="ask", room_name="kitchen", text="Ready?", open_seconds=9.0))
    async with owned_tasks() as tasks:
        counted = CountedAsks(figures, store, tasks)
        counted.opened(asked)
        claimed = await store.claim(asked, worker="another")
        assert claimed is not None
        await store.answer(claimed, Outcome(result={"status": "of another version"}))
        counted.saw(await store.find("ask-1", subject=""))
    assert figures.asks_open == 0
    assert figures.asks["store"] == 1


@pytest.mark.parametrize(
    "name", ["\U0001f600" * 60, "\x01" * 256, '"' * 256, "a" * 256], ids=["emoji", "control", "quotes", "letters"]
)
@pytest.mark.parametrize("text", ["ok", "\x01" * 20_000, '"\\' * 10_000], ids=["short", "control", "quotes"])
def test_what_people_say_in_a_place_can_be_noted_whatever_they_are_called(name: str, text: str) -> None:
    """Twenty of them by the longest names that LiveKit takes: notes that are too large were never written."""
    transcript, now = Transcript(), time.monotonic()
    for number in range(KEPT_REPLIES + 20):
        who = Participant(f"{number % 20}{name}"[:256], name, "human")
        transcript.add(text, began_at=now, participant=who, channel="chat")
        transcript.keep(Reply(who, text, "chat", now, now, now))
    kept = written(transcript)
    assert len(kept.encode()) <= MOST_BYTES
    read = Transcript()
    read_into(read, kept)
    assert read.unclaimed[-1].text == printable(text)


def test_nobody_who_writes_much_has_the_words_of_others_left_out_of_what_is_noted() -> None:
    """The next process in that room would know nothing of them."""
    transcript, now = Transcript(), time.monotonic()
    said = [("alice", "The key is under the mat."), ("bob", "At nine."), *[("mallory", "spam " * 3_999)] * 9]
    for number, (who, text) in enumerate(said):
        person = Participant(who, who.title(), "human")
        transcript.add(text, began_at=now + number, participant=person, channel="chat")
        transcript.keep(Reply(person, text, "chat", now, now, now))
    read = Transcript()
    read_into(read, written(transcript))
    assert [each.text for each in read.unclaimed[:2]] == ["The key is under the mat.", "At nine."]
    assert [each.identity for each in read.lines[:3]] == ["alice", "bob", "mallory"]
    assert len(read.unclaimed) > 3
