"""OpenAI's Realtime API in the companion: used where it is to be had, left where it is not or where it breaks."""

from __future__ import annotations

from collections.abc import AsyncIterator

import anyio
import pytest

from mcp_voice.people.human import Human
from testkit.chat_model import Message, text_of
from testkit.floors import floor
from testkit.realtime_server import RealtimeServer, obedient, realtime_server, refused
from testkit.rig import LIMIT, Rig, voice_of
from testkit.waiting import until
from testkit.worker import Worker, companions, worker

pytestmark = pytest.mark.anyio

GREETING = "Hello! How can I help?"
SORRY = "Sorry, I cannot answer right now. Please try again in a moment."
KEY = "sk-secret"
LONG = "This is a long answer that goes on and on, so that somebody has to break in before it comes to its end."


@pytest.fixture(scope="module")
async def realtime(rig: Rig) -> AsyncIterator[RealtimeServer]:
    """A realtime server that recognises what the rig's speech provider does."""
    async with realtime_server(rig.speech.match) as server:
        yield server


@pytest.fixture(scope="module")
async def companion(rig: Rig, realtime: RealtimeServer) -> AsyncIterator[Worker]:
    """A worker for all new rooms that asks for realtime."""
    async with worker(
        rig, MCP_VOICE_AGENT_MODE="realtime", MCP_VOICE_REALTIME_BASE_URL=realtime.base_url, OPENAI_API_KEY=KEY
    ) as started:
        yield started


async def greeted(person: Human) -> str:
    """Wait until the companion has greeted somebody; gives its identity."""
    await until(lambda: companions(person), limit=LIMIT)
    (companion,) = companions(person)
    await person.hears_sound(companion.identity, limit=LIMIT)
    await person.hears_silence(companion.identity, quiet=0.5, limit=LIMIT)
    return companion.identity


async def exchange(person: Human, companion: str, words: str) -> None:
    """Say something, and hear the companion's answer out."""
    await person.speak(voice_of(words))
    await person.hears_sound(companion, limit=LIMIT)
    await person.hears_silence(companion, quiet=0.6, limit=LIMIT)


def turns(messages: tuple[Message, ...]) -> list[tuple[str, str]]:
    """Who said what, as a model was told."""
    return [(message["role"], text_of(message).strip()) for message in messages if message["role"] != "system"]


async def test_one_model_hears_thinks_and_speaks(
    companion: Worker, realtime: RealtimeServer, rig: Rig, alice: Human
) -> None:
    """It greets word for word, answers speech and chat, and can be interrupted; nothing goes through the pipeline.

    Only what would be said if it failed is spoken beforehand, by the pipeline's voice.
    """
    untouched = [len(part.asked) for part in (rig.speech.transcriptions, rig.speech.chat, rig.speech.speech)]
    identity = await greeted(alice)
    assert [asked.said for asked in realtime.asked] == [GREETING]
    await exchange(alice, identity, "what time is it")
    assert realtime.asked[-1].said == "You said: what time is it"
    realtime.reply = lambda _: LONG
    await alice.type("tell me everything")
    await alice.hears_sound(identity, limit=LIMIT)
    realtime.reply = obedient
    await exchange(alice, identity, "tell me more about it")
    told = turns(realtime.asked[-1].messages)
    assert told[:-2] == [
        ("assistant", GREETING), ("user", "what time is it"), ("assistant", "You said: what time is it"),
        ("user", "tell me everything"),
    ]  # fmt: skip
    _, cut = told[-2]
    assert LONG.startswith(cut)
    assert cut != LONG
    assert told[-1] == ("user", "tell me more about it")
    assert untouched[:2] == [len(part.asked) for part in (rig.speech.transcriptions, rig.speech.chat)]
    assert {each.text for each in rig.speech.speech.asked[untouched[2] :]} <= {SORRY}
    assert {model for model, _ in realtime.handshakes} == {"gpt-realtime"}


async def test_a_call_goes_on_in_the_pipeline_when_the_model_breaks(
    companion: Worker, realtime: RealtimeServer, rig: Rig, alice: Human
) -> None:
    """What is being said is answered all the same, and what was said before is known; nobody is greeted again."""
    identity = await greeted(alice)
    await exchange(alice, identity, "what time is it")
    asked = len(realtime.asked)
    realtime.breaks = "answer"
    await exchange(alice, identity, "that is a good idea")
    await exchange(alice, identity, "tell me more about it")
    first, second = rig.speech.chat.asked[-2:]
    assert turns(first.messages) == [
        ("assistant", GREETING), ("user", "what time is it"), ("assistant", "You said: what time is it"),
        ("user", "that is a good idea"),
    ]  # fmt: skip
    assert turns(second.messages) == [
        *turns(first.messages), ("assistant", "You said: that is a good idea"), ("user", "tell me more about it"),
    ]  # fmt: skip
    assert [each.text for each in rig.speech.speech.asked[-2:]] == [
        "You said: that is a good idea", "You said: tell me more about it",
    ]  # fmt: skip
    assert len(realtime.asked) == asked
    assert companion.logged("OpenAI Realtime API connection closed unexpectedly")


async def test_a_refused_key_takes_the_pipeline_from_the_start(
    companion: Worker, realtime: RealtimeServer, rig: Rig, alice: Human
) -> None:
    """The greeting is spoken by the ordinary voice, and the log says why without the key."""
    asked, spoken = len(realtime.asked), len(rig.speech.speech.asked)
    with realtime.failing(refused(401)):
        await greeted(alice)
    assert len(realtime.asked) == asked
    assert rig.speech.speech.asked[spoken].text == GREETING
    assert companion.logged("does not accept OPENAI_API_KEY")
    assert not companion.logged(KEY)


@pytest.mark.long
async def test_the_floor_is_left_to_others(companion: Worker, realtime: RealtimeServer, rig: Rig, room: str) -> None:
    """While somebody else has it the model hears nothing, and says nothing of what it heard before."""
    async with rig.person(room, "alice") as alice, rig.person(room, "asker", kind="agent") as asker:
        identity = await greeted(alice)
        model = realtime.sessions[-1]

        async def nothing_is_said() -> None:
            with pytest.raises(TimeoutError):
                await alice.hears_sound(identity, limit=1.0)

        # In the middle of a sentence, which was for the companion, and is forgotten.
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(alice.speak, voice_of("I want to change the color to green"))
            await until(lambda: model.hears_speech, limit=LIMIT)
            async with floor(asker.connection, "ask-1"):
                heard = model.appended_seconds
                await alice.speak(voice_of("the second option"))
                await nothing_is_said()
                assert model.appended_seconds == heard
        assert [asked.said for asked in model.asked] == [GREETING]

        # In the middle of an answer.
        realtime.reply = lambda _: LONG
        await alice.speak(voice_of("what time is it"))
        await alice.hears_sound(identity, limit=LIMIT)
        realtime.reply = obedient
        async with floor(asker.connection, "ask-2"):
            await alice.hears_silence(identity, limit=LIMIT)
            await nothing_is_said()

        # Between what was said and the answer, which the model begins by itself.
        realtime.ready = anyio.Event()
        items = len(model.items.all)
        await alice.speak(voice_of("that is a good idea"))
        await until(lambda: len(model.items.all) > items, limit=LIMIT)
        async with floor(asker.connection, "ask-3"):
            events = len(model.events)
            realtime.ready.set()
            await until(lambda: "response.cancel" in [each["type"] for each in model.events[events:]], limit=LIMIT)
        await nothing_is_said()
        assert model.asked[-1].said == "You said: that is a good idea"

        await exchange(alice, identity, "tell me more about it")
        said = [text for role, text in turns(model.asked[-1].messages) if role == "user"]
        assert said == ["what time is it", "that is a good idea", "tell me more about it"]
