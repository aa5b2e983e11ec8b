"""Failures of providers and fallbacks as the operator counts them: the real plugins behind LiveKit's own adapters."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import pytest
from livekit import rtc
from livekit.agents import Agent, AgentSession, APIConnectionError, APIConnectOptions, inference, stt
from livekit.agents.utils import http_context
from livekit.agents.voice.agent_session import SessionConnectOptions
from opentelemetry.metrics import NoOpMeter
from prometheus_client import REGISTRY
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mcp_voice.audio import Pcm
from mcp_voice_agent.models.pipeline import Pipeline, pipeline
from mcp_voice_agent.telemetry.instruments import COUNTERS, Instruments
from mcp_voice_agent.telemetry.measurements import measured
from testkit.agent_settings import bare_environment, given
from testkit.chat_model import completion
from testkit.rig import voice_of
from testkit.serving import serving

pytestmark = pytest.mark.anyio

LIMIT = 20.0


async def _answer(request: Request) -> Response:
    """Refuse all but the model named good, with the status that the other's name says."""
    if request.headers["content-type"].startswith("multipart"):
        async with request.form() as form:
            model = str(form["model"])
    else:
        model = (await request.json())["model"]
    if model != "good":
        return JSONResponse({"error": {"message": "no", "code": "none"}}, status_code=int(model))
    if request.url.path.endswith("completions"):
        return Response(completion(model, "Hello."), media_type="text/event-stream")
    if request.url.path.endswith("speech"):
        return Response(b"\x01\x00" * 24_000, media_type="audio/pcm")
    return Response(json.dumps({"text": "good idea"}), media_type="application/json")


@pytest.fixture
async def provider(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    """An address at which a model answers with the status that is its name."""
    bare_environment(monkeypatch)
    paths = ("/v1/chat/completions", "/v1/audio/speech", "/v1/audio/transcriptions")
    async with serving(Starlette(routes=[Route(path, _answer, methods=["POST"]) for path in paths])) as port:
        yield f"http://127.0.0.1:{port}/v1"


@asynccontextmanager
async def watched(
    provider: str, *, llm: str = "good", stt: str = "good", tts: str = "good"
) -> AsyncIterator[tuple[AgentSession[None], Pipeline]]:
    """A session of these models, several by spaces in the order of fallback, that is measured."""

    def named(models: str) -> str:
        return ",".join(f"openai/{model}" for model in models.split())

    settings = given(openai_base_url=provider, agent_llm=named(llm), agent_stt=named(stt), agent_tts=named(tts))
    async with http_context.open(), pipeline(settings, inference.VAD()) as parts:
        once = APIConnectOptions(max_retry=0)
        session = AgentSession[None](llm=parts.llm, conn_options=SessionConnectOptions(llm_conn_options=once))
        async with measured(session, Instruments(NoOpMeter("none")), parts=parts), session:
            await session.start(Agent(instructions="Greet."))
            with anyio.fail_after(LIMIT):
                yield session, parts


def frame(sound: Pcm) -> rtc.AudioFrame:
    """The sound as LiveKit hands it to a recogniser."""
    return rtc.AudioFrame(sound.samples.tobytes(), sound.rate, 1, len(sound.samples))


class Counts:
    """What the counters have gained since this was made."""

    def __init__(self) -> None:
        self._before = dict(self._now())

    def _now(self) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
        return {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in REGISTRY.collect()
            for sample in family.samples
            if sample.name in COUNTERS
        }

    def gained(self, name: str, *by: str) -> dict[tuple[str, ...], float]:
        """The increase of each series that has increased, by these labels."""
        return {
            tuple(dict(labels)[each] for each in by): value - self._before.get((found, labels), 0.0)
            for (found, labels), value in self._now().items()
            if found == name and value > self._before.get((found, labels), 0.0)
        }

    def shown(self, name: str, **labels: str) -> int:
        """How many series with these labels there are, at whatever value."""
        return sum(found == name and labels.items() <= set(held) for (found, held) in self._now())


async def test_a_fallback_is_counted_and_so_is_the_quota_that_it_made_up_for(provider: str) -> None:
    """The human noticed nothing, so the turn is no failure; the operator learns that the first is out of credit."""
    counts = Counts()
    async with watched(provider, llm="429 good") as (session, _):
        await session.run(user_input="Hello?")
        assert (session.history.messages()[-1].text_content or "").strip() == "Hello."
    assert counts.gained("fallbacks_total", "part", "from", "to") == {("llm", "openai/429", "openai/good"): 1}
    assert counts.gained("provider_attempt_errors_total", "part", "model", "kind").keys() == {("llm", "429", "quota")}
    assert counts.gained("provider_errors_total", "part") == {}
    assert counts.gained("answers_total", "model") == {("good",): 1}


async def test_an_outage_of_all_models_is_counted_by_what_the_last_one_failed_of(provider: str) -> None:
    """LiveKit's own error says no more than that all have failed."""
    counts = Counts()
    async with watched(provider, llm="503 401") as (session, _):
        with pytest.raises(APIConnectionError):
            await session.run(user_input="Hello?")
    assert counts.gained("provider_errors_total", "part", "kind") == {("llm", "auth"): 1}
    attempts = counts.gained("provider_attempt_errors_total", "model", "kind")
    assert attempts.keys() == {("503", "server"), ("401", "auth")}
    assert counts.gained("fallbacks_total", "from", "to") == {("openai/503", "openai/401"): 1}


async def test_recognisers_and_voices_that_are_passed_over_are_counted_too(provider: str) -> None:
    """Whole utterances and sentences, each through the adapter that the session uses."""
    counts = Counts()
    async with watched(provider, stt="429 good", tts="500 good") as (_, parts):
        async with parts.tts.synthesize("Hello there.") as stream:
            await stream.collect()
        ear = parts.stt
        assert isinstance(ear, stt.StreamAdapter)
        await ear.wrapped_stt.recognize(frame(voice_of("what time is it")))
    assert counts.gained("fallbacks_total", "part", "from", "to") == {
        ("stt", "openai/429", "openai/good"): 1,
        ("tts", "openai/500", "openai/good"): 1,
    }
    attempts = counts.gained("provider_attempt_errors_total", "part", "kind")
    assert attempts.keys() == {("stt", "quota"), ("tts", "server")}


async def test_what_has_not_failed_yet_is_there_at_zero(provider: str) -> None:
    """Prometheus sees no increase in a series that begins with its first failure."""
    counts = Counts()
    async with watched(provider, llm="418 good"):
        assert counts.shown("provider_attempt_errors_total", model="418", part="llm") == 7
        assert counts.shown("provider_errors_total", model="418", part="llm") == 7
        assert counts.shown("fallbacks_total", part="llm", **{"from": "openai/418"}) == 1
    assert counts.gained("provider_attempt_errors_total", "model") == {}
