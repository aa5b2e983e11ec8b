"""Answers that are typed: chat, and the keypad of a phone."""

from __future__ import annotations

import pytest

from mcp_voice.people.human import Human
from testkit.host import Host
from testkit.rig import LIMIT, Rig

pytestmark = pytest.mark.anyio

CHOICES = ["red", "green", "blue"]


async def listening(person: Human) -> None:
    """Hear the question out."""
    await person.hears_sound(limit=LIMIT)
    await person.hears_silence(quiet=0.4, limit=LIMIT)


async def test_a_chat_message_is_a_reply(host: Host, room: str, alice: Human) -> None:
    """Whoever cannot speak types."""
    async with host.asking("Which colour?", room_name=room) as call:
        await listening(alice)
        await alice.type("  Green, please.\n")
    answer = call.answer
    assert (answer.reply, answer.channel, answer.interrupted) == ("Green, please.", "chat", False)
    assert answer.participant is not None
    assert answer.participant.identity == "alice"


async def test_a_chat_message_that_is_too_long_says_that_it_was_cut(host: Host, room: str, alice: Human) -> None:
    """Whoever reads the first 20,000 characters must not take them for all; one result holds 14 kB of them."""
    async with host.asking("What does the log say?", room_name=room) as call:
        await listening(alice)
        await alice.type("x" * 30_000)
    assert call.answer.reply == "x" * 14_000
    assert call.answer.more
    assert "only the first 20,000 characters were kept. Ask for the rest." in call.answer.next
    rest = await host.listen(room_name=room)
    assert (rest.reply, rest.more) == ("x" * 6_000, False)


async def test_a_long_chat_message_is_given_whole(host: Host, room: str, alice: Human) -> None:
    """Nothing is said of a cut where there was none."""
    async with host.asking("What does the log say?", room_name=room) as call:
        await listening(alice)
        await alice.type("x" * 13_000)
    assert call.answer.reply == "x" * 13_000
    assert "only the first" not in call.answer.next


async def test_a_chat_message_may_name_a_choice(host: Host, room: str, alice: Human) -> None:
    """The choice is found in what was typed as in what was said."""
    async with host.asking("Which colour?", room_name=room, choices=CHOICES) as call:
        await listening(alice)
        await alice.type("Green, please.")
    assert call.answer.choice == "green"


async def test_one_key_of_a_phone_names_a_choice(host: Host, rig: Rig, room: str) -> None:
    """With up to nine choices the first key decides, without any wait for a second one."""
    async with (
        rig.person(room, "caller", kind="sip") as caller,
        host.asking("Which colour?", room_name=room, choices=CHOICES) as call,
    ):
        await listening(caller)
        await caller.press("2")
    answer = call.answer
    assert (answer.reply, answer.channel, answer.choice) == ("2", "keypad", "green")
    assert answer.participant is not None
    assert answer.participant.identity == "caller"


async def test_several_keys_are_one_number(host: Host, rig: Rig, room: str) -> None:
    """Without choices keys are collected until the hash or a pause."""
    async with rig.person(room, "caller", kind="sip") as caller:
        async with host.asking("How many?", room_name=room) as call:
            await listening(caller)
            await caller.press("42#")
        assert (call.answer.reply, call.answer.channel, call.answer.choice) == ("42", "keypad", None)
        async with host.asking("And how many now?", room_name=room) as call:
            await listening(caller)
            await caller.press("107")
        assert call.answer.reply == "107"


async def test_a_phone_is_listed_as_one(host: Host, rig: Rig, room: str) -> None:
    """A SIP caller can be asked, so the room is active."""
    async with rig.person(room, "caller", kind="sip"), rig.person(room, "robot", kind="agent"):
        rooms = await host.rooms()
    found = next(each for each in rooms.rooms if each.room_name == room)
    assert {each.identity: each.kind for each in found.participants} == {"caller": "phone", "robot": "agent"}
    assert found.active
