"""A room's configuration laid over the settings, and used by the real plugins."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import anyio
import pytest
from livekit.agents import inference, llm
from livekit.agents.utils import http_context
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mcp_voice.speech.providers.cartesia import VOICE as CARTESIA_VOICE
from mcp_voice_agent.models.llm import make_llms
from mcp_voice_agent.models.pipeline import pipeline
from mcp_voice_agent.models.voices import NAMES, VOICES, own_voice
from mcp_voice_agent.room_config.overlay import overlaid
from mcp_voice_agent.room_config.service import RoomConfig
from mcp_voice_agent.settings import AgentSettings
from testkit.agent_settings import given
from testkit.babble import babble
from testkit.chat_model import completion
from testkit.piper_voices import joe
from testkit.serving import serving
from tests.companion.room_config.room_configs import heard

__all__ = ["heard"]

pytestmark = pytest.mark.anyio

KEY = "a-key-of-a-provider"
LOCAL = "http://127.0.0.1:9/v1"
LIMIT = 30.0


def keyed(*providers: str, **fields: object) -> AgentSettings:
    """Settings with a key for each of these providers."""
    return given(**{f"{name}_api_key": KEY for name in providers} | fields)


def test_an_empty_configuration_changes_nothing() -> None:
    """This is what a room without one gets."""
    settings = keyed("openai", agent_tts="openai/tts-1:onyx", agent_temperature=20)
    assert overlaid(settings, RoomConfig()) == settings


def test_what_is_given_takes_the_place_of_the_setting() -> None:
    """The rest stays."""
    config = RoomConfig(system_prompt="You sell bicycles.", greeting="Hi!", temperature=0, mode="realtime")
    room = overlaid(keyed("openai", agent_temperature=20), config)
    assert (room.agent_instructions, room.agent_greeting) == ("You sell bicycles.", "Hi!")
    assert (room.agent_temperature, room.agent_mode) == (0, "realtime")
    assert room.openai_api_key.get_secret_value() == KEY


def test_an_empty_greeting_is_silence_and_an_absent_one_is_the_settings() -> None:
    """A room may want to be greeted by nobody."""
    settings = given(agent_greeting="Welcome!")
    assert overlaid(settings, RoomConfig(greeting="")).agent_greeting == ""
    assert overlaid(settings, RoomConfig()).agent_greeting == "Welcome!"


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("anthropic/claude-haiku-4-5", "anthropic/claude-haiku-4-5,groq/llama-3.1-8b-instant,openai"),
        ("gpt-oss-20b", "groq/gpt-oss-20b,groq/llama-3.1-8b-instant,openai"),
        ("meta-llama/llama-4-scout", "groq/meta-llama/llama-4-scout,groq/llama-3.1-8b-instant,openai"),
        ("groq/openai/gpt-oss-20b", "groq/openai/gpt-oss-20b,groq/llama-3.1-8b-instant,openai"),
        ("openai", "groq/openai,groq/llama-3.1-8b-instant,openai"),
        ("groq/llama-3.1-8b-instant", "groq/llama-3.1-8b-instant,openai"),
    ],
)
def test_a_rooms_model_comes_first_and_the_settings_follow(model: str, expected: str) -> None:
    """A provider says only when it is asked whether it has a model; until then there must be another."""
    settings = keyed("groq", "openai", "anthropic", agent_llm="groq/llama-3.1-8b-instant, openai")
    assert overlaid(settings, RoomConfig(model=model)).agent_llm == expected


def test_without_a_setting_the_first_provider_with_a_key_is_in_use() -> None:
    """The same that would have been used without a configuration."""
    assert overlaid(keyed("openai"), RoomConfig(model="gpt-5-mini")).agent_llm == "openai/gpt-5-mini,openai"
    assert overlaid(given(llm_base_url=LOCAL), RoomConfig(model="qwen3")).agent_llm == "openai/qwen3,openai"


@pytest.mark.parametrize("model", ["anthropic/claude-haiku-4-5", "anthropic/"])
def test_a_model_whose_provider_has_no_key_leaves_the_settings(model: str, heard: pytest.LogCaptureFixture) -> None:
    """The log names the variable."""
    assert overlaid(keyed("groq"), RoomConfig(model=model)).agent_llm == ""
    assert "ANTHROPIC_API_KEY is not set; the settings' model is used" in heard.text


def test_a_model_without_any_provider_leaves_the_settings(heard: pytest.LogCaptureFixture) -> None:
    """What is missing is said by whoever makes the language model."""
    assert overlaid(given(), RoomConfig(model="gpt-5-mini")).agent_llm == ""
    assert "has no provider that can be used" in heard.text


@pytest.mark.parametrize("model", ["gpt-realtime-mini", "openai/gpt-realtime-mini"])
def test_a_realtime_model_is_no_language_model(model: str) -> None:
    """In its place it is tried first; among the language models it would be refused at every turn."""
    room = overlaid(keyed("openai", agent_mode="realtime"), RoomConfig(model=model))
    assert (room.agent_realtime_model, room.agent_llm) == ("gpt-realtime-mini", "")


def test_a_rooms_language_is_that_of_every_recogniser() -> None:
    """One that names a language of its own would go on hearing that."""
    settings = keyed("deepgram", "openai", agent_stt="deepgram/nova-3:en, openai/whisper-1, offline")
    room = overlaid(settings, RoomConfig(language="de-CH"))
    assert (room.language, room.agent_stt) == ("de-CH", "deepgram/nova-3:de-CH,openai/whisper-1,offline")
    assert overlaid(given(stt="deepgram/nova-3:en"), RoomConfig(language="fr")).agent_stt == "deepgram/nova-3:fr"
    assert overlaid(given(), RoomConfig(language="fr")).agent_stt == ""


def test_a_colon_in_a_models_path_is_no_language() -> None:
    """On Windows every path has one."""
    stt = "local/C:/models/small-streaming-en"
    assert overlaid(given(stt=stt), RoomConfig(language="fr")).agent_stt == stt


def test_a_local_voice_stays_where_there_is_no_other(caplog: pytest.LogCaptureFixture) -> None:
    """It has two names of its own, and a room's voice that is not on this machine is passed over."""
    tts = f"local/{joe()}"
    assert overlaid(given(tts=tts), RoomConfig(voice="echo")).agent_tts == tts
    assert "local does not have the room's voice 'echo'" in caplog.text


@pytest.mark.parametrize("name", NAMES)
def test_a_voice_is_put_into_every_synthesizer(name: str) -> None:
    """Each under its own name for it, so that a fallback sounds alike."""
    settings = keyed("cartesia", "openai", agent_tts="cartesia/sonic-2, openai/tts-1:onyx, offline")
    room = overlaid(settings, RoomConfig(voice=name.title()))
    assert room.agent_tts == f"cartesia/sonic-2:{VOICES['cartesia'][name]},openai/tts-1:{name},offline"


@pytest.mark.parametrize("name", ["alloy", "echo", "nova"])
def test_where_a_voice_is_a_model_the_model_is_replaced(name: str) -> None:
    """Deepgram's voices have no models of their own."""
    settings = keyed("deepgram", agent_tts="deepgram/aura-asteria-en")
    assert overlaid(settings, RoomConfig(voice=name)).agent_tts == f"deepgram/{own_voice('deepgram', name)}"


def test_without_a_setting_the_voice_is_put_into_what_would_be_used() -> None:
    """The best provider with a key."""
    room = overlaid(keyed("openai"), RoomConfig(voice="echo"))
    assert room.agent_tts == "openai/gpt-4o-mini-tts:echo"
    assert overlaid(given(), RoomConfig(voice="echo")).agent_tts == "offline"
    room = overlaid(keyed("openai", tts="openai/tts-1"), RoomConfig(voice="echo"))
    assert room.agent_tts == "openai/tts-1:echo"


def test_behind_a_voice_that_only_the_provider_can_judge_stands_the_settings_own() -> None:
    """A name beyond the seven, or a server of the user's own with names of its own."""
    room = overlaid(keyed("cartesia"), RoomConfig(voice="my-clone"))
    assert room.agent_tts == f"cartesia/sonic-3:my-clone,cartesia/sonic-3:{CARTESIA_VOICE}"
    room = overlaid(given(tts_base_url=LOCAL, tts="openai/kokoro:af_heart"), RoomConfig(voice="nova"))
    assert room.agent_tts == "openai/kokoro:nova,openai/kokoro:af_heart"


def test_a_voice_that_a_provider_does_not_have_leaves_its_own(heard: pytest.LogCaptureFixture) -> None:
    """The others get it."""
    settings = keyed("deepgram", "openai", agent_tts="deepgram/aura-2-apollo-en,openai/tts-1")
    room = overlaid(settings, RoomConfig(voice="my-clone"))
    assert room.agent_tts == "deepgram/aura-2-apollo-en,openai/tts-1:my-clone,openai/tts-1:alloy"
    assert "deepgram does not have the room's voice 'my-clone'" in heard.text


def test_bad_settings_stay_as_they_are_for_others_to_name() -> None:
    """The configuration is not at fault."""
    settings = given(agent_tts="nonsense/1")
    assert overlaid(settings, RoomConfig(voice="echo")).agent_tts == "nonsense/1"


@asynccontextmanager
async def choosy_server() -> AsyncIterator[tuple[str, list[str]]]:
    """An OpenAI-compatible server that has the model ``good`` and the voice ``good``, and what it was asked for."""
    asked: list[str] = []

    def refusal(what: str) -> Response:
        return JSONResponse({"error": {"message": f"no such {what}", "code": "not_found"}}, status_code=404)

    async def chat(request: Request) -> Response:
        model = (await request.json())["model"]
        asked.append(model)
        return (
            Response(completion(model, "Hello."), media_type="text/event-stream") if model == "good" else refusal(model)
        )

    async def speech(request: Request) -> Response:
        voice = (await request.json())["voice"]
        asked.append(voice)
        if voice != "good":
            return refusal(voice)
        return Response(babble("Hello.").resampled(24_000).samples.tobytes(), media_type="audio/pcm")

    app = Starlette(
        routes=[
            Route("/v1/chat/completions", chat, methods=["POST"]),
            Route("/v1/audio/speech", speech, methods=["POST"]),
        ]
    )
    async with serving(app) as port:
        yield f"http://127.0.0.1:{port}/v1", asked


async def test_a_model_that_its_provider_does_not_know_costs_no_answer() -> None:
    """The settings' model answers in its place."""
    async with choosy_server() as (url, asked):
        settings = given(llm_base_url=url, agent_llm="openai/good")
        context = llm.ChatContext.empty()
        context.add_message(role="user", content="Hello?")
        async with AsyncExitStack() as closing:
            minds = make_llms(overlaid(settings, RoomConfig(model="bad")))
            for each in minds:
                # The adapter (1.8.9) does not close those that it was given.
                closing.push_async_callback(each.aclose)
            model = await closing.enter_async_context(llm.FallbackAdapter(minds))
            with anyio.fail_after(LIMIT):
                answer = await model.chat(chat_ctx=context).collect()
    assert (answer.text, asked[0], asked[-1]) == ("Hello.", "bad", "good")


async def test_a_voice_that_its_provider_does_not_know_costs_no_answer() -> None:
    """The settings' voice speaks in its place."""
    async with choosy_server() as (url, asked), http_context.open():
        settings = given(tts_base_url=url, llm_base_url=url, stt="offline", tts="openai/tts-1:good")
        async with pipeline(overlaid(settings, RoomConfig(voice="bad")), inference.VAD()) as parts:
            with anyio.fail_after(LIMIT):
                async with parts.tts.synthesize("Hello.") as stream:
                    heard = await stream.collect()
    assert (asked[0], asked[-1]) == ("bad", "good")
    assert heard.duration > 0.1
