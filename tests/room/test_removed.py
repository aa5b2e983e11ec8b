"""Whoever does not want us in a room gets rid of us: nothing but a new call goes back, and no room is made by us."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager

import anyio
import pytest
from livekit import api, rtc

from mcp_voice.asks import reentry
from mcp_voice.asks.reentry import Reentry
from mcp_voice.errors import LinkLost, LiveKitError, RemovedFromRoom, UnknownRoom, VoiceError
from mcp_voice.link import SpeechStarted, SpeechStopped, Typed, Words
from mcp_voice.results import Answer
from mcp_voice.room.access import Access, token
from mcp_voice.room.disconnects import link_lost
from mcp_voice.room.joining import undo_making
from mcp_voice.settings import Settings, load
from mcp_voice.tasks import owned_tasks
from mcp_voice.voice import Voice
from mcp_voice.voices.opening import voice_with
from testkit.fake_link import FakeEngine, FakeLink
from testkit.opened import asks_of, seats_of
from testkit.reporting import unreported
from testkit.waiting import until

pytestmark = pytest.mark.anyio

LIMIT = 10.0
QUESTION = "What shall we do?"
REMOVED = RemovedFromRoom("mcp-voice is no longer in room 'kitchen': an administrator removed it.")


@pytest.fixture
def settings() -> Settings:
    """Settings of nobody's environment."""
    return load(quiet_seconds=0.2, _env_file=None)


class Call:
    """A call and what it ended with."""

    def __init__(self) -> None:
        self.result: object = None

    async def run(self, call: Awaitable[object]) -> None:
        """Keep what the call ends with."""
        try:
            self.result = await call
        except VoiceError as error:
            self.result = error


@asynccontextmanager
async def calling(*awaited: Awaitable[object]) -> AsyncIterator[list[Call]]:
    """Calls that go on while the block lasts, and are waited for at its end."""
    calls = [Call() for _ in awaited]
    async with owned_tasks() as tasks:
        for call, each in zip(calls, awaited, strict=True):
            tasks.start_soon(call.run, each)
        yield calls
        with anyio.fail_after(LIMIT):
            while any(call.result is None for call in calls):
                await anyio.lowlevel.checkpoint()


def ask(running: Voice, question: str = QUESTION) -> Awaitable[Answer]:
    """Ask in the kitchen."""
    return running.ask_in_room(question, room_name="kitchen", wait_seconds=LIMIT, report=unreported)


async def listening(running: Voice, engine: FakeEngine, number: int = 0) -> FakeLink:
    """Wait until the link of that number speaks, and have it played to its end."""
    await until(lambda: len(engine.links) > number and engine.links[number].playouts, limit=LIMIT)
    engine.links[number].playouts[-1].finish()
    await until(lambda: any(each.phase == "listening" for each in asks_of(running)), limit=LIMIT)
    return engine.links[number]


def joins(engine: FakeEngine) -> int:
    """How often the kitchen was entered."""
    return sum(line.startswith("connect ") for line in engine.log)


async def test_an_ask_ends_when_we_are_removed_and_nobody_comes_back(settings: Settings) -> None:
    """The error says what happened, and the ask's id gives the same."""
    engine = FakeEngine()
    async with voice_with(settings, engine) as running:
        async with calling(ask(running)) as (call,):
            (await listening(running, engine)).lose(REMOVED)
        assert isinstance(call.result, RemovedFromRoom)
        (asked,) = asks_of(running)
        with pytest.raises(RemovedFromRoom):
            await running.wait_for_reply(asked.id, wait_seconds=1, report=unreported)
    assert joins(engine) == 1


async def test_a_question_that_is_being_spoken_ends_when_we_are_removed(settings: Settings) -> None:
    """Half of it was heard, and it is not begun again."""
    engine = FakeEngine()
    async with voice_with(settings, engine) as running, calling(ask(running)) as (call,):
        await until(lambda: engine.links and engine.links[0].playouts, limit=LIMIT)
        engine.links[0].lose(REMOVED)
    assert isinstance(call.result, RemovedFromRoom)
    assert joins(engine) == 1


async def test_whoever_waited_for_their_turn_when_we_were_removed_does_not_go_back_either(settings: Settings) -> None:
    """Their calls are older than the removal."""
    engine = FakeEngine()
    async with voice_with(settings, engine) as running:
        async with calling(ask(running), ask(running, "And then?")) as calls:
            link = await listening(running, engine)
            await until(lambda: len(list(asks_of(running))) == 2, limit=LIMIT)
            link.lose(REMOVED)
        assert all(isinstance(call.result, RemovedFromRoom) for call in calls)
    assert joins(engine) == 1


async def test_say_and_listen_end_when_we_are_removed(settings: Settings) -> None:
    """Both within the moment, and both with the reason."""
    engine = FakeEngine()
    async with voice_with(settings, engine) as running:
        listen = running.listen_in_room(room_name="kitchen", wait_seconds=LIMIT, report=unreported)
        say = running.say_in_room("It is done.", room_name="kitchen", wait_seconds=LIMIT, report=unreported)
        async with calling(listen, say) as calls:
            await until(lambda: engine.links and engine.links[0].playouts, limit=LIMIT)
            engine.links[0].lose(REMOVED)
        assert all(isinstance(call.result, RemovedFromRoom) for call in calls)
    assert joins(engine) == 1


async def test_a_new_call_goes_back(settings: Settings) -> None:
    """Somebody who is asked anew has been asked for by somebody."""
    engine = FakeEngine()
    async with voice_with(settings, engine) as running:
        async with calling(ask(running)):
            (await listening(running, engine)).lose(REMOVED)
        async with calling(ask(running)) as (call,):
            (await listening(running, engine, 1)).hear(Typed("alice", "Wait.", time.monotonic()))
    assert isinstance(call.result, Answer)
    assert call.result.reply == "Wait."


async def test_what_was_said_before_we_were_removed_is_the_reply(settings: Settings) -> None:
    """Words that are being read then are waited for, and a turn that nobody will hear the end of is over."""
    engine = FakeEngine()
    async with voice_with(settings, engine) as running, calling(ask(running)) as (call,):
        link = await listening(running, engine)
        now = time.monotonic()
        link.hear(SpeechStarted("alice", now))
        await until(seats_of(running).seat("kitchen", name="").listener.somebody_speaks, limit=LIMIT)
        link.lose(REMOVED)
        link.hear(SpeechStopped("alice", now + 0.1), Words("alice", "I would like the", final=True, at=now + 0.2))
    assert isinstance(call.result, Answer)
    assert call.result.reply == "I would like the"
    assert joins(engine) == 1


@pytest.mark.parametrize("reason", rtc.DisconnectReason.values())
def test_only_the_network_and_the_server_bring_us_back(reason: int) -> None:
    """Whatever else LiveKit tells is somebody's decision."""
    failures = {
        "UNKNOWN_REASON", "SERVER_SHUTDOWN", "STATE_MISMATCH", "JOIN_FAILURE", "MIGRATION", "SIGNAL_CLOSE",
        "CONNECTION_TIMEOUT", "MEDIA_FAILURE",
    }  # fmt: skip
    error = link_lost(reason, room_name="kitchen")
    name = rtc.DisconnectReason.Name(rtc.DisconnectReason.ValueType(reason))
    assert isinstance(error, RemovedFromRoom) is (name not in failures)
    assert "'kitchen'" in str(error)


def test_a_reason_that_a_later_livekit_adds_brings_nobody_back() -> None:
    """What cannot be understood is taken for a decision."""
    assert isinstance(link_lost(99, room_name="kitchen"), RemovedFromRoom)


async def test_a_room_that_is_gone_after_an_outage_is_waited_for(settings: Settings) -> None:
    """A server that was started again has no rooms; we come back once those who were in it have made it again."""
    engine = FakeEngine()
    async with voice_with(settings, engine) as running, calling(ask(running)) as (call,):
        link = await listening(running, engine)
        engine.connect_faults += [UnknownRoom("There is no room 'kitchen'.")] * 2
        link.lose()
        await until(lambda: len(engine.links) == 2 and engine.links[1].floor, limit=LIMIT)
        engine.links[1].hear(Typed("alice", "Wait.", time.monotonic()))
    assert isinstance(call.result, Answer)
    assert (call.result.reply, joins(engine)) == ("Wait.", 4)


async def test_a_room_that_does_not_come_back_ends_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the error of the last attempt."""
    monkeypatch.setattr(reentry, "LONGEST_ROOM_SECONDS", 0.1)
    again = Reentry()
    await again.pause(LinkLost("The connection went."))
    gone = UnknownRoom("There is no room 'kitchen'.")
    with pytest.raises(UnknownRoom):
        await again.pause(gone)
    with pytest.raises(LiveKitError):
        await Reentry().pause(LiveKitError("No."))


@pytest.mark.parametrize("kind", ["agent", "standard"])
def test_no_token_of_ours_may_make_a_room(kind: str) -> None:
    """A server that is set so that joining makes no room then keeps to it, whoever comes with our token."""
    access = Access("ws://localhost", "key", "s" * 32)
    made = token(access, room_name="kitchen", identity="anybody", name="Anybody", kind=kind)
    grants = api.TokenVerifier(access.api_key, access.api_secret).verify(made).video
    assert grants is not None
    assert not grants.room_create
    assert not grants.room_admin


class Unreachable:
    """A LiveKit API that fails just after an outage."""

    async def room_id(self, room_name: str) -> str:
        """Fail."""
        raise LiveKitError(f"cannot ask for {room_name}")

    async def close_made(self, room_name: str, room_id: str) -> None:
        """Fail."""
        raise LiveKitError(f"cannot close {room_name} {room_id}")


async def test_a_room_that_cannot_be_closed_again_ends_nothing_else() -> None:
    """What is told of the room is what happened to it, not that the API failed."""
    await undo_making(Unreachable(), "kitchen", "RM_1")
