"""An ask outlives the call that opened it: pending, collected later, repeated, taken back, expired."""

from __future__ import annotations

from collections.abc import AsyncIterator

import anyio
import pytest

from mcp_voice.people.human import Human
from mcp_voice.tasks import owned_tasks
from testkit.host import Host, ToolFault
from testkit.rig import LIMIT, Rig, after_the_question, ours, voice_of

pytestmark = pytest.mark.anyio

QUESTION = "What shall we do?"


@pytest.fixture(scope="module")
async def hasty(rig: Rig) -> AsyncIterator[Host]:
    """A server on which an ask stays open for six seconds only."""
    async with rig.host(MCP_VOICE_ASK_SECONDS="6") as started:
        yield started


async def test_a_reply_after_the_wait_is_kept_and_collected(host: Host, room: str, alice: Human) -> None:
    """Pending says how to go on; the answer that comes later is returned at once, and again."""
    pending = await host.ask(QUESTION, room_name=room, wait_seconds=0.5)
    assert (pending.status, pending.reply) == ("pending", None)
    assert f"wait_for_reply(ask_id={pending.ask_id!r})" in pending.next
    await after_the_question(alice, voice_of("that is a good idea"))
    late = await host.wait(pending.ask_id)
    assert (late.status, late.reply, late.ask_id) == ("answered", "that is a good idea", pending.ask_id)
    assert await host.wait(pending.ask_id, 0) == late


async def test_what_was_heard_so_far_is_in_the_pending_result(host: Host, room: str, alice: Human) -> None:
    """An unfinished reply is shown, and not taken for the whole."""
    async with owned_tasks() as tasks:
        pending = await host.ask(QUESTION, room_name=room, wait_seconds=0)

        async def answer() -> None:
            sentence = "I want to change the color to green"
            await after_the_question(alice, voice_of(sentence).cut(0, 1.2), 1.2, voice_of(sentence).cut(1.2, 3))

        tasks.start_soon(answer)
        heard = await host.wait(pending.ask_id, 0.5)
        while not heard.heard_so_far:
            heard = await host.wait(pending.ask_id, 0.2)
        assert heard.status == "pending"
        assert "I want to change".startswith(heard.heard_so_far[:16])
        whole = await host.wait(pending.ask_id)
    assert whole.status == "answered"
    assert whole.reply is not None
    assert whole.reply.startswith(heard.heard_so_far)


async def test_three_rooms_are_asked_first_and_collected_then(host: Host, rig: Rig, room: str) -> None:
    """Without a wait each question gets under way at once; the replies are not mixed up."""
    words = {"a": "neither of them", "b": "the second option", "c": "what time is it"}

    async def answer(name: str, person: Human) -> None:
        await after_the_question(person, voice_of(words[name]))

    async with (
        rig.person(f"{room}-a", "ann") as ann,
        rig.person(f"{room}-b", "ben") as ben,
        rig.person(f"{room}-c", "cleo") as cleo,
        owned_tasks() as tasks,
    ):
        for name, person in (("a", ann), ("b", ben), ("c", cleo)):
            tasks.start_soon(answer, name, person)
        asks = {name: await host.ask(QUESTION, room_name=f"{room}-{name}", wait_seconds=0) for name in words}
        assert {each.status for each in asks.values()} == {"pending"}
        replies = {name: (await host.wait(each.ask_id)).reply for name, each in asks.items()}
    assert replies == words


async def test_a_question_without_a_wait_is_refused_like_any_other(host: Host, room: str) -> None:
    """A mistake shows although nobody waits for a reply."""
    with pytest.raises(ToolFault, match="There is no room"):
        await host.ask(QUESTION, room_name=room, wait_seconds=0)


async def test_the_same_question_again_joins_the_open_ask(host: Host, rig: Rig, room: str, alice: Human) -> None:
    """A host that gave up and asks again gets the same ask, and the human hears the question once."""
    question = f"What shall we do in {room}?"
    first = await host.ask(question, room_name=room, wait_seconds=0.5)
    async with host.asking(f" what shall we do in {room} ", room_name=room) as again:
        await after_the_question(alice, voice_of("the second option"))
    assert again.answer.ask_id == first.ask_id
    assert again.answer.reply == "the second option"
    assert sum(asked.text == question for asked in rig.speech.speech.asked) == 1
    async with host.asking(question, room_name=room) as anew:
        await after_the_question(alice, voice_of("what time is it"))
    assert anew.answer.ask_id != first.ask_id
    assert anew.answer.reply == "what time is it"


async def test_cancelling_a_wait_only_stops_waiting(host: Host, room: str, alice: Human) -> None:
    """The question stays open, and its reply is collected by the next wait."""
    pending = await host.ask("Take your time. " * 4, room_name=room, wait_seconds=0.5)
    with anyio.move_on_after(0.5):
        await host.wait(pending.ask_id)
    await after_the_question(alice, voice_of("we can talk about it later"))
    assert (await host.wait(pending.ask_id)).reply == "we can talk about it later"


async def test_a_question_that_is_taken_back_is_over(host: Host, room: str, alice: Human) -> None:
    """``cancel_ask`` silences it, whoever waits is told, and a second time changes nothing."""
    pending = await host.ask("This is a long question. " * 8, room_name=room, wait_seconds=0)
    async with owned_tasks() as tasks:

        async def wait() -> None:
            assert (await host.wait(pending.ask_id)).status == "cancelled"

        tasks.start_soon(wait)
        await alice.hears_sound(limit=LIMIT)
        assert (await host.cancel(pending.ask_id)).status == "cancelled"
        await alice.hears_silence(limit=2)
    assert (await host.cancel(pending.ask_id)).status == "cancelled"
    assert (await host.wait(pending.ask_id)).reply is None


async def test_cancelling_an_answered_ask_keeps_its_reply(host: Host, room: str, alice: Human) -> None:
    """What was said is not taken back."""
    async with host.asking(QUESTION, room_name=room) as call:
        await after_the_question(alice, voice_of("what time is it"))
    assert (await host.cancel(call.answer.ask_id)).status == "answered"
    assert (await host.wait(call.answer.ask_id)).reply == "what time is it"


async def test_an_ask_that_nobody_answers_expires(hasty: Host, room: str, alice: Human) -> None:
    """After its time it is closed as cancelled, and the hint says that nobody answered."""
    answer = await hasty.ask(QUESTION, room_name=room)
    assert (answer.status, answer.reply, answer.spoken) == ("cancelled", None, QUESTION)
    assert "Nobody answered within 6 s" in answer.next
    assert len(ours(alice)) == 1


async def test_an_answer_under_way_when_the_time_is_over_is_heard_out(hasty: Host, room: str, alice: Human) -> None:
    """Nobody is cut off at a maximum while speaking."""
    words = ["make a copy of the report", "I want to change the color to green", "we should use a different approach"]
    long = [part for each in words for part in (voice_of(each), 0.2)]
    async with hasty.asking(QUESTION, room_name=room) as call:
        await after_the_question(alice, *long)
    answer = call.answer
    assert answer.status == "answered"
    assert answer.reply == " ".join(words)


async def test_an_unknown_ask_is_refused_with_those_that_are_known(host: Host) -> None:
    """The error lists what could have been meant."""
    with pytest.raises(ToolFault, match=r"No ask is kept under 'ask-nope'; kept: .*Use an ask_id"):
        await host.wait("ask-nope")
