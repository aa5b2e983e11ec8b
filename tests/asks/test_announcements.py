"""Announcements while a question waits for its answer: spoken at once, and the ask goes on."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import anyio
import pytest

from mcp_voice.link import SegmentRead, SpeechStarted, SpeechStopped, Words
from mcp_voice.participants import Target
from mcp_voice.people.human import Human
from mcp_voice.results import Said
from mcp_voice.settings import load
from mcp_voice.tasks import owned_tasks
from mcp_voice.voice import Voice
from mcp_voice.voices.opening import voice_with
from testkit.fake_link import ALICE, BOB, FakeEngine, FakeLink
from testkit.host import Host
from testkit.opened import asks_of, seats_of
from testkit.reporting import unreported
from testkit.rig import LIMIT, Rig, voice_of
from testkit.waiting import settled, until
from tests.asks.test_links import asking, listening, type_in
from tests.asks.test_listening_survives import spoken_in

pytestmark = pytest.mark.anyio

QUESTION, MESSAGE = "What is it?", "The build is done."


@pytest.fixture
def engine() -> FakeEngine:
    """A kitchen with two humans in it."""
    return FakeEngine(people={"kitchen": [ALICE, BOB]})


@pytest.fixture
async def running(engine: FakeEngine) -> AsyncIterator[Voice]:
    """Asks in that kitchen."""
    async with voice_with(load(quiet_seconds=60.0, _env_file=None), engine) as opened:
        yield opened


class Announcement:
    """A call of ``say_in_room`` under way."""

    def __init__(self) -> None:
        self.said: Said | None = None

    async def run(self, running: Voice) -> None:
        """Make the call."""
        with anyio.fail_after(LIMIT):
            self.said = await running.say_in_room(MESSAGE, room_name="kitchen", wait_seconds=LIMIT, report=unreported)


async def test_what_is_typed_after_an_announcement_is_still_the_answer(running: Voice, engine: FakeEngine) -> None:
    """The ask holds the floor all the while, and the result of the announcement names it."""
    announcement = Announcement()
    async with asking(running, QUESTION) as call:
        link = await listening(running, engine)
        async with owned_tasks() as tasks:
            tasks.start_soon(announcement.run, running)
            await spoken_in(engine, MESSAGE)
            assert link.floor.startswith("ask-")
            link.playouts[-1].finish()
        assert link.floor.startswith("ask-")
        type_in(link, "This.")
    assert announcement.said is not None
    assert (announcement.said.status, announcement.said.spoken) == ("said", MESSAGE)
    assert call.answer is not None
    assert (call.answer.reply, call.answer.interrupted, call.answer.spoken) == ("This.", False, QUESTION)
    assert call.answer.ask_id in announcement.said.next
    assert call.answer.said_meanwhile == []


@pytest.mark.parametrize("who", ["alice", "bob"])
async def test_whoever_speaks_over_an_announcement_silences_it(running: Voice, engine: FakeEngine, who: str) -> None:
    """Also where only Alice was asked; and what she says over it is her answer."""
    announcement = Announcement()
    pending = await running.ask_in_room(
        QUESTION, room_name="kitchen", participant="alice", wait_seconds=0, report=unreported
    )
    link = await listening(running, engine)
    async with owned_tasks() as tasks:
        tasks.start_soon(announcement.run, running)
        await spoken_in(engine, MESSAGE)
        now = time.monotonic()
        link.hear(SpeechStarted(who, now), Words(who, "The second one.", final=True, at=now))
        await until(lambda: announcement.said, limit=LIMIT)
        link.hear(SpeechStopped(who, now + 0.1), SegmentRead(who, now + 0.1))
    assert announcement.said is not None
    assert announcement.said.status == "interrupted"
    assert pending.ask_id in announcement.said.next
    if who == "bob":
        type_in(link, "The second one.")
    answer = await running.wait_for_reply(pending.ask_id, wait_seconds=LIMIT, report=unreported)
    assert (answer.status, answer.reply, answer.interrupted) == ("answered", "The second one.", False)


async def test_an_announcement_waits_until_an_answer_that_is_under_way_is_over(
    running: Voice, engine: FakeEngine
) -> None:
    """Nobody is spoken over in the middle of what was asked of them."""
    announcement = Announcement()
    async with asking(running, QUESTION) as call:
        link = await listening(running, engine)
        now = time.monotonic()
        link.hear(SpeechStarted("alice", now), Words("alice", "The second one.", final=True, at=now))
        heard = seats_of(running).seat("kitchen", name="").listener
        await until(lambda: heard.turns.words_so_far(Target("alice")), limit=LIMIT)
        async with owned_tasks() as tasks:
            tasks.start_soon(announcement.run, running)
            await until(lambda: f"synthesize {MESSAGE}" in engine.log, limit=LIMIT)
            await settled()
            assert [each.text for each in link.playouts] == [QUESTION]
            link.hear(SpeechStopped("alice", now + 0.1), SegmentRead("alice", now + 0.1))
            await spoken_in(engine, MESSAGE)
            await until(lambda: call.answer is not None, limit=LIMIT)
            link.playouts[-1].finish()
    assert call.answer is not None
    assert call.answer.reply == "The second one."


async def test_a_second_question_waits_for_the_announcement_and_for_the_first_answer(
    running: Voice, engine: FakeEngine
) -> None:
    """An announcement does not let the next question in between."""
    announcement = Announcement()
    async with asking(running, QUESTION) as first:
        link = await listening(running, engine)
        async with asking(running, "And now?") as second:
            async with owned_tasks() as tasks:
                tasks.start_soon(announcement.run, running)
                await spoken_in(engine, MESSAGE)
                link.playouts[-1].finish()
            assert [each.text for each in link.playouts] == [QUESTION, MESSAGE]
            type_in(link, "This.")
            await spoken_in(engine, "And now?")
            await _heard(running, link)
            type_in(link, "That.")
    replies = [call.answer.reply for call in (first, second) if call.answer]
    assert replies == ["This.", "That."]


async def _heard(running: Voice, link: FakeLink) -> None:
    """Have the last question played to its end."""
    link.playouts[-1].finish()
    await until(lambda: [ask.phase for ask in asks_of(running)][-1] == "listening", limit=LIMIT)


async def test_an_announcement_is_heard_while_a_question_waits_and_what_follows_is_the_answer(
    host: Host, rig: Rig, room: str, alice: Human
) -> None:
    """In a real room; whoever speaks over it silences it and has answered."""
    pending = await host.ask(QUESTION, room_name=room, wait_seconds=0)
    await alice.hears_sound(limit=LIMIT)
    await alice.hears_silence(quiet=0.5, limit=LIMIT)
    said = await host.say(MESSAGE, room)
    assert (said.status, said.spoken) == ("said", MESSAGE)
    assert (await host.wait(pending.ask_id, 0)).waiting_for == "reply"
    async with owned_tasks() as tasks:
        long = "This is a long message about the build. " * 5

        async def announce() -> None:
            assert (await host.say(long, room)).status == "interrupted"

        tasks.start_soon(announce)
        await rig.synthesized(long.strip())
        await alice.hears_sound(limit=LIMIT)
        await alice.speak(voice_of("the second option"))
    answer = await host.wait(pending.ask_id)
    assert (answer.status, answer.reply) == ("answered", "the second option")
