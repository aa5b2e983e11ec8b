"""What people say after an answer, in a real room: it is in the next result without being asked for, and once."""

from __future__ import annotations

import pytest

from mcp_voice.people.human import Human
from mcp_voice.results import Meanwhile
from testkit.host import Host
from testkit.rig import LIMIT, Rig, after_the_question, voice_of
from testkit.waiting import until

pytestmark = pytest.mark.anyio

QUESTION = "Which server shall I delete?"
ANSWER = "the second option"
AFTERTHOUGHT = "and not the staging one"


async def listed(host: Host, room: str) -> list[Meanwhile]:
    """What ``list_rooms`` tells of that room."""
    return next(found.said_meanwhile for found in (await host.rooms()).rooms if found.room_name == room)


async def answered_with_an_afterthought(host: Host, rig: Rig, room: str, alice: Human) -> None:
    """Alice answers, and adds something a second after her answer was returned."""
    afterthought = await rig.say(AFTERTHOUGHT)
    async with host.asking(QUESTION, room_name=room) as call:
        await after_the_question(alice, voice_of(ANSWER))
    assert (call.answer.reply, call.answer.said_meanwhile) == (ANSWER, [])
    await alice.speak_all(1.0, afterthought)


async def test_what_is_added_by_voice_a_second_after_an_answer_is_in_the_next_ask(
    host: Host, rig: Rig, room: str, alice: Human
) -> None:
    """With who said it and how long ago, beside the reply to that ask; and in no result after it."""
    await answered_with_an_afterthought(host, rig, room, alice)
    async with host.asking("Shall I go on?", room_name=room) as call:
        await after_the_question(alice, voice_of("yes please go ahead"))
    assert call.answer.reply == "yes please go ahead"
    (said,) = call.answer.said_meanwhile
    assert (said.who.identity, said.who.name, said.text) == ("alice", "Alice", AFTERTHOUGHT)
    assert said.seconds_ago > 0
    assert not call.answer.more
    assert await listed(host, room) == []
    assert (await host.say("The build is done.", room)).said_meanwhile == []


async def test_what_is_added_by_voice_after_an_answer_is_in_the_next_list_of_rooms(
    host: Host, rig: Rig, room: str, alice: Human
) -> None:
    """A model that looks around first sees it as well, until another result has carried it."""
    await answered_with_an_afterthought(host, rig, room, alice)
    (said,) = await until(lambda: listed(host, room), limit=LIMIT)
    assert (said.who.identity, said.text) == ("alice", AFTERTHOUGHT)
    assert [each.text for each in (await host.say("The build is done.", room)).said_meanwhile] == [AFTERTHOUGHT]
    assert await listed(host, room) == []
    assert await host.transcript(room) == [
        ("", QUESTION),
        ("alice", ANSWER),
        ("alice", AFTERTHOUGHT),
        ("", "The build is done."),
    ]
