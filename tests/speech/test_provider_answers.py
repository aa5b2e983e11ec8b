"""Providers are not believed: what cannot be is one clear error, and nothing goes where it was not sent."""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator

import anyio
import numpy as np
import pytest
from starlette.responses import Response

from mcp_voice.people.human import Human
from mcp_voice.texts.foreign import LONGEST_TEXT
from testkit import faults
from testkit.faults import Answer
from testkit.host import Host, ToolFault
from testkit.openai_server import OpenAIServer, openai_server
from testkit.rig import Rig, after_the_question, voice_of
from tests.speech.test_faults_stt import unread
from tests.speech.test_faults_tts import BOUNDED_SECONDS, QUESTION, fails, works

pytestmark = pytest.mark.anyio

RATE = 24_000
LONG_QUESTION = "Which of the three databases that we have looked at should the new service use from now on?"
PCM, JSON = "audio/pcm", "application/json"


def noise(seconds: float) -> bytes:
    """Samples as a voice of OpenAI's protocol sends them."""
    samples = np.random.default_rng(1).integers(-3_000, 3_000, round(seconds * RATE))
    return samples.astype("<i2").tobytes()


@pytest.fixture(scope="module")
async def nora(rig: Rig) -> AsyncIterator[Human]:
    """Somebody who stays in one room while answer follows answer."""
    async with rig.person(f"answers-{uuid.uuid4().hex[:6]}", "nora") as person:
        yield person


@pytest.fixture
async def elsewhere() -> AsyncIterator[OpenAIServer]:
    """A server that nobody has set."""
    async with openai_server() as server:
        yield server


def asked_of(server: OpenAIServer) -> int:
    """How many requests have come to a server."""
    return sum(len(each.asked) for each in (server.speech, server.transcriptions, server.chat, server.models))


async def test_a_sound_that_is_too_short_for_its_text_is_an_error(host: Host, rig: Rig, nora: Human) -> None:
    """A click of 0.08 s was reported as the question, spoken."""
    with rig.speech.speech.failing(faults.instead(noise(0.08), PCM)):
        text = await fails(host, nora.connection.name, LONG_QUESTION)
        assert "s of audio for 91 characters, which cannot be all of it" in text
        with pytest.raises(ToolFault, match="cannot be all of it"):
            await host.say(LONG_QUESTION, nora.connection.name)
    await works(host, nora.connection.name, nora)


async def test_a_sound_that_is_too_long_for_its_text_is_cut_off(host: Host, rig: Rig, nora: Human) -> None:
    """Two words were taken for 36 minutes of sound, all kept in memory; now nobody hears more of it."""
    hour = faults.repeated(noise(1.0), 3_600, media_type=PCM)
    with rig.speech.speech.failing(hour):
        assert "it sent more than 12 s of audio for 11 characters" in await fails(
            host, nora.connection.name, "Hello there"
        )
    await works(host, nora.connection.name, nora)


@pytest.mark.long
async def test_a_voice_that_trickles_has_an_end(host: Host, rig: Rig, nora: Human) -> None:
    """One sample a second was waited for without end."""
    with rig.speech.speech.failing(faults.trickling(b"\1\0", seconds=1.0, before=noise(0.45))):
        assert "TTS sends audio too slowly" in await fails(host, nora.connection.name)


async def test_a_transcript_without_end_is_an_error(host: Host, rig: Rig, nora: Human) -> None:
    """A hundred megabytes were passed on."""
    huge = faults.repeated(b"word " * 20_000, 1_000, media_type=JSON, before=b'{"text": "', after=b'"}')
    with (
        rig.speech.transcriptions.failing(huge),
        pytest.raises(ToolFault, match=r"more than 4 MB, so the answer was cut off"),
    ):
        await unread(host, nora.connection.name, nora)
    await works(host, nora.connection.name, nora)


async def test_a_long_transcript_is_cut(host: Host, rig: Rig, nora: Human) -> None:
    """Nobody says a million characters; what can be a reply stays one, and the room goes on."""
    told = json.dumps({"text": " ".join(f"no yes {number}" for number in range(100_000))}).encode()
    with rig.speech.transcriptions.failing(faults.instead(told, JSON)):
        async with host.asking(QUESTION, room_name=nora.connection.name, choices=["red", "green"]) as call:
            await after_the_question(nora, voice_of("wait until tomorrow morning"))
            await call.done(limit=BOUNDED_SECONDS)
    assert call.answer.status == "answered"
    assert call.answer.choice is None
    assert (call.answer.reply or "").startswith("no yes 0 no yes 1")
    assert len(call.answer.reply or "") <= LONGEST_TEXT
    await works(host, nora.connection.name, nora)


@pytest.mark.parametrize("text", [None, 5, {"a": 1}, "\ud800 yes"], ids=["null", "number", "object", "surrogate"])
async def test_a_transcript_of_another_type_is_no_end_of_the_room(
    text: object, host: Host, rig: Rig, nora: Human
) -> None:
    """A real server answers null for silence; the ask goes on, and what is said next answers it."""
    told, answered = json.dumps({"text": text}).encode(), anyio.Event()

    async def answer(_: Answer) -> Response:
        answered.set()
        return Response(told, media_type=JSON)

    async with host.asking(QUESTION, room_name=nora.connection.name) as call:
        with rig.speech.transcriptions.failing(answer):
            await after_the_question(nora, voice_of("wait until tomorrow morning"))
            with anyio.fail_after(BOUNDED_SECONDS):
                await answered.wait()
        if not isinstance(text, str):
            await nora.speak(voice_of("the second option"))
        await call.done(limit=BOUNDED_SECONDS)
    assert call.answer.status == "answered"
    assert ("yes" if isinstance(text, str) else "second option") in (call.answer.reply or "")


async def test_nobodys_voice_is_sent_on_to_another_host(
    host: Host, rig: Rig, nora: Human, elsewhere: OpenAIServer
) -> None:
    """A redirect re-posted what the human had said, wherever it led."""
    there = f"{elsewhere.base_url}/audio/transcriptions"
    with rig.speech.transcriptions.failing(faults.redirecting(there)), pytest.raises(ToolFault) as caught:
        await unread(host, nora.connection.name, nora)
    origin = elsewhere.base_url.removesuffix("/v1")
    assert f"it redirects to another address, '{origin}'; no audio and no key are sent there" in str(caught.value)
    assert asked_of(elsewhere) == 0


async def test_no_question_is_sent_on_to_another_host(
    host: Host, rig: Rig, nora: Human, elsewhere: OpenAIServer
) -> None:
    """The text to be spoken may be as private."""
    there = f"{elsewhere.base_url}/audio/speech"
    with rig.speech.speech.failing(faults.redirecting(there)):
        assert "it redirects to another address" in await fails(host, nora.connection.name)
    assert asked_of(elsewhere) == 0


async def test_a_redirect_within_the_host_is_followed(host: Host, rig: Rig, nora: Human) -> None:
    """Many a server puts a slash at the end."""
    before = len(rig.speech.speech.asked)
    with rig.speech.speech.failing(faults.redirecting_once("/v1/audio/speech?again=1")):
        assert (await host.say("Ready.", nora.connection.name)).status == "said"
    assert len(rig.speech.speech.asked) == before + 2
