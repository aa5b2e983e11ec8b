"""Several asks at once: one voice at a time in a room, rooms side by side, and none that harms another."""

from __future__ import annotations

import pytest
from livekit import api

from mcp_voice.people.human import Human
from mcp_voice.tasks import owned_tasks
from testkit.host import Host, ToolFault
from testkit.rig import LIMIT, Rig, after_the_question, ours, voice_of
from testkit.waiting import until

pytestmark = pytest.mark.anyio

WORDS = (
    "go ahead with the first option",
    "neither of them",
    "what time is it",
    "about twenty percent",
    "that is a good idea",
)


async def test_two_asks_in_one_room_are_spoken_one_after_the_other(host: Host, room: str, alice: Human) -> None:
    """The second question sounds only after the first was answered, and each gets its own reply."""
    async with host.asking("What is the first thing?", room_name=room) as first:
        await first.reaches("speaking")
        async with host.asking("And what is the second thing?", room_name=room) as second:
            await second.reaches("waiting until the floor is free")
            await after_the_question(alice, voice_of(WORDS[0]))
            await first.done(limit=LIMIT)
            assert "speaking the question" not in second.progress
            await second.reaches("speaking")
            await after_the_question(alice, voice_of(WORDS[1]))
    assert (first.answer.reply, second.answer.reply) == (WORDS[0], WORDS[1])
    assert [text for _, text in await host.transcript(room)] == [
        "What is the first thing?",
        WORDS[0],
        "And what is the second thing?",
        WORDS[1],
    ]


async def test_a_queued_ask_says_so_when_nobody_waits(host: Host, room: str, alice: Human) -> None:
    """Its hint tells the model that another question has the floor."""
    first = await host.ask("What is the first thing?", room_name=room, wait_seconds=0)
    second = await host.ask("And what is the second thing?", room_name=room, wait_seconds=0)
    assert (first.waiting_for, first.floor_held_by) == ("reply", "")
    assert (second.waiting_for, second.floor_held_by) == ("floor", first.ask_id)
    assert f"Not spoken yet: {first.ask_id} has the floor" in second.next
    assert "do not ask again" not in second.next
    for ask in (second, first):
        await host.cancel(ask.ask_id)


@pytest.mark.alone
async def test_five_rooms_side_by_side_get_their_own_answers(host: Host, rig: Rig, room: str) -> None:
    """Five people are asked and answer at the same time; no reply is crossed or lost."""
    replies: dict[str, str | None] = {}

    async def converse(words: str, name: str) -> None:
        async with rig.person(name, f"person-{name}") as person, host.asking("Well?", room_name=name) as call:
            await after_the_question(person, voice_of(words))
        assert call.answer.participant is not None
        assert call.answer.participant.identity == f"person-{name}"
        replies[words] = call.answer.reply

    async with owned_tasks() as tasks:
        for number, words in enumerate(WORDS):
            tasks.start_soon(converse, words, f"{room}-{number}")
    assert replies == {words: words for words in WORDS}


async def asked_until_deleted(host: Host, rig: Rig, dora: Human, room: str) -> None:
    """Ask, and have the room deleted while that is heard."""
    async with host.asking("Still there?", room_name=room) as lost:
        await dora.hears_sound(limit=LIMIT)
        async with rig.api() as server:
            await server.room.delete_room(api.DeleteRoomRequest(room=room))
        await lost.done(limit=LIMIT)


async def asked_until_gone(host: Host, rig: Rig, server: api.LiveKitAPI, room: str) -> None:
    """Ask, and have the room deleted while the door to it is still shut."""
    async with host.asking("Still there?", room_name=room) as late:
        await rig.gate.knocked(limit=LIMIT)
        await server.room.delete_room(api.DeleteRoomRequest(room=room))
        rig.gate.open()
        await late.done(limit=LIMIT)


async def test_a_failing_room_does_not_harm_another(host: Host, rig: Rig, room: str, alice: Human) -> None:
    """One room is deleted under our feet while a question is open in another; that one is answered.

    The other call ends with an error, and nobody makes the deleted room again.
    """
    doomed = f"{room}-doomed"
    async with rig.person(doomed, "dora") as dora, host.asking("And you?", room_name=room) as call:
        with pytest.raises(ToolFault, match="the room was deleted"):
            await asked_until_deleted(host, rig, dora, doomed)
        await after_the_question(alice, voice_of(WORDS[2]))
    assert call.answer.reply == WORDS[2]
    assert len(ours(alice)) == 1
    assert doomed not in [each.room_name for each in (await host.rooms()).rooms]


async def test_a_room_deleted_while_we_join_it_is_not_made_again(host: Host, rig: Rig, room: str) -> None:
    """LiveKit makes a room for whoever joins, so we look at what we have joined, and undo it."""
    async with rig.person(room, "dora"), rig.api() as server:
        rig.gate.shut()
        try:
            with pytest.raises(ToolFault, match=f"There is no room '{room}' any more"):
                await asked_until_gone(host, rig, server, room)
        finally:
            rig.gate.open()
        assert not (await server.room.list_rooms(api.ListRoomsRequest(names=[room]))).rooms


async def test_no_room_is_guessed_among_several(host: Host, rig: Rig, room: str, alice: Human) -> None:
    """With people in two rooms and none named, nothing is spoken and both are listed."""
    async with rig.person(f"{room}-2", "bob") as bob:
        with pytest.raises(ToolFault, match="Humans are in several rooms") as refused:
            await host.ask("Which one is it?")
        assert room in str(refused.value)
        assert f"{room}-2" in str(refused.value)
        assert not ours(alice)
        assert not ours(bob)


async def test_the_only_room_with_a_human_needs_no_name(host: Host, rig: Rig, room: str, alice: Human) -> None:
    """Everybody else has left, so there is no doubt."""

    async def alone() -> bool:
        return [each.room_name for each in (await host.rooms()).rooms if each.active] == [room]

    await until(alone, limit=LIMIT)
    async with host.asking("Where are you?") as call:
        await after_the_question(alice, voice_of(WORDS[3]))
    assert (call.answer.room_name, call.answer.reply) == (room, WORDS[3])
