"""Whatever one event does, a room is listened to; and if listening ends all the same, everybody who waits is told."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

import anyio
import pytest

from mcp_voice.errors import LinkLost, VoiceError
from mcp_voice.link import Keyed, SegmentRead, SpeechStarted, SpeechStopped, Typed, Words
from mcp_voice.settings import Settings, load
from mcp_voice.tasks import owned_tasks
from mcp_voice.turns.listener import Listener
from mcp_voice.turns.presence import Presence
from mcp_voice.turns.transcript import Transcript
from mcp_voice.turns.turn import Patience
from mcp_voice.voice import Voice
from mcp_voice.voices.opening import voice_with
from testkit.fake_link import ALICE, FakeEngine, FakeLink
from testkit.opened import asks_of
from testkit.reporting import unreported
from testkit.waiting import until
from tests.asks.test_links import Call, asking, speaking
from tests.asks.test_links import listening as listened_to

pytestmark = pytest.mark.anyio

QUICK = Patience(choice=0.02, complete=0.05, unlikely=0.1, unfinished=0.3, time_asked=0.5, keypad=0.1)
LIMIT = 10.0
SECRET = "my card number"


class BrokenError(Exception):
    """A fault of ours."""


def breaks(*_: object, **__: object) -> None:
    """Fail, and quote what was said."""
    raise BrokenError(SECRET)


@pytest.fixture
def settings() -> Settings:
    """A short stay, and asks that end soon."""
    return load(quiet_seconds=0.2, ask_seconds=30, _env_file=None)


@asynccontextmanager
async def heard(link: FakeLink) -> AsyncIterator[Listener]:
    """Somebody listens in that room."""
    room = Listener(QUICK, "en", Transcript())
    async with owned_tasks() as tasks:
        tasks.start_soon(room.run, link)
        await until(lambda: room.presence.human("alice"), limit=LIMIT)
        yield room
        tasks.cancel_scope.cancel()
    link.close()


async def answered(call: Call, engine: FakeEngine, number: int) -> None:
    """Have Alice answer in the chat once the link of that number listens; the reply is hers."""
    await until(lambda: len(engine.links) > number and engine.links[number].floor, limit=LIMIT)
    engine.links[number].hear(Typed("alice", "This.", time.monotonic()))
    await until(lambda: call.answer or call.error, limit=LIMIT)
    assert call.answer is not None, call.error
    assert (call.answer.status, call.answer.reply) == ("answered", "This.")


async def spoken_in(engine: FakeEngine, question: str) -> FakeLink:
    """Wait until this is being spoken, and give the link."""

    def where() -> list[FakeLink]:
        return [link for link in engine.links if any(each.text == question for each in link.playouts)]

    return (await until(where, limit=LIMIT))[-1]


async def asked_again(running: Voice, engine: FakeEngine) -> None:
    """The next question of the same room is spoken and answered."""
    async with asking(running, "And what now?") as call:
        link = await spoken_in(engine, "And what now?")
        await until(lambda: link.playouts[-1].listened_for, limit=LIMIT)
        link.playouts[-1].finish()
        await until(lambda: link.floor, limit=LIMIT)
        link.hear(Typed("alice", "That.", time.monotonic()))
    assert call.answer is not None, call.error
    assert call.answer.reply == "That."


async def test_an_event_that_cannot_be_dealt_with_is_dropped(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The next one is heard, and the log has neither its text nor that of the error."""
    link = FakeLink("kitchen", [ALICE])
    async with heard(link) as room:
        monkeypatch.setattr("mcp_voice.turns.turn.Turn.keyed", breaks)
        with room.expect() as expected:
            room.open(expected, since=0)
            link.hear(Keyed("alice", "1", time.monotonic()), Typed("alice", "yes", time.monotonic()))
            with anyio.fail_after(LIMIT):
                assert (await expected.reply).text == "yes"
    assert "Keyed" in caplog.text
    assert "BrokenError at" in caplog.text
    assert SECRET not in caplog.text


@pytest.mark.parametrize("event", [None, "yes", 5, object()], ids=["none", "text", "number", "object"])
async def test_what_is_no_event_at_all_is_dropped(event: object) -> None:
    """It can only come past the door, and even then listening goes on."""
    link = FakeLink("kitchen", [ALICE])
    async with heard(link) as room:
        with room.expect() as expected:
            room.open(expected, since=0)
            link._send.send_nowait(event)  # type: ignore[arg-type]  # that is the point
            link.hear(Typed("alice", "yes", time.monotonic()))
            with anyio.fail_after(LIMIT):
                assert (await expected.reply).text == "yes"


@pytest.mark.parametrize("part", ["asks_for_time", "unfinished", "names_a_choice_completely"])
async def test_words_that_break_their_judge_are_a_reply_all_the_same(
    part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The silence ends the turn."""
    monkeypatch.setattr(f"mcp_voice.turns.verdict.{part}", breaks)
    monkeypatch.setattr("mcp_voice.turns.pending.chosen", breaks)
    link = FakeLink("kitchen", [ALICE])
    async with heard(link) as room:
        with room.expect(choices=("red", "green")) as expected:
            room.open(expected, since=0)
            now = time.monotonic()
            link.hear(SpeechStarted("alice", now), SpeechStopped("alice", now))
            link.hear(Words("alice", "green", final=True, at=now), SegmentRead("alice", now))
            with anyio.fail_after(LIMIT):
                reply = await expected.reply
    assert (reply.text, reply.choice) == ("green", None)


@pytest.mark.parametrize("part", ["_tick", "_due_at"])
async def test_when_listening_dies_whoever_waits_is_told_without_what_was_said(
    part: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As when the connection is lost."""
    link = FakeLink("kitchen", [ALICE])
    room = Listener(QUICK, "en", Transcript())
    with room.expect() as expected:
        monkeypatch.setattr(Listener, part, breaks)
        link.hear(Typed("alice", "yes", time.monotonic()))
        with pytest.raises(LinkLost), anyio.fail_after(LIMIT):
            await room.run(link)
        with pytest.raises(LinkLost) as told:
            expected.reply.result()
    assert SECRET not in caplog.text + str(told.value)
    link.close()


@pytest.mark.parametrize("part", ["participants", "expect"])
async def test_a_link_that_fails_at_once_tells_whoever_waits(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the first event."""
    link = FakeLink("kitchen", [ALICE])
    room = Listener(QUICK, "en", Transcript())
    with room.expect() as expected:
        monkeypatch.setattr(link, part, breaks)
        with pytest.raises(LinkLost), anyio.fail_after(LIMIT):
            await room.run(link)
        with pytest.raises(LinkLost):
            expected.reply.result()
    link.close()


@asynccontextmanager
async def breaking_once(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Callable[[FakeLink], None]]:
    """Listening that dies at the next event of a link, once."""
    original = Presence.dues

    def kill(link: FakeLink) -> None:
        def dues(_: Presence, *, watch_absence: bool) -> Iterable[float]:
            monkeypatch.setattr(Presence, "dues", original)
            raise BrokenError(SECRET)

        monkeypatch.setattr(Presence, "dues", dues)
        link.hear(Typed("nobody", "hello", time.monotonic()))

    yield kill


async def test_an_ask_comes_back_when_listening_died_while_it_listened(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The room is entered again, the question not repeated, and what is said then is the reply."""
    engine = FakeEngine()
    async with voice_with(settings, engine) as running, breaking_once(monkeypatch) as kill:
        async with asking(running, "What is it?") as call:
            kill(await listened_to(running, engine))
            await answered(call, engine, 1)
        assert not engine.links[1].playouts
        await asked_again(running, engine)


async def test_an_ask_is_spoken_again_when_listening_died_while_it_was_spoken(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a question is none."""
    engine = FakeEngine()
    async with voice_with(settings, engine) as running, breaking_once(monkeypatch) as kill:
        async with asking(running, "What is it?") as call:
            kill(await speaking(engine))
            await listened_to(running, engine, 1)
            await answered(call, engine, 1)
        assert call.answer is not None
        assert call.answer.spoken == "What is it?"
        await asked_again(running, engine)


async def test_an_ask_that_waits_for_the_floor_is_told_when_listening_died(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It does not wait there for somebody whom it no longer sees."""
    engine = FakeEngine(foreign_floor="agent 'Companion'")
    async with (
        voice_with(settings, engine) as running,
        breaking_once(monkeypatch) as kill,
        asking(running, "What is it?") as call,
    ):
        await until(lambda: engine.links and any(ask.phase == "queued" for ask in asks_of(running)), limit=LIMIT)
        kill(engine.links[0])
        await until(lambda: len(engine.links) == 2, limit=LIMIT)
        engine.links[1].give_floor_back()
        await listened_to(running, engine, 1)
        await answered(call, engine, 1)


async def test_what_is_said_ends_with_an_error_when_listening_died(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At once, and the next question is spoken."""
    engine = FakeEngine()
    failed: list[VoiceError] = []
    async with voice_with(settings, engine) as running, breaking_once(monkeypatch) as kill:

        async def say() -> None:
            try:
                await running.say_in_room("Dinner is ready.", wait_seconds=LIMIT, report=unreported)
            except VoiceError as error:
                failed.append(error)

        async with owned_tasks() as tasks:
            tasks.start_soon(say)
            kill(await speaking(engine))
            await until(lambda: failed, limit=LIMIT)
        assert isinstance(failed[0], LinkLost)
        await asked_again(running, engine)
