"""Cancelling ``ask_in_room`` hangs up: silence, a free floor, no ghost, and nothing left for the next ask."""

from __future__ import annotations

import anyio
import pytest
from livekit import api

from mcp_voice.people.human import Human
from testkit.host import Host
from testkit.rig import LIMIT, Rig, after_the_question, ours, voice_of
from testkit.waiting import until

pytestmark = pytest.mark.anyio

QUESTION = "What shall we do?"
LONG = "This is a very long question, " * 8 + "is it not?"
SOON = 2.0
GHOST_SECONDS = 22.0
"""A connect that was cancelled half-way lets the SDK send SIGTERM to its own process some 15 s later."""


async def test_cancelling_falls_silent_and_frees_the_floor(host: Host, room: str, alice: Human) -> None:
    """The sound stops at once, and the next question is spoken without any wait."""
    async with host.asking(LONG, room_name=room) as call:
        await alice.hears_sound(limit=LIMIT)
        call.cancel()
    await alice.hears_silence(limit=SOON)
    assert all(not each.attributes.get("mcp_voice.floor") for each in ours(alice))
    async with host.asking(QUESTION, room_name=room) as again:
        await after_the_question(alice, voice_of("what time is it"))
    assert again.answer.reply == "what time is it"
    assert again.answer.spoken == QUESTION
    assert "waiting until the floor is free" not in again.progress


async def test_an_answer_to_a_cancelled_question_is_no_answer_to_the_next(host: Host, room: str, alice: Human) -> None:
    """What was said to the first question, and after it, belongs to no ask; the next result has it apart."""
    async with host.asking(QUESTION, room_name=room) as call:
        await call.reaches("listening")
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(alice.speak, voice_of("make a copy of the report"))
            await call.reaches("listening")
            call.cancel()
    async with host.asking("And now?", room_name=room) as again:
        await again.reaches("listening")
        await alice.speak(voice_of("neither of them"))
    assert again.answer.reply == "neither of them"
    assert [each.text for each in again.answer.said_meanwhile] == ["make a copy of the report"]


async def test_the_ask_of_two_callers_lives_until_both_hang_up(host: Host, room: str, alice: Human) -> None:
    """A call that only joined an open ask does not take it away from the other."""
    async with host.asking(QUESTION, room_name=room) as first:
        await first.reaches("listening")
        async with host.asking(QUESTION, room_name=room) as second:
            await second.reaches("listening")
            second.cancel()
        await alice.speak(voice_of("the second option"))
    assert first.answer.reply == "the second option"


@pytest.mark.long
async def test_cancelling_while_we_join_leaves_no_ghost_and_no_dead_process(host: Host, rig: Rig, room: str) -> None:
    """Nobody of ours is in the room afterwards, and 20 s later the server still asks and answers."""
    async with rig.person(room, "alice") as alice:
        rig.gate.shut()
        try:
            async with host.asking(QUESTION, room_name=room) as call:
                await rig.gate.knocked(limit=LIMIT)
                call.cancel()
        finally:
            rig.gate.open()
        cancelled_at = anyio.current_time()
        async with rig.api() as server:

            async def alone() -> bool:
                present = await server.room.list_participants(api.ListParticipantsRequest(room=room))
                return [each.identity for each in present.participants] == ["alice"]

            await until(alone, limit=LIMIT)
            # The trap closes late, so there is nothing to wait for but the time.
            await anyio.sleep_until(cancelled_at + GHOST_SECONDS)
            assert await alone()
        assert host.process.is_running()
        async with host.asking(QUESTION, room_name=room) as again:
            await after_the_question(alice, voice_of("yes please go ahead"))
        assert again.answer.reply == "yes please go ahead"


async def test_cancelling_at_any_moment_of_joining_is_harmless(host: Host, rig: Rig, room: str, alice: Human) -> None:
    """Early, in the middle, or when we are just in: silent, out of the way, and the room is free."""
    for number in range(12):
        with anyio.move_on_after(0.03 * number):
            await host.ask(f"{LONG} Number {number}.", room_name=room)
    await alice.hears_silence(quiet=1.0, limit=LIMIT)
    async with host.asking(QUESTION, room_name=room) as call:
        await after_the_question(alice, voice_of("what time is it"))
    assert call.answer.reply == "what time is it"
    assert len(ours(alice)) == 1
