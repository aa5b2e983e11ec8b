"""The tests' own OpenAI-compatible server, asked by LiveKit's real OpenAI plugin."""

from __future__ import annotations

from collections.abc import AsyncIterator

import anyio
import httpx2
import numpy as np
import pytest
from livekit import rtc
from livekit.agents import APIConnectionError, APIConnectOptions, APIError, APIStatusError
from livekit.plugins import openai
from openai import AsyncOpenAI

from mcp_voice.audio import Pcm
from testkit.babble import babble
from testkit.clips import clip
from testkit.faults import Fault, dropped, empty, garbage, hung, status, wrong_type
from testkit.openai_server import OpenAIServer, openai_server

pytestmark = pytest.mark.anyio

LIMIT = 10.0
ONCE = APIConnectOptions(max_retry=0, timeout=5.0)
QUESTION = "Red or green?"


@pytest.fixture
async def server() -> AsyncIterator[OpenAIServer]:
    """A server on a free port."""
    async with openai_server() as running:
        yield running


async def read(
    server: OpenAIServer, pcm: Pcm, *, model: str = "whisper-1", prompt: str = "", limit: float = LIMIT
) -> str:
    """Have the plugin transcribe."""
    frame = rtc.AudioFrame(pcm.samples.tobytes(), pcm.rate, num_channels=1, samples_per_channel=len(pcm.samples))
    # With a client of our own, as the plugin (1.8.9) never closes its own.
    async with AsyncOpenAI(base_url=server.base_url, api_key="key", max_retries=0) as client:
        engine = openai.STT(model=model, language="en", prompt=prompt, client=client)
        with anyio.fail_after(limit):
            event = await engine.recognize(frame, conn_options=ONCE)
    return event.alternatives[0].text


async def spoken(server: OpenAIServer, *, model: str = "gpt-4o-mini-tts") -> Pcm:
    """Have the plugin speak the question."""
    made = openai.TTS(model=model, voice="alloy", base_url=server.base_url, api_key="key", response_format="pcm")
    async with made as engine, engine.synthesize(QUESTION, conn_options=ONCE) as stream:
        with anyio.fail_after(LIMIT):
            heard = await stream.collect()
    return Pcm(np.frombuffer(heard.data, dtype=np.int16), heard.sample_rate)


@pytest.mark.parametrize("model", ["whisper-1", "gpt-4o-mini-transcribe"])
async def test_it_reads_the_words_that_are_in_the_audio(server: OpenAIServer, model: str) -> None:
    """Both forms of answer, json and verbose_json, bring the clip's words; the request is taken down."""
    assert await read(server, clip("neither of them").pcm, model=model, prompt="One of: both, neither.") == (
        "neither of them"
    )

    (asked,) = server.transcriptions.asked
    assert (asked.model, asked.language, asked.prompt) == (model, "en", "One of: both, neither.")
    assert asked.authorization == "Bearer key"
    assert asked.audio_bytes > 60_000


async def test_two_clips_at_once_are_not_mixed_up(server: OpenAIServer) -> None:
    """Requests that run side by side get each its own words."""
    texts = ["about twenty percent", "the second option", "what time is it", "neither of them"]
    server.transcriptions.delay = 0.1
    found: dict[str, str] = {}

    async def one(text: str) -> None:
        found[text] = await read(server, clip(text).pcm)

    async with anyio.create_task_group() as tasks:
        for text in texts:
            tasks.start_soon(one, text)
    assert found == {text: text for text in texts}


@pytest.mark.parametrize(
    ("model", "form"), [("tts-1", "events"), ("gpt-4o-mini-tts", "events"), ("gpt-4o-mini-tts", "plain")]
)
async def test_it_speaks_the_text_it_is_given(server: OpenAIServer, model: str, form: str) -> None:
    """Plain audio and OpenAI's server-sent events give the same samples, and a local server's plain audio too."""
    server.streams_events = form == "events"
    sound = await spoken(server, model=model)

    assert sound.rate == 24_000
    expected = babble(QUESTION).samples
    assert np.array_equal(sound.samples[: len(expected)], expected)  # LiveKit adds 10 ms of silence.
    (asked,) = server.speech.asked
    assert (asked.text, asked.voice, asked.response_format) == (QUESTION, "alloy", "pcm")


async def test_speaker_and_listener_can_be_replaced(server: OpenAIServer) -> None:
    """A test may bring its own voice and its own transcription."""
    server.speak = lambda _text: clip("the second option").pcm
    server.transcribe = lambda pcm, prompt, language: f"{pcm.seconds:.1f} {prompt} {language}"

    assert server.match.words(await spoken(server)) == "the second option"
    assert await read(server, babble("x" * 20), prompt="hint") == "1.1 hint en"


async def test_it_lists_its_models(server: OpenAIServer) -> None:
    """The list that doctors ask for."""
    async with httpx2.AsyncClient() as client:
        listed = (await client.get(f"{server.base_url}/models")).json()
    assert "whisper-1" in [model["id"] for model in listed["data"]]


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (status(401), APIStatusError),
        (status(429), APIStatusError),
        (status(500), APIStatusError),
        (garbage, APIConnectionError),
        (empty, APIConnectionError),
        (dropped, APIConnectionError),
        (wrong_type, APIConnectionError),
    ],
    ids=["401", "429", "500", "garbage", "empty", "dropped", "wrong type"],
)
async def test_a_fault_of_the_transcription_reaches_the_plugin(
    server: OpenAIServer, fault: Fault, expected: type[APIError]
) -> None:
    """Each fault makes the plugin fail, and when it is gone all is well again."""
    with server.transcriptions.failing(fault), pytest.raises(expected):
        await read(server, clip("what time is it").pcm, model="gpt-4o-mini-transcribe")
    assert await read(server, clip("what time is it").pcm) == "what time is it"


@pytest.mark.parametrize(
    ("fault", "expected"),
    [(status(401), APIStatusError), (status(429), APIStatusError), (empty, APIError), (dropped, APIConnectionError)],
    ids=["401", "429", "empty", "dropped"],
)
async def test_a_fault_of_the_voice_reaches_the_plugin(
    server: OpenAIServer, fault: Fault, expected: type[APIError]
) -> None:
    """Each fault makes the plugin fail, and when it is gone all is well again."""
    with server.speech.failing(fault), pytest.raises(expected):
        await spoken(server)
    assert (await spoken(server)).seconds > 0.5


async def test_a_hung_server_still_stops_at_once() -> None:
    """An answer that never comes times out at the client, and does not hold up the end of the server."""
    with anyio.fail_after(LIMIT):
        async with openai_server() as server:
            server.transcriptions.fault = hung
            with pytest.raises(TimeoutError):
                await read(server, clip("what time is it").pcm, limit=0.5)
            assert len(server.transcriptions.asked) == 1
