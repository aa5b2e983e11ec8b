"""The companion worker in a real room: it greets, converses, and steps back for an ask."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from mcp_voice.human import Human
from tests.support.chat_model import text_of
from tests.support.host import Host
from tests.support.rig import LIMIT, Rig, after_the_question, voice_of
from tests.support.waiting import until
from tests.support.worker import Worker, companions, worker

pytestmark = pytest.mark.anyio

GREETING = "Hello! How can I help?"


@pytest.fixture(scope="module", autouse=True)
async def companion(rig: Rig) -> AsyncIterator[Worker]:
    """A worker for all new rooms."""
    async with worker(rig) as started:
        yield started


def spoken(rig: Rig) -> list[str]:
    """What was turned into sound so far, by whomever."""
    return [asked.text for asked in rig.speech.speech.asked]


def heard_by_model(rig: Rig) -> list[str]:
    """The last words of the human in each request to the language model."""
    return [
        [text_of(message) for message in asked.messages if message["role"] == "user"][-1]
        for asked in rig.speech.chat.asked
    ]


async def greeted(person: Human) -> None:
    """Wait until the companion has greeted somebody."""
    await until(lambda: companions(person), limit=LIMIT)
    (companion,) = companions(person)
    await person.hears_sound(companion.identity, limit=LIMIT)
    await person.hears_silence(companion.identity, quiet=0.5, limit=LIMIT)


async def test_a_human_is_greeted_and_answered(rig: Rig, alice: Human) -> None:
    """The words go through speech to text, the language model and speech, and come back as sound."""
    await greeted(alice)
    (companion,) = companions(alice)
    await alice.speak(voice_of("what time is it"))
    await alice.hears_sound(companion.identity, limit=LIMIT)
    assert heard_by_model(rig)[-1].lower().strip(".?!") == "what time is it"
    await until(lambda: any("You said: what time is it" in text for text in spoken(rig)), limit=LIMIT)


async def test_chat_is_answered_beside_voice(rig: Rig, alice: Human) -> None:
    """What is typed on ``lk.chat`` is a turn like any other."""
    await greeted(alice)
    await alice.type("what is the plan")
    await until(lambda: "what is the plan" in heard_by_model(rig), limit=LIMIT)
    await until(lambda: any("You said: what is the plan" in text for text in spoken(rig)), limit=LIMIT)


async def test_an_answer_to_an_ask_is_given_once_and_to_the_ask(host: Host, rig: Rig, room: str, alice: Human) -> None:
    """While the ask has the floor the companion neither hears nor speaks; afterwards it does both again."""
    await greeted(alice)
    (companion,) = companions(alice)
    thought = len(rig.speech.chat.asked)
    async with host.asking("Which one shall we take?", room_name=room) as call:
        await rig.synthesized("Which one shall we take?")
        began = len(alice.heard.frames(companion.identity))
        await after_the_question(alice, voice_of("the second option"))
    assert call.answer.reply == "the second option"
    with pytest.raises(TimeoutError):
        await alice.hears_sound(companion.identity, limit=2.0)
    assert len(rig.speech.chat.asked) == thought
    assert began >= 0
    await alice.speak(voice_of("tell me more about it"))
    await alice.hears_sound(companion.identity, limit=LIMIT)
    assert heard_by_model(rig)[-1] == "tell me more about it"
