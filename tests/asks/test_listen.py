"""Listening without having asked: what belongs to no ask is kept, returned once, and is in the transcript."""

from __future__ import annotations

import anyio
import pytest

from mcp_voice.people.human import Human
from testkit.host import Host
from testkit.rig import LIMIT, Rig, after_the_question, ours, voice_of
from testkit.waiting import until

pytestmark = pytest.mark.anyio


async def test_the_next_turn_is_returned(host: Host, room: str, alice: Human) -> None:
    """Nothing was said before, so it waits; the words are the reply of an answer without a question."""
    async with anyio.create_task_group() as tasks:

        async def speak() -> None:
            await until(lambda: ours(alice), limit=LIMIT)
            await alice.speak(voice_of("make a copy of the report"))

        tasks.start_soon(speak)
        heard = await host.listen(room, wait_seconds=LIMIT)
    assert (heard.status, heard.reply, heard.channel) == ("answered", "make a copy of the report", "speech")
    assert heard.participant is not None
    assert heard.participant.identity == "alice"
    assert (heard.ask_id, heard.spoken) == ("", "")


async def test_a_call_that_does_not_wait_listens_from_then_on(host: Host, room: str, alice: Human) -> None:
    """It said that nobody had said anything, without having entered the room: what came next was never heard."""
    first = await host.listen(room, wait_seconds=0)
    assert first.status == "pending"
    await alice.type("I have just begun.")
    heard = await host.listen(room, wait_seconds=LIMIT)
    assert heard.reply == "I have just begun."


async def test_what_was_said_to_nobody_is_kept_and_returned_once(host: Host, room: str, alice: Human) -> None:
    """Speech after an answer belongs to no ask; the transcript has all of it in order."""
    async with host.asking("Which one?", room_name=room) as call:
        await after_the_question(alice, voice_of("the second option"))
    await alice.speak(voice_of("tell me more about it"))
    heard = await host.listen(room, wait_seconds=LIMIT)
    assert (call.answer.reply, heard.reply) == ("the second option", "tell me more about it")
    again = await host.listen(room, wait_seconds=0)
    assert (again.status, again.reply) == ("pending", None)
    assert await host.transcript(room) == [
        ("", "Which one?"),
        ("alice", "the second option"),
        ("alice", "tell me more about it"),
    ]


async def test_only_the_named_participant_is_returned(host: Host, rig: Rig, room: str, alice: Human) -> None:
    """What others said stays for a later call."""
    async with rig.person(room, "bob") as bob:
        await host.say("Hello.", room)
        await alice.type("I am Alice.")
        await bob.type("I am Bob.")
        first = await host.listen(room, participant="bob", wait_seconds=LIMIT)
        second = await host.listen(room, wait_seconds=LIMIT)
    assert (first.reply, second.reply) == ("I am Bob.", "I am Alice.")


async def test_everybody_gone_ends_the_listening(host: Host, rig: Rig, room: str) -> None:
    """There is nobody left to wait for."""
    async with rig.person(room, "carol") as carol, anyio.create_task_group() as tasks:

        async def leave() -> None:
            await until(lambda: ours(carol), limit=LIMIT)
            await carol.connection.disconnect()

        tasks.start_soon(leave)
        heard = await host.listen(room, wait_seconds=LIMIT)
    assert heard.status == "left"
