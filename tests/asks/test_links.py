"""Asks and the rooms they need, without LiveKit: joining fails, connections go, callers hang up, nobody stays."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import pytest

from mcp_voice.errors import LiveKitError, NobodyThere, TTSError, UnknownRoom, VoiceError
from mcp_voice.link import Typed
from mcp_voice.results import Answer
from mcp_voice.settings import Settings, load
from mcp_voice.tasks import owned_tasks
from mcp_voice.voice import Voice
from mcp_voice.voices.opening import voice_with
from testkit.fake_link import ALICE, BOB, COMPANION, FakeEngine, FakeLink
from testkit.opened import asks_of, seats_of
from testkit.reporting import unreported
from testkit.waiting import until

pytestmark = pytest.mark.anyio

LIMIT = 10.0


@pytest.fixture
def settings() -> Settings:
    """Settings of nobody's environment, with a short stay."""
    return load(quiet_seconds=0.2, _env_file=None)


class Call:
    """A call of ``ask`` under way."""

    def __init__(self) -> None:
        self.scope = anyio.CancelScope()
        self.answer: Answer | None = None
        self.error: VoiceError | None = None

    async def run(self, running: Voice, question: str, room_name: str) -> None:
        """Ask; errors are kept."""
        with self.scope:
            try:
                self.answer = await running.ask_in_room(
                    question, room_name=room_name, wait_seconds=LIMIT, report=unreported
                )
            except VoiceError as error:
                self.error = error


@asynccontextmanager
async def asking(running: Voice, question: str, room_name: str = "kitchen") -> AsyncIterator[Call]:
    """Ask while the block lasts."""
    call = Call()
    async with owned_tasks() as tasks:
        tasks.start_soon(call.run, running, question, room_name)
        yield call


async def speaking(engine: FakeEngine, number: int = 0) -> FakeLink:
    """Wait until the link of that number speaks, and an answer is listened for."""
    await until(
        lambda: len(engine.links) > number and any(each.listened_for for each in engine.links[number].playouts),
        limit=LIMIT,
    )
    return engine.links[number]


async def spoken_of(engine: FakeEngine, question: str) -> None:
    """Wait until this question is being spoken on the first link."""
    await until(lambda: any(each.text == question for each in engine.links[0].playouts), limit=LIMIT)


async def played(running: Voice, link: FakeLink) -> None:
    """Have what is being asked there played to its end."""
    link.playouts[-1].finish()
    asked = [ask for ask in asks_of(running) if ask.room_name == link.room_name and ask.phase != "queued"]
    await until(lambda: asked[-1].phase == "listening", limit=LIMIT)


async def listening(running: Voice, engine: FakeEngine, number: int = 0) -> FakeLink:
    """Wait until the link of that number speaks, and have it played to its end."""
    link = await speaking(engine, number)
    await played(running, link)
    return link


def type_in(link: FakeLink, text: str) -> None:
    """Alice answers in the chat."""
    link.hear(Typed("alice", text, anyio.current_time()))


async def test_synthesis_begins_before_the_room_is_entered(settings: Settings) -> None:
    """The order of the two is the first half second of every cold question."""
    engine = FakeEngine()
    async with voice_with(settings, engine) as running, asking(running, "What is it?") as call:
        await listening(running, engine)
        type_in(engine.links[0], "This.")
    assert engine.log[:2] == ["synthesize What is it?", "connect kitchen as mcp-voice"]
    assert call.answer is not None
    assert (call.answer.status, call.answer.reply, call.answer.channel) == ("answered", "This.", "chat")


async def test_a_room_that_cannot_be_entered_is_an_error_at_once(settings: Settings) -> None:
    """Nothing was lost yet, so there is nothing to come back to; the next ask may succeed."""
    engine = FakeEngine(connect_faults=[LiveKitError("No.")])
    async with voice_with(settings, engine) as running:
        async with asking(running, "What is it?") as call:
            pass
        assert isinstance(call.error, LiveKitError)
        async with asking(running, "What is it now?") as call:
            await listening(running, engine)
            type_in(engine.links[0], "This.")
    assert call.answer is not None
    assert call.answer.reply == "This."


async def test_an_ask_survives_lost_connections_and_failed_attempts(settings: Settings) -> None:
    """Lost while listening, refused once on the way back: the question is not spoken twice."""
    engine = FakeEngine()
    async with voice_with(settings, engine) as running, asking(running, "What is it?") as call:
        link = await listening(running, engine)
        engine.connect_faults.append(LiveKitError("Not yet."))
        link.lose()
        await until(lambda: len(engine.links) == 2 and engine.links[1].floor, limit=LIMIT)
        type_in(engine.links[1], "This.")
    assert call.answer is not None
    assert call.answer.reply == "This."
    assert not engine.links[1].playouts


async def test_a_question_lost_in_the_middle_is_spoken_again(settings: Settings) -> None:
    """Half a question is none."""
    engine = FakeEngine()
    async with voice_with(settings, engine) as running, asking(running, "What is it?") as call:
        (await speaking(engine)).lose()
        await listening(running, engine, 1)
        type_in(engine.links[1], "This.")
    assert call.answer is not None
    assert call.answer.spoken == "What is it?"


async def test_a_voice_that_fails_is_an_error(settings: Settings) -> None:
    """And the floor is free for the next one."""
    engine = FakeEngine(tts_fault=TTSError("TTS failed."))
    async with voice_with(settings, engine) as running:
        async with asking(running, "What is it?") as call:
            pass
        assert isinstance(call.error, TTSError)
        assert engine.links[0].floor == ""
        assert not seats_of(running).seat("kitchen", name="").turn_to_speak.locked()


async def test_hanging_up_while_joining_gives_the_room_up_at_once(settings: Settings) -> None:
    """Whoever cancels before we are in wants us out, not lingering."""
    engine = FakeEngine(gate=anyio.Event())
    slow = settings.model_copy(update={"quiet_seconds": 3600.0})
    async with voice_with(slow, engine) as running:
        async with asking(running, "What is it?") as call:
            await until(lambda: len(engine.log) == 2, limit=LIMIT)
            call.scope.cancel()
        await until(lambda: not list(asks_of(running)), limit=LIMIT)
        assert engine.gate is not None
        engine.gate.set()
        await until(lambda: engine.log[-1] == "leave kitchen", limit=LIMIT)
    assert call.answer is None


async def test_hanging_up_while_speaking_is_silent_and_frees_the_floor(settings: Settings) -> None:
    """The sentence is stopped, and the next question has the floor."""
    engine = FakeEngine()
    async with voice_with(settings, engine) as running:
        async with asking(running, "What is it?") as call:
            link = await speaking(engine)
            call.scope.cancel()
        await until(lambda: link.playouts[0].ended_at is not None and not link.floor, limit=LIMIT)
        assert link.playouts[0].interrupted
        async with asking(running, "And now?"):
            await until(lambda: len(link.playouts) == 2, limit=LIMIT)
            await played(running, link)
            type_in(link, "This.")
            await until(lambda: not link.floor, limit=LIMIT)
    assert link.floors[0] != link.floors[1]


async def test_we_leave_after_a_quiet_while_and_not_before(settings: Settings) -> None:
    """The next question within it needs no join, one after it does."""
    engine = FakeEngine()
    async with voice_with(settings, engine) as running:
        for question in ("One?", "Two?"):
            async with asking(running, question):
                await until(lambda: engine.links and engine.links[0].floor, limit=LIMIT)
                await spoken_of(engine, question)
                await played(running, engine.links[0])
                type_in(engine.links[0], "This.")
                await until(lambda: not engine.links[0].floor, limit=LIMIT)
        assert len(engine.links) == 1
        await until(lambda: not engine.open, limit=LIMIT)
        assert running.entered() == []


async def test_two_asks_in_a_room_queue_and_other_rooms_do_not(settings: Settings) -> None:
    """One voice at a time in the kitchen, whatever the hall does."""
    engine = FakeEngine(people={"kitchen": [ALICE], "hall": [BOB]})
    async with voice_with(settings, engine) as running, asking(running, "One?") as one:
        link = await speaking(engine)
        async with asking(running, "Two?") as two, asking(running, "Three?", "hall"):
            await until(lambda: {"kitchen", "hall"} == engine.open, limit=LIMIT)
            await until(lambda: engine.links[1].playouts, limit=LIMIT)
            assert len(link.playouts) == 1
            await played(running, engine.links[1])
            engine.links[1].hear(Typed("bob", "Hall.", anyio.current_time()))
            await played(running, link)
            type_in(link, "First.")
            await until(lambda: len(link.playouts) == 2, limit=LIMIT)
            await played(running, link)
            type_in(link, "Second.")
    replies = [call.answer.reply for call in (one, two) if call.answer]
    assert replies == ["First.", "Second."]


async def test_a_room_without_a_human_is_refused_where_nobody_is_waited_for() -> None:
    """No room at all, an unknown one, and one with an agent only: nothing is entered."""
    engine = FakeEngine(people={"kitchen": [COMPANION]})
    async with voice_with(load(nobody="error", _env_file=None), engine) as running:
        for room_name, refusal in (("", NobodyThere), ("kitchen", NobodyThere), ("attic", UnknownRoom)):
            async with asking(running, "What is it?", room_name) as call:
                pass
            assert isinstance(call.error, refusal)
    assert not engine.links


async def test_leaving_the_block_leaves_every_room(settings: Settings) -> None:
    """Open asks are cancelled and told so, and no link is left open."""
    engine = FakeEngine(people={"kitchen": [ALICE], "hall": [BOB]})
    async with voice_with(settings, engine) as running:
        for room_name in ("kitchen", "hall"):
            await running.ask_in_room("What is it?", room_name=room_name, wait_seconds=0, report=unreported)
        assert engine.open == {"kitchen", "hall"}
    assert engine.open == set()
    assert all(link.playouts[0].interrupted for link in engine.links)
