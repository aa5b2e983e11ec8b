"""Phones in a real room: participants of kind SIP, with the attribute that LiveKit's bridge sets."""

from __future__ import annotations

import pytest

from mcp_voice.people.human import Human
from testkit.host import Host
from testkit.rig import LIMIT, Rig, after_the_question, ours, voice_of
from testkit.waiting import until

pytestmark = pytest.mark.anyio

QUESTION = "What shall we do?"
GREETING = "neither of them"
"""One clip is as good as another at the pick-up, whatever its words."""
MAILBOX = "You have reached the voicemail of Carol. Please leave a message after the tone."


async def picked_up(rig: Rig, room: str, caller: Human) -> None:
    """Have it picked up, once we are there to hear what is said then."""
    await until(lambda: ours(caller), limit=LIMIT)
    await rig.call(room, caller.identity, "active")


async def test_a_phone_is_asked_when_it_is_picked_up_and_a_hang_up_is_noticed_at_once(
    host: Host, rig: Rig, room: str
) -> None:
    """A call as it goes: it rings, somebody greets, is asked, answers, is asked again, and hangs up."""
    async with rig.person(room, "caller", kind="sip", call_status="dialing") as caller:
        listed = next(each for each in (await host.rooms()).rooms if each.room_name == room)
        assert (listed.active, listed.participants[0].call) == (False, "ringing")
        async with host.asking(QUESTION, room_name=room) as call:
            await call.reaches("ringing")
            await picked_up(rig, room, caller)
            greeted = await caller.speak(voice_of(GREETING))
            asked_at = await caller.hears_sound(limit=LIMIT)
            await after_the_question(caller, voice_of("the second option"))
        answer = call.answer
        assert asked_at >= greeted.ended_at
        assert (answer.status, answer.reply, answer.interrupted) == ("answered", "the second option", False)
        assert (answer.heard_at_pickup, answer.answered_by) == (GREETING, "human")
        async with host.asking("And what then?", room_name=room) as call:
            await call.reaches("listening")
            await rig.call(room, "caller", "hangup")
            # Still in the room, as a bridge that is slow to leave is.
        assert (call.answer.status, call.answer.answered_by) == ("left", "human")


async def test_a_mailbox_hears_the_question_after_its_announcement(host: Host, rig: Rig, room: str) -> None:
    """And the result says what answered."""
    announcement = await rig.say(MAILBOX)
    async with (
        rig.person(room, "carol", kind="sip", call_status="ringing") as carol,
        host.asking(QUESTION, room_name=room) as call,
    ):
        await call.reaches("ringing")
        await picked_up(rig, room, carol)
        announced = await carol.speak(announcement)
        assert await carol.hears_sound(limit=LIMIT) >= announced.ended_at
        await call.reaches("listening")
        await rig.call(room, "carol", "hangup")
    answer = call.answer
    assert (answer.status, answer.answered_by, answer.spoken) == ("left", "machine", QUESTION)
    heard = answer.heard_at_pickup
    assert (heard[:16], heard.rstrip(".")[-14:]) == (MAILBOX[:16], MAILBOX.rstrip(".")[-14:])
