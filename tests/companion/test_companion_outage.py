"""A provider of the companion's that fails turn after turn: each turn is told of, and the talk goes on afterwards."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from livekit import api, rtc
from starlette.responses import Response

from mcp_voice.people.human import Human
from mcp_voice_agent.telemetry.room_data import STATE_TOPIC
from testkit.companion import arrived, greeted, person_in, requests_after, said_by, spoken
from testkit.faults import Answer, Fault, empty, instead, status
from testkit.openai_server import Endpoint
from testkit.rig import LIMIT, Rig, voice_of
from testkit.waiting import until
from testkit.worker import Worker, worker

pytestmark = pytest.mark.anyio

NAME = "outage"
SORRY = "Sorry, I cannot answer now."
"""Short, since it is heard out again and again; long enough to be spoken over."""
FAILED_TURNS = 4
"""LiveKit closes a session at the fourth."""


@pytest.fixture(scope="module")
async def steadfast(rig: Rig) -> AsyncIterator[Worker]:
    """A worker with one provider for each part."""
    async with worker(rig, MCP_VOICE_AGENT_NAME=NAME, MCP_VOICE_AGENT_FAILURE_MESSAGE=SORRY) as started:
        yield started


def endpoint(rig: Rig, part: str) -> Endpoint:
    """What a part of the conversation asks."""
    return {"stt": rig.speech.transcriptions, "llm": rig.speech.chat, "tts": rig.speech.speech}[part]


def logged(started: Worker, line: str) -> int:
    """How often it has logged a line that contains this."""
    return started.log.read_text(encoding="utf-8").count(line)


def sounds_of(person: Human, identity: str) -> int:
    """How often that participant has begun to sound."""
    return sum(sound.identity == identity for sound in person.heard.sounds)


@asynccontextmanager
async def told(person: Human, identity: str) -> AsyncIterator[None]:
    """Hear the sentence out that comes of what the block does, and nothing after it."""
    before = sounds_of(person, identity)
    yield
    # It may have been heard, and be over, before a busy test looks.
    await until(lambda: sounds_of(person, identity) > before, limit=LIMIT)
    await person.hears_silence(identity, quiet=1.0, limit=LIMIT)


async def answered(rig: Rig, text: str, *, after: int = 0) -> None:
    """Wait until the answer to this is spoken, beyond what was spoken before."""
    await until(lambda: any(f"You said: {text}" in each for each in spoken(rig)[after:]), limit=LIMIT)


@pytest.mark.parametrize(
    "part", [pytest.param("stt", marks=pytest.mark.long), "llm", pytest.param("tts", marks=pytest.mark.long)]
)
async def test_each_turn_of_an_outage_is_told_of_and_the_next_one_after_it_is_answered(
    steadfast: Worker, rig: Rig, room: str, part: str
) -> None:
    """In a voice that was prepared, so that it sounds when the voice is what has failed; once for each turn."""
    prepared = spoken(rig).count(SORRY)
    async with person_in(rig, room, agent_name=NAME) as alice:
        identity = await greeted(alice)
        await until(lambda: spoken(rig).count(SORRY) == prepared + 1, limit=LIMIT)
        failed = logged(steadfast, f"a turn has failed: {part}")
        with endpoint(rig, part).failing(status(401)):
            for _ in range(FAILED_TURNS):
                async with told(alice, identity):
                    # Only what is spoken reaches speech to text; typing takes less time.
                    if part == "stt":
                        await alice.speak(voice_of("that is a good idea"))
                    else:
                        await alice.type("is anybody there")
        assert logged(steadfast, f"a turn has failed: {part}") == failed + FAILED_TURNS
        before = len(spoken(rig))
        async with told(alice, identity):
            await alice.speak(voice_of("what time is it"))
            await answered(rig, "what time is it", after=before)
    assert spoken(rig).count(SORRY) == prepared + 1
    messages = requests_after(rig, "what time is it")[-1]
    assert SORRY not in said_by("assistant", messages)


def deltas(*texts: str) -> Fault:
    """An answer of the language model that consists of these; with status 200 whatever they are."""
    told = [{"index": 0, "delta": {"role": "assistant", "content": text}, "finish_reason": None} for text in texts]
    last = {"index": 0, "delta": {}, "finish_reason": "stop"}
    chunks = [
        {"id": "none", "object": "chat.completion.chunk", "created": 0, "model": "none", "choices": [each]}
        for each in (*told, last)
    ]
    lines = [*(json.dumps(each) for each in chunks), "[DONE]"]
    return instead("".join(f"data: {line}\n\n" for line in lines).encode(), "text/event-stream")


@pytest.mark.parametrize(
    ("nothing", "spoken_too"),
    [(empty, True), (deltas(), False), (deltas(""), False), (deltas(" ", "\n\n", " \t"), False)],
    ids=["no byte", "stop", "no text", "spaces"],
)
async def test_a_language_model_that_answers_with_nothing_is_told_of_and_the_next_turn_is_answered(
    steadfast: Worker, rig: Rig, room: str, nothing: Fault, *, spoken_too: bool
) -> None:
    """To LiveKit it is an answer, and nobody would say a word; what was said before is no excuse for it."""
    async with person_in(rig, room, agent_name=NAME) as alice:
        identity = await greeted(alice)
        failed = logged(steadfast, "a turn has failed: llm")
        with rig.speech.chat.failing(nothing):
            async with told(alice, identity):
                await alice.type("is anybody there")
            async with told(alice, identity):
                if spoken_too:
                    await alice.speak(voice_of("that is a good idea"))
                else:
                    await alice.type("nobody")
        assert logged(steadfast, "a turn has failed: llm") == failed + 2
        before = len(spoken(rig))
        await alice.type("and now")
        await answered(rig, "and now", after=before)


async def odd(answer: Answer) -> Response:
    """JSON that is no answer, under the right content type."""
    body = b"data: [1]\n\n" if answer.media_type == "text/event-stream" else b"[1]"
    return Response(body, media_type=answer.media_type)


@pytest.mark.parametrize("part", ["stt", "llm"])
async def test_a_turn_with_an_odd_answer_is_told_of_and_makes_nobody_deaf(
    steadfast: Worker, rig: Rig, room: str, part: str
) -> None:
    """What a plugin cannot read raises errors that are none of LiveKit's, which end its stream of words for good."""
    async with person_in(rig, room, agent_name=NAME) as alice:
        identity = await greeted(alice)
        failed = logged(steadfast, f"a turn has failed: {part}")
        with endpoint(rig, part).failing(odd):
            async with told(alice, identity):
                await alice.speak(voice_of("that is a good idea"))
        assert logged(steadfast, f"a turn has failed: {part}") > failed
        before = len(spoken(rig))
        await alice.speak(voice_of("what time is it"))
        await answered(rig, "what time is it", after=before)


async def test_a_voice_that_fails_from_the_start_is_told_of_by_espeak(steadfast: Worker, rig: Rig, room: str) -> None:
    """Nothing could be prepared in the room's own voice; the human hears in place of the greeting that it is away."""
    with rig.speech.speech.failing(status(401)):
        async with person_in(rig, room, agent_name=NAME) as alice:
            identity = await arrived(alice)
            await until(lambda: sounds_of(alice, identity), limit=2 * LIMIT)
            assert steadfast.logged("cannot prepare the sentence")


async def test_the_room_and_the_operator_are_told_of_an_outage(steadfast: Worker, rig: Rig, room: str) -> None:
    """By `failing` in `agent.state` until there is an answer, and by `provider_errors` in the session's summary."""
    states: list[dict[str, Any]] = []

    def on_data(packet: rtc.DataPacket) -> None:
        if packet.topic == STATE_TOPIC:
            states.append(json.loads(packet.data))

    async with person_in(rig, room, agent_name=NAME) as alice:
        alice.connection.on("data_received", on_data)
        identity = await greeted(alice)
        with rig.speech.chat.failing(status(401)):
            async with told(alice, identity):
                await alice.type("is anybody there")
        assert any(each["failing"] == ["llm"] for each in states)
        await alice.type("and now")
        await until(lambda: states[-1]["failing"] == [], limit=LIMIT)
    async with rig.api() as server:
        await server.room.delete_room(api.DeleteRoomRequest(room=room))
    await until(lambda: steadfast.logged("provider_errors=1"), limit=LIMIT)


async def test_a_human_may_speak_over_the_sentence(steadfast: Worker, rig: Rig, room: str) -> None:
    """It is no announcement: they are heard at once, and answered if the provider is back."""
    async with person_in(rig, room, agent_name=NAME) as alice:
        identity = await greeted(alice)
        prepared = len(spoken(rig))
        await until(lambda: SORRY in spoken(rig)[: prepared + 1], limit=LIMIT)
        with rig.speech.chat.failing(status(401)):
            await alice.type("is anybody there")
            await alice.hears_sound(identity, limit=LIMIT)
        await alice.speak(voice_of("what time is it"))
        await answered(rig, "what time is it", after=prepared)
