"""Everybody in a real room with the companion: who speaks, who types, who presses keys, and who only reads."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest

from mcp_voice.people.human import Human
from mcp_voice.tasks import owned_tasks
from mcp_voice_agent.telemetry.room_data import USER_TOPIC
from testkit.companion import GREETING, greeted, requests_after, said_by, spoken, spoken_to
from testkit.rig import LIMIT, Rig, voice_of
from testkit.waiting import until
from testkit.worker import Worker, companions, worker

pytestmark = pytest.mark.anyio
SUBSCRIBED_SECONDS = 0.7
"""Longer than it takes until the SFU passes a new track on."""


@pytest.fixture(scope="module", autouse=True)
async def companion(rig: Rig) -> AsyncIterator[Worker]:
    """A worker for all new rooms."""
    async with worker(rig) as started:
        yield started


async def asked_by(person: Human, rig: Rig, words: str, *, of: str) -> None:
    """Wait until the language model is told who said that, and the answer is over."""
    (identity,) = [each.identity for each in companions(person)]
    await until(lambda: requests_after(rig, f"{of}: {words}"), limit=LIMIT)
    await spoken_to(rig, f"You said: {of}: {words}")
    await person.hears_sound(identity, limit=LIMIT)
    await person.hears_silence(identity, quiet=0.5, limit=LIMIT)


async def test_everybody_is_heard_by_voice_chat_and_keypad_and_their_turns_bear_their_names(
    rig: Rig, room: str
) -> None:
    """Two speak at once, and neither is left out; who is still there goes on with the same conversation."""
    async with rig.person(room, "alice") as alice:
        await greeted(alice)
        async with rig.person(room, "bob") as bob:
            await until(lambda: companions(bob), limit=LIMIT)
            await bob.subscribed(limit=LIMIT)
            await bob.speak_all(SUBSCRIBED_SECONDS, voice_of("that is a good idea"))
            await asked_by(alice, rig, "that is a good idea", of="Bob")
            await bob.press("2")
            await asked_by(alice, rig, "pressed 2", of="Bob")
            async with owned_tasks() as tasks:
                tasks.start_soon(alice.speak, voice_of("yes please go ahead"))
                tasks.start_soon(bob.speak_all, 0.3, voice_of("the second option"))
            await until(lambda: requests_after(rig, "Alice: yes please go ahead"), limit=LIMIT)
            await asked_by(alice, rig, "the second option", of="Bob")
            await alice.connection.disconnect()
            await until(lambda: "alice" not in bob.connection.remote_participants, limit=LIMIT)
            await bob.type("what now")
            await asked_by(bob, rig, "what now", of="Bob")
            async with rig.guest(room, "carol", plugged_in=False) as carol:
                await carol.type("hello you two")
                await asked_by(bob, rig, "hello you two", of="Carol")
                await bob.speak_all(0.0, voice_of("yes please go ahead"))
                await until(lambda: requests_after(rig, "Bob: yes please go ahead"), limit=LIMIT)
                await until(lambda: told(bob, USER_TOPIC)[3:], limit=LIMIT)
            who = [each["identity"] for each in told(bob, USER_TOPIC)]
    assert who == ["bob", "alice", "bob", "bob"], "the only microphone is heard, though it was Carol's turn"
    turns = said_by("user", requests_after(rig, "Bob: what now")[-1])
    assert [each.lower() for each in turns] == [
        "bob: that is a good idea", "bob: pressed 2", "alice: yes please go ahead", "bob: the second option",
        "bob: what now",
    ]  # fmt: skip


async def test_the_words_of_one_who_leaves_before_their_turn_are_answered_and_whoever_is_there_is_heard_again(
    rig: Rig, room: str
) -> None:
    """They have spoken while somebody else did."""
    async with rig.person(room, "alice") as alice:
        await greeted(alice)
        async with rig.person(room, "bob") as bob:
            await until(lambda: companions(bob), limit=LIMIT)
            await bob.subscribed(limit=LIMIT)
            async with owned_tasks() as tasks:
                tasks.start_soon(alice.speak, voice_of("I want to change the color to green"))
                await bob.speak_all(SUBSCRIBED_SECONDS, voice_of("the second option"))
                await bob.connection.disconnect()
        await asked_by(alice, rig, "the second option", of="Bob")
        await alice.speak(voice_of("what time is it"))
        await until(lambda: requests_after(rig, "Alice: what time is it"), limit=LIMIT)


def told(person: Human, topic: str) -> list[dict[str, str]]:
    """The packets of a topic that have reached somebody."""
    return [json.loads(packet.data) for packet in person.packets.all if packet.topic == topic]


async def test_whoever_takes_no_sound_gets_everything_as_text_at_once_and_no_voice_is_paid_for(
    rig: Rig, room: str, companion: Worker
) -> None:
    """The greeting too. Whoever begins to listen is spoken to, and when they leave the other is written to again."""

    def changes() -> list[str]:
        lines = companion.log.read_text(encoding="utf-8")[before:].splitlines()
        return [line.split(" takes our sound")[0].split()[-1] for line in lines if " takes our sound" in line]

    before, said = len(companion.log.read_text(encoding="utf-8")), len(spoken(rig))
    async with rig.guest(room, "bob", plugged_in=False, takes_sound=False) as bob:
        assert (await bob.chat.next(limit=2 * LIMIT)).text == GREETING
        await bob.type("what now")
        assert (await bob.chat.next(limit=LIMIT)).text == "You said: what now"
        await until(lambda: [each.text for each in bob.captions.all if each.identity != "bob"][1:], limit=LIMIT)
        assert not {GREETING, "You said: what now"} & set(spoken(rig)[said:])
        async with rig.guest(room, "alice", plugged_in=False) as alice:
            await until(lambda: changes() == ["nobody", "somebody"], limit=LIMIT)
            await alice.type("and now")
            await spoken_to(rig, "You said: Alice: and now")
            await alice.hears_sound(limit=LIMIT)
            await alice.hears_silence(quiet=0.5, limit=LIMIT)
        await until(lambda: changes() == ["nobody", "somebody", "nobody"], limit=LIMIT)
        await bob.type("still there")
        assert (await bob.chat.next(limit=LIMIT)).text == "and now", "what Alice has typed"
        assert (await bob.chat.next(limit=LIMIT)).text == "You said: Bob: still there"
        for each in companions(bob)[0].track_publications.values():
            each.set_subscribed(True)
        await until(lambda: changes()[3:] == ["somebody"], limit=LIMIT)
