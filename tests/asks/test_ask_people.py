"""Several people in a room: who answered, who was meant, who is no human, and who left."""

from __future__ import annotations

import anyio
import pytest

from mcp_voice.people.human import Human
from testkit.host import Host, ToolFault
from testkit.rig import LIMIT, Rig, after_the_question, ours, part_of, voice_of

pytestmark = pytest.mark.anyio

QUESTION = "What shall we do?"
LONG = "This is a very long question, " * 8 + "is it not?"


async def test_the_one_of_two_who_answers_is_named(host: Host, rig: Rig, room: str, alice: Human) -> None:
    """Everybody human is listened to, and the reply says who."""
    async with rig.person(room, "bob", name="Bob B."), host.asking(QUESTION, room_name=room) as call:
        await after_the_question(alice, voice_of("that is a good idea"))
    assert call.answer.reply == "that is a good idea"
    assert call.answer.participant is not None
    assert call.answer.participant.identity == "alice"


async def test_two_who_talk_over_each_other_are_told_apart(host: Host, rig: Rig, room: str, alice: Human) -> None:
    """The first to be done has answered; what the other said is whole, too, and kept."""
    async with rig.person(room, "bob") as bob:
        async with host.asking(QUESTION, room_name=room) as call:
            await bob.hears_sound(limit=LIMIT)
            await bob.hears_silence(quiet=0.4, limit=LIMIT)
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(alice.speak, voice_of("make a copy of the report"))
                tasks.start_soon(bob.speak, voice_of("neither of them"))
        heard = await host.listen(room, wait_seconds=LIMIT)
    said = {each.participant.identity: each.reply for each in (call.answer, heard) if each.participant and each.reply}
    assert said == {"alice": "make a copy of the report", "bob": "neither of them"}
    assert call.answer.participant is not None
    assert call.answer.participant.identity == "bob"


async def test_only_the_named_participant_is_listened_to(host: Host, rig: Rig, room: str, alice: Human) -> None:
    """What the others say does not interrupt and is no answer, but is kept; a name serves as well as an identity."""
    async with rig.person(room, "bob", name="Robert"):
        async with host.asking(LONG, room_name=room, participant="Robert") as call:
            await alice.hears_sound(limit=LIMIT)
            await alice.speak(voice_of("that is a good idea"))
            await alice.type("I say no.")
            await call.reaches("speaking")
            call.cancel()
        heard = [await host.listen(room, wait_seconds=LIMIT) for _ in range(2)]
    assert {each.channel: each.reply for each in heard} == {"speech": "that is a good idea", "chat": "I say no."}


async def test_the_named_participant_answers_over_others(host: Host, rig: Rig, room: str, alice: Human) -> None:
    """Their words are the reply although somebody else spoke first."""
    async with rig.person(room, "bob") as bob, host.asking(QUESTION, room_name=room, participant="bob") as call:
        await after_the_question(alice, voice_of("that is a good idea"))
        await bob.speak(voice_of("we can talk about it later"))
    assert call.answer.reply == "we can talk about it later"
    assert call.answer.participant is not None
    assert call.answer.participant.identity == "bob"


async def test_an_agent_neither_answers_nor_hears_us(host: Host, rig: Rig, room: str, alice: Human) -> None:
    """What other agents say is no answer, and they may not subscribe to our voice."""
    async with rig.person(room, "robot", kind="agent") as robot, host.asking(QUESTION, room_name=room) as call:
        await alice.hears_sound(limit=LIMIT)
        await robot.speak(voice_of("yes please go ahead"))
        await robot.type("I am a robot.")
        await alice.hears_silence(quiet=0.4, limit=LIMIT)
        await alice.speak(voice_of("the second option"))
        assert {each.identity for each in robot.heard.sounds} <= {"alice"}
        assert not any(publication.subscribed for publication in ours(robot)[0].track_publications.values())
    assert call.answer.reply == "the second option"
    assert await host.transcript(room) == [("", QUESTION), ("alice", "the second option")]


async def test_an_agent_alone_is_nobody_to_ask(host: Host, rig: Rig, room: str) -> None:
    """A room without a human is refused at once, and nothing is spoken."""
    async with rig.person(room, "robot", kind="agent") as robot:
        with pytest.raises(ToolFault, match="No human is in room"):
            await host.ask(QUESTION, room_name=room)
        assert not ours(robot)


async def test_everybody_gone_is_an_answer_of_its_own(host: Host, rig: Rig, room: str) -> None:
    """When the only human leaves while we listen, the ask ends as left after a moment."""
    async with rig.person(room, "carol") as leaver, host.asking(QUESTION, room_name=room) as call:
        await leaver.hears_sound(limit=LIMIT)
        await leaver.hears_silence(quiet=0.4, limit=LIMIT)
        await leaver.connection.disconnect()
    assert (call.answer.status, call.answer.reply) == ("left", None)
    assert "list_rooms" in call.answer.next


async def test_leaving_in_the_middle_of_the_question_holds_nothing_up(host: Host, rig: Rig, room: str) -> None:
    """We do not wait for ears that are gone."""
    async with rig.person(room, "carol") as leaver, host.asking(LONG, room_name=room) as call:
        await leaver.hears_sound(limit=LIMIT)
        await leaver.connection.disconnect()
    assert call.answer.status == "left"


async def test_words_said_before_leaving_are_the_answer(host: Host, rig: Rig, room: str) -> None:
    """Whoever answers and hangs up at once has answered."""
    async with rig.person(room, "carol") as leaver, host.asking(QUESTION, room_name=room) as call:
        await after_the_question(leaver, voice_of("what time is it"))
        await leaver.connection.disconnect()
    assert (call.answer.status, call.answer.reply) == ("answered", "what time is it")


async def test_whoever_reloads_the_page_may_still_answer(host: Host, rig: Rig, room: str) -> None:
    """Somebody who is back within five seconds is asked nothing twice and answers."""
    async with rig.person(room, "carol") as leaver, host.asking(QUESTION, room_name=room) as call:
        await leaver.hears_sound(limit=LIMIT)
        await leaver.hears_silence(quiet=0.4, limit=LIMIT)
        await leaver.connection.disconnect()
        async with rig.person(room, "carol") as again:
            await again.subscribed(limit=LIMIT)
            await again.speak(voice_of("about twenty percent"))
            await call.done(limit=LIMIT)
            assert not again.heard.sounds
    assert call.answer.reply == "about twenty percent"
    assert call.answer.participant is not None
    assert call.answer.participant.identity == "carol"


async def test_a_page_reloaded_in_the_middle_of_an_answer_loses_no_word(host: Host, rig: Rig, room: str) -> None:
    """What was said before the reload and after it is in the reply, or in what listen_in_room returns next.

    What is said while the page loads, and until the SFU passes the new microphone on (some 0.1 s), reaches nobody.
    """
    text = "I want to change the color to green"
    # Where sound ends WebRTC draws it out by some 0.05 s, which the stand-in would take for a short word that follows.
    first, rest = part_of(text, 0, 3), part_of(text, 3, 8)
    async with rig.person(room, "carol") as leaver, host.asking(QUESTION, room_name=room) as call:
        await after_the_question(leaver, first)
        await leaver.connection.disconnect()
        async with rig.person(room, "carol") as again:
            await again.subscribed(limit=LIMIT)
            await again.speak(rest)
            await call.done(limit=LIMIT)
            heard = call.answer.reply or ""
            if "green" not in heard:
                heard += " " + ((await host.listen(room_name=room)).reply or "")
    assert heard.lower().split() == text.lower().split()
