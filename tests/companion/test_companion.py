"""The companion worker in a real room: it greets, converses, and steps back for an ask."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import psutil
import pytest
from livekit import api

from mcp_voice.people.human import Human
from mcp_voice_agent.learned import Asked, learned
from testkit.chat_model import Call
from testkit.companion import (
    arrived,
    floor_of,
    greeted,
    heard_by_model,
    replying,
    requests_after,
    said_by,
    spoken,
)
from testkit.host import Host
from testkit.rig import LIMIT, Rig, ours, part_of, voice_of
from testkit.waiting import until
from testkit.worker import Worker, worker

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[2]
ASKS = 10
LONG_ANSWER = (
    "This is a very long answer, which goes on and on, and which nobody would want to hear to its very end. " * 2
)
JITTER_SECONDS = 0.1
"""Two tracks reach an ear through buffers of their own: one ends so much later than it would beside the other."""
GONE_ON_SECONDS = 13.0
"""An asker that was killed has the floor for 10 s more; the rest is for a busy machine."""
QUIET_SECONDS = 2.0
ENDPOINTING_SECONDS = 3.5
"""After a pause so long the companion answers even what sounds unfinished."""


@pytest.fixture(scope="module", autouse=True)
async def companion(rig: Rig) -> AsyncIterator[Worker]:
    """A worker for all new rooms."""
    async with worker(rig) as started:
        yield started


def sounds(person: Human, identity: str) -> int:
    """How often a participant has begun to sound so far, in somebody's ears."""
    return sum(sound.identity == identity for sound in person.heard.sounds)


async def silent(person: Human, identity: str, *, seconds: float = QUIET_SECONDS) -> None:
    """Make sure that a participant is not heard for so long."""
    with pytest.raises(TimeoutError):
        await person.hears_sound(identity, limit=seconds)


async def test_a_human_is_greeted_and_answered(rig: Rig, alice: Human) -> None:
    """The words go through speech to text, the language model and speech, and come back as a Companion's sound."""
    identity = await greeted(alice)
    await until(lambda: alice.connection.remote_participants[identity].name == "Companion", limit=LIMIT)
    await alice.speak(voice_of("that is a good idea"))
    await alice.hears_sound(identity, limit=LIMIT)
    assert heard_by_model(rig)[-1].lower().strip(".?!") == "that is a good idea"
    await until(lambda: any("You said: that is a good idea" in text for text in spoken(rig)), limit=LIMIT)


async def test_a_phone_is_greeted_once_it_is_picked_up_and_hung_up_after_a_goodbye(rig: Rig, room: str) -> None:
    """A greeting to a phone that is still being dialled is heard by nobody, and after a goodbye nobody comes back."""
    said: list[str | Call] = [Call("end_call"), "Goodbye."]
    async with rig.person(room, "caller", kind="sip", call_status="dialing") as caller, rig.api() as server:
        identity = await arrived(caller)
        await silent(caller, identity)
        await rig.call(room, "caller", "active")
        assert await greeted(caller) == identity
        with replying(rig, lambda _: said.pop(0)):
            await caller.speak(voice_of("neither of them"))
            await caller.hears_sound(identity, limit=LIMIT)
            await until(lambda: not caller.connection.isconnected(), limit=LIMIT)
        assert (said, spoken(rig)[-1].strip()) == ([], "Goodbye.")

        async def gone() -> bool:
            there = (await server.room.list_participants(api.ListParticipantsRequest(room=room))).participants
            return not there and not await server.agent_dispatch.list_dispatch(room)

        await until(gone, limit=LIMIT)


@pytest.mark.long
async def test_ten_asks_in_a_row_are_answered_to_the_asks_and_known_to_the_companion(
    host: Host, rig: Rig, room: str, alice: Human
) -> None:
    """It says nothing before, during and between them; then it can refer to all that was asked and answered.

    Everything that was said is captioned once: by the ask, or by the companion.
    """
    identity = await greeted(alice)
    thought, sounded = len(rig.speech.chat.asked), sounds(alice, identity)
    replies = ["neither of them", "that is a good idea"] * (ASKS // 2)
    questions = [f"Number {number}?" for number in range(ASKS)]
    for question, reply in zip(questions, replies, strict=True):
        async with host.asking(question, room_name=room, choices=["neither", "a good idea"]) as call:
            # As soon as they know what is asked.
            await alice.hears_sound(limit=LIMIT)
            await alice.speak(voice_of(reply))
        assert call.answer.reply == reply
    await silent(alice, identity)
    assert len(rig.speech.chat.asked) == thought
    assert sounds(alice, identity) == sounded
    await alice.speak(voice_of("the second option"))
    await alice.hears_sound(identity, limit=LIMIT)
    messages = requests_after(rig, "the second option")[-1]
    told = [learned(Asked(*each, "alice")) for each in zip(questions, replies, strict=True)]
    assert said_by("user", messages) == [*told, "the second option"]
    captions = [each.text.strip() for each in alice.captions.all if each.identity == "alice"]
    assert captions == [*replies, "the second option"]


@pytest.mark.long
async def test_an_asker_that_is_killed_gives_the_floor_back(
    companion: Worker, rig: Rig, room: str, alice: Human
) -> None:
    """Its participant stays in the room for a while and renews nothing: after ten seconds the companion goes on."""
    identity = await greeted(alice)
    folder = rig.folder / room
    folder.mkdir()
    command = [sys.executable, "-m", "testkit.lonely_host", room, "Shall I die?", str(folder)]
    environment = {**os.environ, **rig.environment()}
    async with await anyio.open_process(command, env=environment, cwd=ROOT, stdin=subprocess.DEVNULL) as lonely:
        await until(lambda: ours(alice), limit=2 * LIMIT)
        await alice.hears_sound(ours(alice)[0].identity, limit=LIMIT)
        # The server first: a host that dies would end it in good order.
        for process in (*psutil.Process(lonely.pid).children(), psutil.Process(lonely.pid)):
            process.kill()
        await alice.hears_silence(quiet=0.5, limit=LIMIT)
        await until(lambda: companion.logged("was not renewed"), limit=GONE_ON_SECONDS)
    await alice.speak(voice_of("that is a good idea"))
    await alice.hears_sound(identity, limit=LIMIT)
    assert heard_by_model(rig)[-1] == "that is a good idea"


async def test_an_ask_that_begins_while_the_companion_speaks_silences_it(
    host: Host, rig: Rig, room: str, alice: Human
) -> None:
    """The question is not spoken over the answer, and the rest of the answer is never heard."""
    identity = await greeted(alice)
    with replying(rig, lambda _: LONG_ANSWER):
        await alice.type("tell me everything")
        await alice.hears_sound(identity, limit=LIMIT)
        async with host.asking("May I break in?", room_name=room) as call:
            await until(lambda: ours(alice), limit=LIMIT)
            asked_at = await alice.hears_sound(ours(alice)[0].identity, limit=LIMIT)
            said = max(sound.ended_at for sound in alice.heard.sounds if sound.identity == identity)
            await alice.hears_silence(quiet=0.4, limit=LIMIT)
            await alice.speak(voice_of("yes please go ahead"))
    assert call.answer.reply == "yes please go ahead"
    assert said < asked_at + JITTER_SECONDS
    await silent(alice, identity)


async def test_what_was_half_said_when_the_floor_is_taken_is_not_answered(rig: Rig, room: str, alice: Human) -> None:
    """Neither then nor afterwards: the human has turned to whoever asks."""
    identity = await greeted(alice)
    sounded = sounds(alice, identity)
    await alice.speak(part_of("I want to change the color to green", 0, 4))
    async with floor_of(rig, room, identity):
        await alice.speak(part_of("I want to change the color to green", 4, 8))
        await silent(alice, identity)
    await silent(alice, identity, seconds=ENDPOINTING_SECONDS)
    assert sounds(alice, identity) == sounded
    await alice.type("something else")
    await until(lambda: requests_after(rig, "something else"), limit=LIMIT)
    assert said_by("user", requests_after(rig, "something else")[-1]) == ["something else"]


async def test_an_announcement_is_not_spoken_over_either(host: Host, rig: Rig, room: str, alice: Human) -> None:
    """``say_in_room`` takes the floor as an ask does: the companion is silenced, and converses again afterwards."""
    identity = await greeted(alice)
    with replying(rig, lambda _: LONG_ANSWER):
        await alice.type("tell me everything")
        await alice.hears_sound(identity, limit=LIMIT)
        said = await host.say("Dinner is ready.", room)
        assert said.status == "said"
        await silent(alice, identity)
    await alice.type("what is for dinner")
    await until(lambda: any("You said: what is for dinner" in text for text in spoken(rig)), limit=LIMIT)
    await alice.hears_sound(identity, limit=LIMIT)
