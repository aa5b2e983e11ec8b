"""Recognisers answer in their own ways, with noises and with our prompt; what goes on to the room is what was said."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from livekit import rtc
from livekit.agents import APIConnectionError, APIConnectOptions, stt
from starlette.responses import JSONResponse, Response

from mcp_voice.errors import STTError
from mcp_voice.link import Event, SegmentRead, Words
from mcp_voice.room.recognition import recognition
from mcp_voice.speech.faults import stt_fault
from mcp_voice.speech.openai_stt import ClosingSTT
from mcp_voice.speech.providers import openai as provider
from mcp_voice.speech.transcripts import transcript_of
from mcp_voice.tasks import owned_tasks
from testkit import faults
from testkit.babble import babble
from testkit.faults import Answer
from testkit.openai_server import OpenAIServer, openai_server
from testkit.waiting import until

pytestmark = pytest.mark.anyio

KINDS = stt.SpeechEventType
LIMIT = 20.0
NO_RETRY = APIConnectOptions(max_retry=0)
WEAK = {"no_speech_prob": 0.93, "avg_logprob": -1.25, "compression_ratio": 0.8}
SURE = {"no_speech_prob": 0.02, "avg_logprob": -0.3, "compression_ratio": 0.8}
PROMPT = "The answer is one of: deploy, wait."


@pytest.fixture
async def server() -> AsyncIterator[OpenAIServer]:
    """A provider."""
    async with openai_server() as started:
        yield started


@asynccontextmanager
async def recogniser(server: OpenAIServer, model: str = "whisper-1") -> AsyncIterator[ClosingSTT]:
    """As the settings make one."""
    engine = ClosingSTT(model=model, language="en", base_url=server.base_url, api_key="none", seconds=10.0)
    try:
        yield engine
    finally:
        await engine.aclose()


def sound(seconds: float = 1.0) -> rtc.AudioFrame:
    """What somebody says, or a cough."""
    pcm = babble("x" * 200).cut(0, seconds).resampled(16_000)
    return rtc.AudioFrame(pcm.samples.tobytes(), 16_000, 1, len(pcm.samples))


async def read(server: OpenAIServer, body: object, *, seconds: float = 1.0) -> str:
    """What a recogniser makes of an answer."""
    told = faults.instead(json.dumps(body).encode(), "application/json")
    with server.transcriptions.failing(told):
        async with recogniser(server) as engine:
            event = await engine.recognize(sound(seconds), conn_options=NO_RETRY)
    return event.alternatives[0].text


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"text": None}, ""),
        ({"text": "", "segments": []}, ""),
        ({"text": ["Yes,", " please."]}, "Yes, please."),
        ({"text": [{"text": "Yes,", "start": 0.0}, {"text": "please."}]}, "Yes, please."),
        ({"segments": [{"text": " Yes,"}, {"text": " please."}]}, "Yes, please."),
        ({"text": None, "segments": [{"text": " Yes."}]}, "Yes."),
        ([{"text": " Yes,"}, {"text": " please."}], "Yes, please."),
        ({"text": 5}, ""),
        ({"text": {"a": 1}}, ""),
        ({"text": [None, 5, {"a": 1}]}, ""),
        ({"transcript": "yes"}, "yes"),
        ({"text": "Thank you for watching!", "segments": [{"text": " Thank you for watching!", **WEAK}]}, ""),
        ({"text": "Yes. Thank you.", "segments": [{"text": " Yes.", **SURE}, {"text": " Thank you.", **WEAK}]}, "Yes."),
        ({"text": "Thank you.", "segments": [{"text": " Thank you.", **SURE}]}, "Thank you."),
        ({"text": "Thank you.", "avg_logprob": -1.25, "no_speech_prob": 0.93}, ""),
        ({"text": "Thank you.", "logprobs": [{"token": "Thank", "logprob": -2.0}, {"logprob": -1.0}]}, ""),
        ({"text": "yes", "segments": [{"text": "yes", "no_speech_prob": "0.9", "avg_logprob": None}]}, "yes"),
        (
            {"text": "Deploy. Not!", "segments": [{"text": "Deploy.", **SURE}, {"text": " Not!", **WEAK}]},
            "Deploy. Not!",
        ),
        ({"text": "wait no", "segments": [{"text": "wait"}, {"text": "[no]"}]}, "wait no"),
        ({"text": "no", "segments": [{"text": "(x)"}]}, "no"),
        ({"text": "yes", "avg_logprob": -(10**400)}, "yes"),
        ({"text": "[BLANK_AUDIO]"}, ""),
        ({"text": "<|en|><|0.00|> YES PLEASE GO AHEAD<|1.00|>"}, "Yes please go ahead"),
        ({"text": "deploy deploy deploy deploy …"}, "deploy"),
    ],
    ids=lambda value: json.dumps(value)[:60],
)  # fmt: skip
async def test_an_answer_is_read_in_whatever_form_a_server_gives_it(
    body: object, words: str, server: OpenAIServer
) -> None:
    """Null is silence, and segments are the text; what the server itself doubts was not said."""
    assert await read(server, body) == words


async def test_an_answer_is_read_once_and_not_again_on_the_loop_of_all_rooms(
    server: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second reading knew less: neither scores nor how long the sound was."""
    told = faults.instead(json.dumps({"text": "[BLANK_AUDIO] YES PLEASE"}).encode(), "application/json")
    with server.transcriptions.failing(told):
        async with recogniser(server) as engine:
            event = await engine.recognize(sound(), conn_options=NO_RETRY)

    def again(*_: object, **__: object) -> str:
        raise AssertionError("read twice")

    monkeypatch.setattr("mcp_voice.speech.transcripts.event.words_of", again)
    assert transcript_of(event) == "Yes please"


@pytest.mark.parametrize("body", [{"detail": "Model is loading"}, {"error": "no such model"}, {}, 5, True, [1]])
async def test_an_answer_without_a_transcript_is_an_error_and_no_silence(body: object, server: OpenAIServer) -> None:
    """With status 200, as some servers tell their errors."""
    with pytest.raises(APIConnectionError) as raised:
        await read(server, body)
    assert "its answer is not what such a provider sends" in str(stt_fault(raised.value, provider="openai", key=""))


@pytest.mark.parametrize(("seconds", "words"), [(0.2, ""), (1.0, "Thank you for watching!")])
async def test_a_sign_off_is_heard_only_of_a_sound_that_it_fits_into(
    seconds: float, words: str, server: OpenAIServer
) -> None:
    """A model that sends no scores writes it of a knock on the table; a human takes a second for it."""
    assert await read(server, {"text": "Thank you for watching!"}, seconds=seconds) == words


@pytest.mark.parametrize(
    ("model", "wanted"),
    [
        ("whisper-1", "verbose_json"),
        ("whisper-large-v3-turbo", "verbose_json"),
        ("Systran/faster-whisper-small", "verbose_json"),
        ("gpt-4o-transcribe", "json"),
        ("gpt-4o-mini-transcribe", "json"),
    ],
)
async def test_scores_are_asked_for_where_the_model_has_them(model: str, wanted: str, server: OpenAIServer) -> None:
    """The models after Whisper refuse to send them."""
    async with recogniser(server, model) as engine:
        await engine.recognize(sound())
    assert [asked.response_format for asked in server.transcriptions.asked] == [wanted]


@pytest.mark.parametrize("status", [400, 422])
async def test_a_server_that_refuses_scores_is_asked_without_from_then_on(status: int, server: OpenAIServer) -> None:
    """Many a local server knows one form only; what was said must not be lost by it."""

    async def refuse(answer: Answer) -> Response:
        if server.transcriptions.asked[-1].response_format == "verbose_json":
            return JSONResponse({"error": {"message": "response_format must be json"}}, status_code=status)
        return Response(answer.body, media_type=answer.media_type)

    server.transcribe = lambda *_: "the second option"
    with server.transcriptions.failing(refuse):
        async with recogniser(server, "whisper-large-v3") as engine:
            heard = [(await engine.recognize(sound(), conn_options=NO_RETRY)).alternatives[0].text for _ in range(2)]
    assert heard == ["the second option"] * 2
    assert [asked.response_format for asked in server.transcriptions.asked] == ["verbose_json", "json", "json"]


async def spoken_to(engine: ClosingSTT, texts: Sequence[str], server: OpenAIServer) -> list[str]:
    """The words that are passed on when sound after sound, joined to one, is read as these texts."""
    told: list[Event] = []
    listening = recognition("alice", engine, told.append, lambda error: STTError(str(error)))
    async with owned_tasks() as tasks:
        tasks.start_soon(listening.run)
        for number, text in enumerate(texts, 1):
            server.transcribe = lambda _pcm, prompt, _language, text=text: text.replace("PROMPT", prompt)  # type: ignore[misc]
            listening.speech_started(float(number))
            listening.speech_stopped([sound()], float(number) + 0.5)
            await until(lambda: sum(isinstance(each, SegmentRead) for each in told) == number, limit=LIMIT)  # noqa: B023
        tasks.cancel_scope.cancel()
    return [each.text for each in told if isinstance(each, Words) and each.text]


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (["PROMPT"], []),
        (["the answer is one of"], []),
        (["DEPLOY WAIT"], []),
        (["PROMPT PROMPT"], []),
        (["Deploy."], ["Deploy."]),
        (["Wait. PROMPT"], ["Wait."]),
        (["PROMPT", "wait"], ["wait"]),
        (["Deploy.", "Deploy. Wait."], ["Deploy.", "Deploy. Wait."]),
    ],
)
async def test_our_prompt_is_no_words_of_a_provider_of_whole_segments(
    texts: list[str], words: list[str], server: OpenAIServer
) -> None:
    """A hum came back as consent; but whoever takes back what was read already is heard."""
    async with recogniser(server) as engine:
        provider.STT_OFFER.expect(engine, ["deploy", "wait"])
        assert await spoken_to(engine, texts, server) == words
    assert server.transcriptions.asked[0].prompt == PROMPT


async def test_the_prompt_of_a_question_that_is_over_is_still_known_for_one(server: OpenAIServer) -> None:
    """The answer to a sound may come when the next question has other choices, or none."""
    async with recogniser(server) as engine:
        assert await spoken_to(engine, ["The answer is one of: red, green."], server) == []
