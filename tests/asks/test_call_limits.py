"""Every call has a limit, and its result says who or what has the floor."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import anyio
import pytest

from mcp_voice.asks.ask import Ask
from mcp_voice.errors import VoiceError
from mcp_voice.link import SpeechStarted, SpeechStopped, Words
from mcp_voice.results import Answer
from mcp_voice.settings import load
from mcp_voice.tasks import owned_tasks
from mcp_voice.voice import Voice
from mcp_voice.voices.opening import voice_with
from testkit.fake_link import FakeEngine, FakeLink
from testkit.opened import ask_of
from testkit.reporting import unreported
from testkit.waiting import until
from tests.asks.test_links import asking, type_in
from tests.asks.test_listening_survives import LIMIT, spoken_in

pytestmark = pytest.mark.anyio

ASK_SECONDS = 1.0
FIRST, SECOND = "What is it?", "And what now?"


@pytest.fixture
def engine() -> FakeEngine:
    """A kitchen with Alice in it."""
    return FakeEngine()


@pytest.fixture
async def running(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Voice]:
    """Asks that end soon, and speak soon over whoever does not stop speaking."""
    monkeypatch.setattr("mcp_voice.asks.hearing_out.POLITE_SECONDS", 0.2)
    async with voice_with(load(quiet_seconds=60.0, ask_seconds=ASK_SECONDS, _env_file=None), engine) as opened:
        yield opened


async def opened(running: Voice, question: str) -> Answer:
    """Ask and do not wait; gives the pending result."""
    pending = await running.ask_in_room(question, room_name="kitchen", wait_seconds=0, report=unreported)
    assert pending.status == "pending"
    return pending


async def listened(running: Voice, engine: FakeEngine, question: str) -> tuple[Ask, FakeLink]:
    """Ask, have it played, and wait until it is listened for the answer."""
    pending = await opened(running, question)
    link = await spoken_in(engine, question)
    link.playouts[-1].finish()
    ask = ask_of(running, pending.ask_id)
    await until(lambda: ask.phase == "listening", limit=LIMIT)
    return ask, link


async def now(running: Voice, ask_id: str) -> Answer:
    """What can be said of an ask now."""
    return await running.wait_for_reply(ask_id, wait_seconds=0, report=unreported)


@asynccontextmanager
async def again_and_again(act: Callable[[int], None]) -> AsyncIterator[None]:
    """Act twenty times a second while the block lasts."""

    async def go_on() -> None:
        number = 0
        while True:
            act(number)
            number += 1
            await anyio.sleep(0.05)

    async with owned_tasks() as tasks:
        tasks.start_soon(go_on)
        yield
        tasks.cancel_scope.cancel()


async def test_a_question_whose_time_ran_out_in_the_queue_is_closed_unspoken(
    running: Voice, engine: FakeEngine
) -> None:
    """The one before it is still being answered; the second is never heard, and its result says so."""
    first, link = await listened(running, engine, FIRST)
    link.hear(SpeechStarted("alice", time.monotonic()))
    async with again_and_again(
        lambda number: link.hear(Words("alice", "on " * number, final=False, at=time.monotonic()))
    ):
        queued = await opened(running, SECOND)
        assert (queued.waiting_for, queued.floor_held_by) == ("floor", first.id)
        closed = await running.wait_for_reply(queued.ask_id, wait_seconds=LIMIT, report=unreported)
        assert first.outcome is None
    assert (closed.status, closed.spoken, closed.timing.first_sound_ms) == ("cancelled", "", None)
    assert "Nobody has heard this question" in closed.next
    assert f"{first.id} had the floor" in closed.next
    await running.cancel_ask(first.id)
    third, _ = await listened(running, engine, "Well?")
    assert [each.text for each in link.playouts] == [FIRST, "Well?"]
    await running.cancel_ask(third.id)


async def test_the_time_of_an_ask_counts_from_its_first_sound(running: Voice, engine: FakeEngine) -> None:
    """It waited long for the floor, and has all of its time to be answered all the same."""
    first, link = await listened(running, engine, FIRST)
    second = ask_of(running, (await opened(running, SECOND)).ask_id)
    await until(lambda: time.monotonic() > second.opened_at + 0.6 * ASK_SECONDS, limit=LIMIT)
    type_in(link, "This.")
    await spoken_in(engine, SECOND)
    link.playouts[-1].finish()
    await until(lambda: time.monotonic() > second.opened_at + 1.2 * ASK_SECONDS, limit=LIMIT)
    assert (first.answer().reply, second.outcome) == ("This.", None)
    type_in(link, "That.")
    answer = await running.wait_for_reply(second.id, wait_seconds=LIMIT, report=unreported)
    assert (answer.status, answer.reply) == ("answered", "That.")
    assert answer.timing.first_sound_ms is not None
    assert answer.timing.first_sound_ms >= 0.6 * ASK_SECONDS * 1000


async def test_saying_behind_an_open_ask_ends_at_its_limit_and_names_the_ask(
    running: Voice, engine: FakeEngine
) -> None:
    """Nothing was said, and the error tells what to do about it."""
    first, link = await listened(running, engine, FIRST)
    link.hear(SpeechStarted("alice", time.monotonic()))  # she is answering for as long as we wait
    with anyio.fail_after(LIMIT), pytest.raises(VoiceError, match="Nothing was said") as refused:
        await running.say_in_room("The build is done.", room_name="kitchen", wait_seconds=0, report=unreported)
    assert first.id in str(refused.value)
    assert "cancel_ask" in str(refused.value)
    assert [each.text for each in link.playouts] == [FIRST]
    await running.cancel_ask(first.id)


async def test_saying_behind_another_agent_ends_at_its_limit_and_names_the_agent() -> None:
    """The same where the floor is not ours to give."""
    engine = FakeEngine(foreign_floor="agent 'Companion'")
    async with voice_with(load(quiet_seconds=0.2, _env_file=None), engine) as running:
        with anyio.fail_after(LIMIT), pytest.raises(VoiceError, match="Nothing was said: agent 'Companion'"):
            await running.say_in_room("The build is done.", room_name="kitchen", wait_seconds=0, report=unreported)
        assert not engine.links[0].playouts


async def test_a_question_that_has_not_sounded_yet_does_not_wait_for_a_reply(
    engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the room is being joined nobody has heard it; once it sounds, also while we come back, a reply may come."""
    monkeypatch.setattr("mcp_voice.requests.following.UNDER_WAY_SECONDS", 0.05)
    engine.gate = anyio.Event()
    async with voice_with(load(quiet_seconds=60.0, _env_file=None), engine) as running:
        joining = await running.ask_in_room(FIRST, room_name="kitchen", wait_seconds=0, report=unreported)
        assert (joining.status, joining.waiting_for, joining.spoken) == ("pending", None, "")
        assert joining.next.startswith("Not spoken yet")
        assert joining.ask_id in joining.next
        engine.gate.set()
        link = await spoken_in(engine, FIRST)
        asked = await now(running, joining.ask_id)
        assert (asked.waiting_for, asked.next.startswith("Not spoken yet")) == ("reply", False)
        engine.gate = anyio.Event()
        link.lose()
        await until(lambda: engine.log.count("connect kitchen as mcp-voice") > 1, limit=LIMIT)
        assert (await now(running, joining.ask_id)).waiting_for == "reply"


async def test_noise_without_words_does_not_keep_an_ask_open(
    running: Voice, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its time is over, and somebody makes noise without end: only new words would buy it more time."""
    monkeypatch.setattr("mcp_voice.asks.run.NEW_WORDS_SECONDS", 0.3)

    def noise(number: int) -> None:
        kind = SpeechStopped if number % 2 else SpeechStarted
        link.hear(kind("alice", time.monotonic()))

    ask, link = await listened(running, engine, FIRST)
    async with again_and_again(noise):
        closed = await running.wait_for_reply(ask.id, wait_seconds=LIMIT, report=unreported)
    assert closed.status == "cancelled"
    assert closed.next.startswith("Nobody answered within")
    assert ask.delivery.first_sound_at is not None
    assert ask.closed_at is not None
    assert ask.closed_at >= ask.delivery.first_sound_at + ASK_SECONDS + 0.2


async def test_words_that_never_end_keep_an_ask_open_for_a_limited_time(
    running: Voice, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody talks on and on: what was heard so far is in the result, and the next question is asked."""
    monkeypatch.setattr("mcp_voice.asks.run.OVERTIME_SECONDS", 0.6)
    ask, link = await listened(running, engine, FIRST)
    link.hear(SpeechStarted("alice", time.monotonic()))
    async with again_and_again(
        lambda number: link.hear(Words("alice", f"and {number}", final=True, at=time.monotonic()))
    ):
        closed = await running.wait_for_reply(ask.id, wait_seconds=LIMIT, report=unreported)
    assert closed.status == "cancelled"
    assert closed.heard_so_far.startswith("and 0 and 1")
    assert ask.delivery.first_sound_at is not None
    assert ask.closed_at is not None
    assert ask.closed_at >= ask.delivery.first_sound_at + ASK_SECONDS + 0.6
    async with asking(running, SECOND) as call:
        await spoken_in(engine, SECOND)
        await until(lambda: link.playouts[-1].listened_for, limit=LIMIT)
        link.playouts[-1].finish()
        type_in(link, "That.")
    assert call.answer is not None, call.error
    assert call.answer.reply == "That."


async def test_cancelling_a_stuck_ask_frees_the_room_for_the_next(
    running: Voice, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be cancelled is left to itself."""
    monkeypatch.setattr("mcp_voice.asks.deadlines.STUCK_SECONDS", 0.2)
    engine.stuck = anyio.Event()
    first, link = await listened(running, engine, FIRST)
    second = await opened(running, SECOND)
    with anyio.fail_after(LIMIT):
        assert (await running.cancel_ask(first.id)).status == "cancelled"
    await spoken_in(engine, SECOND)
    link.playouts[-1].finish()
    type_in(link, "That.")
    assert (await running.wait_for_reply(second.ask_id, wait_seconds=LIMIT, report=unreported)).reply == "That."
    engine.stuck.set()


async def test_a_pending_ask_waits_for_words_while_something_is_being_transcribed(
    running: Voice, engine: FakeEngine
) -> None:
    """Before that for a reply; once words are there they are in the result."""
    ask, link = await listened(running, engine, FIRST)
    assert (await now(running, ask.id)).waiting_for == "reply"
    link.hear(SpeechStarted("alice", time.monotonic()))
    await until(lambda: ask.words_coming, limit=LIMIT)
    assert (await now(running, ask.id)).waiting_for == "words"
    link.hear(SpeechStopped("alice", time.monotonic()))
    assert (await now(running, ask.id)).waiting_for == "words"
    link.hear(Words("alice", "the red", final=False, at=time.monotonic()))
    await until(lambda: ask.heard_so_far, limit=LIMIT)
    pending = await now(running, ask.id)
    assert (pending.status, pending.waiting_for, pending.heard_so_far) == ("pending", "reply", "the red")
    await running.cancel_ask(ask.id)
