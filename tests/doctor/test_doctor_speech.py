"""Doctor on speech providers: real HTTP servers with real faults, and the errors that LiveKit's plugins raise."""

from __future__ import annotations

import socket

import anyio
import pytest
from livekit.agents import APIConnectionError, APIError, APIStatusError, APITimeoutError
from starlette.responses import JSONResponse, Response

from mcp_voice.doctor.choice import CHOICES
from mcp_voice.doctor.remedies import finding
from mcp_voice.doctor.speech import PHRASE, SPEECH, speech_problem
from mcp_voice.doctor.steps import Found, Run, Step
from mcp_voice.doctor.visit import Visit
from mcp_voice.error_codes import CODES
from mcp_voice.settings import Settings, load
from mcp_voice.speech.child import EngineUnusable
from mcp_voice.speech.faults import stt_fault, tts_fault
from mcp_voice.speech.offers import Choice
from testkit.babble import babble
from testkit.doctor import NOTHING, SECRET, examined, problems, states
from testkit.faults import Answer, delayed, empty, hung, status
from testkit.rig import Rig

pytestmark = pytest.mark.anyio


def speaking(rig: Rig, **changed: str) -> Settings:
    """Settings for the tests' OpenAI-compatible server."""
    given = {"stt": "openai/whisper-1", "tts": "openai/tts-1:alloy", "openai_base_url": rig.speech.base_url, **changed}
    return load(**given, _env_file=None)


async def none_loaded(_: Answer) -> Response:
    """A local server on which no model was installed yet."""
    return JSONResponse({"object": "list", "data": []})


async def test_a_speech_server_without_models_is_named(rig: Rig) -> None:
    """It answers 404 to everything; the empty list of its models tells why."""
    speech = rig.speech
    with speech.speech.failing(status(404)), speech.models.failing(none_loaded):
        found = await examined(speaking(rig), *CHOICES, SPEECH[0])
    assert problems(found) == {"tts": ["no-models"]}


async def test_a_model_that_the_speech_server_lacks_is_named_with_those_it_has(rig: Rig) -> None:
    """The fix is to name one of them."""
    with rig.speech.speech.failing(status(404)):
        found = await examined(speaking(rig, tts="openai/kokoro:alloy"), *CHOICES, SPEECH[0])
    assert problems(found) == {"tts": ["model-not-there"]}
    assert "tts-1" in found[-1].problems[0].cause


async def test_a_refused_key_names_the_variable(rig: Rig) -> None:
    """Both directions: 401, and the variable to set."""
    with rig.speech.speech.failing(status(401)), rig.speech.transcriptions.failing(status(401)):
        found = await examined(speaking(rig, openai_api_key=SECRET), *CHOICES, *SPEECH)
    assert problems(found) == {"tts": ["key-refused"], "stt": ["key-refused"]}
    assert "OPENAI_API_KEY" in found[-1].problems[0].fix


async def test_a_provider_that_hangs_is_given_up_in_time(rig: Rig) -> None:
    """Neither direction answers: late, not stuck, and that after the time that is set."""
    with rig.speech.speech.failing(hung), rig.speech.transcriptions.failing(hung):
        found = await examined(speaking(rig, tts_seconds="1", stt_seconds="1"), *CHOICES, *SPEECH)
    assert problems(found) == {"tts": ["speech-late"], "stt": ["speech-late"]}
    assert all(each.ms < 12_000 for each in found if each.ms is not None)


async def test_a_provider_that_is_slow_within_what_is_set_works_and_is_called_slow(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It took longer than doctor thinks it should: no failure, since a room waits for it as well."""
    rig.speech.match.learn(PHRASE, babble(PHRASE))
    for name in ("TTS_SECONDS", "STT_SECONDS", "SLOW_SECONDS"):
        monkeypatch.setattr(f"mcp_voice.doctor.speech.{name}", 0.1)
    with rig.speech.speech.failing(delayed(1.0)), rig.speech.transcriptions.failing(delayed(1.0)):
        found = await examined(speaking(rig, tts_seconds="30", stt_seconds="40"), *CHOICES, *SPEECH)
    assert problems(found) == {"tts": ["slow"], "stt": ["slow"]}
    assert states(found)["tts"] == "doubtful"
    assert [each.problems[0].fix for each in found if each.problems] == [
        "Use a faster model or server, or another provider in MCP_VOICE_TTS. It may take 30 s (MCP_VOICE_TTS_SECONDS).",
        "Use a faster model or server, or another provider in MCP_VOICE_STT. It may take 40 s (MCP_VOICE_STT_SECONDS).",
    ]


async def test_a_recogniser_that_hangs_is_not_waited_for_as_long_as_an_ask_would(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The setting allows five minutes; doctor says that it is slow, gives up, and says what the setting allows."""
    monkeypatch.setattr("mcp_voice.doctor.speech.SLOW_SECONDS", 0.1)
    monkeypatch.setattr("mcp_voice.doctor.speech.MOST_SECONDS", 1.0)
    with rig.speech.transcriptions.failing(hung):
        found = await examined(speaking(rig, stt_seconds="300"), *CHOICES, SPEECH[1])
    assert problems(found) == {"stt": ["speech-given-up"]}
    problem = found[-1].problems[0]
    assert (problem.code, problem.cause) == (
        "speech-late",
        "openai/whisper-1 did not answer within 1 s, and doctor stopped waiting.",
    )
    assert problem.fix.endswith("In a room, the wait would be up to 300 s (MCP_VOICE_STT_SECONDS).")


async def test_a_step_may_take_longer_by_what_a_slow_provider_is_allowed() -> None:
    """That is not taken from the time for all checks, or those after it would be left out."""

    async def slow(_: Visit) -> Found:
        await anyio.sleep(0.3)
        return Found("")

    async with anyio.create_task_group() as tasks:
        run = Run(Visit(NOTHING, tasks, print), show=lambda _: None, begin=lambda _: None)
        left = run.seconds_left
        await run.make([Step("a", "a", slow, 0.05, slowness=lambda _: 30.0), Step("b", "b", slow, 0.05)])
    assert states(run.outcomes) == {"a": "passed", "b": "failed"}
    assert left - run.seconds_left < 0.3


async def test_a_voice_without_sound_is_named(rig: Rig) -> None:
    """The text was taken and no audio came; the recogniser is then tried with a recorded voice."""
    with rig.speech.speech.failing(empty):
        found = await examined(speaking(rig), *CHOICES, *SPEECH)
    assert problems(found) == {"tts": ["no-audio"]}
    assert "a recorded voice" in found[-1].detail


async def test_a_speech_server_that_is_down_is_named() -> None:
    """Nothing listens at the base URL."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    settings = load(tts="openai/tts-1", openai_base_url=f"http://127.0.0.1:{port}/v1", _env_file=None)
    assert problems(await examined(settings, *CHOICES, SPEECH[0])) == {"tts": ["speech-server-down"]}


NO_VOICE = "the local voice cannot speak: '/voice.onnx' cannot be loaded as a model (Fail)"
NO_WHEEL = "the offline recogniser cannot work: pocketsphinx cannot be imported on Python 3.14 (no module)"


@pytest.mark.parametrize(
    ("provider", "error", "problem"),
    [
        ("cartesia", APIError("no audio frames were pushed for text: yes"), "no-audio-cartesia"),
        ("deepgram", APIError("no audio frames were pushed for text: yes"), "no-audio"),
        ("deepgram", APIStatusError("no", status_code=401), "key-refused"),
        ("deepgram", APIStatusError("no", status_code=403), "key-not-enough"),
        ("deepgram", APIStatusError("no", status_code=429), "quota"),
        ("deepgram", APIStatusError("no", status_code=500), "speech"),
        ("deepgram", APITimeoutError(), "speech-late"),
        ("deepgram", APIConnectionError("Connection error."), "speech-unreachable"),
        ("offline", APITimeoutError(), "offline-late"),
        ("offline", EngineUnusable(NO_VOICE, setting="MCP_VOICE_TTS"), "speech"),
        ("local", EngineUnusable(NO_VOICE, setting="MCP_VOICE_TTS"), "speech"),
    ],
)
async def test_what_plugins_raise_is_traced_to_its_cause(provider: str, error: Exception, problem: str) -> None:
    """The errors of LiveKit's plugins, as the engine words them."""
    choice = Choice("tts", provider, "", "", "")
    async with anyio.create_task_group() as tasks:
        visit = Visit(NOTHING, tasks, print, settings=load(_env_file=None))
        found = await speech_problem(visit, choice, tts_fault(error, provider=choice.label, key=choice.key_variable))
    assert found.name == problem
    assert provider in finding(found).cause.lower()


@pytest.mark.parametrize("model", ["piper-norman", ""])
async def test_a_voice_that_cannot_speak_is_told_with_what_mends_a_voice(model: str) -> None:
    """It was told to fetch a model that listens."""
    error = EngineUnusable(NO_VOICE, setting="MCP_VOICE_TTS", model=model)
    choice = Choice("tts", "local", "norman", "", "")
    async with anyio.create_task_group() as tasks:
        visit = Visit(NOTHING, tasks, print, settings=load(_env_file=None))
        found = finding(await speech_problem(visit, choice, tts_fault(error, provider=choice.label, key="")))
    assert ("mcp-voice models get piper-norman" in found.fix) == bool(model)
    assert "et MCP_VOICE_TTS to another provider" in found.fix
    assert "moonshine" not in found.fix + CODES["offline-engine"].fix


async def test_a_recogniser_that_cannot_work_is_told_with_what_mends_it() -> None:
    """Its model, or a Python that has the other one."""
    error = EngineUnusable(NO_WHEEL, setting="MCP_VOICE_STT")
    choice = Choice("stt", "offline", "", "", "")
    async with anyio.create_task_group() as tasks:
        visit = Visit(NOTHING, tasks, print, settings=load(_env_file=None))
        found = await speech_problem(visit, choice, stt_fault(error, provider=choice.label, key=""))
    assert found.name == "offline-engine"
    assert "mcp-voice models get moonshine-tiny-en" in finding(found).fix
