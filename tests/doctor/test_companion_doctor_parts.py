"""The companion's doctor on models and services that are well, and on sick ones: each illness is real."""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from mcp_voice.doctor.steps import CheckOutcome, Step
from mcp_voice_agent.doctor import language
from mcp_voice_agent.doctor.language import language_models
from mcp_voice_agent.doctor.mcp import mcp_servers
from mcp_voice_agent.doctor.realtime import REALTIME
from mcp_voice_agent.doctor.remedies import REMEDIES
from mcp_voice_agent.doctor.room_service import ROOM_SERVICE
from mcp_voice_agent.doctor.speech import recognisers, voices
from mcp_voice_agent.doctor.turns import TURNS
from mcp_voice_agent.doctor.webhooks import webhooks
from mcp_voice_agent.settings import AgentSettings
from testkit import mcp_program
from testkit.agent_settings import bare_environment, given
from testkit.chat_model import Call, Message, text_of
from testkit.clip_match import ClipMatch
from testkit.config_service import config_service
from testkit.doctor import SECRET, examined, problems, states
from testkit.faults import Fault, empty, garbage, hung, status
from testkit.openai_server import OpenAIServer, openai_server
from testkit.realtime_server import realtime_server, refused
from testkit.serving import serving

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings of the developer's own."""
    bare_environment(monkeypatch)


@pytest.fixture
async def provider() -> AsyncIterator[OpenAIServer]:
    """All models at one address; the language model does what doctor asks for."""

    def obey(messages: list[Message]) -> str | Call:
        return Call("take_down", {"number": 7}) if "number 7" in text_of(messages[-1]) else "ready"

    async with openai_server() as server:
        server.reply = obey
        yield server


async def made(settings: AgentSettings, *steps: Step) -> list[CheckOutcome]:
    """These checks."""
    return await examined(settings, *steps, remedies=REMEDIES, ready=["libraries"])


def dead() -> str:
    """An address where nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


def fixes(found: Sequence[CheckOutcome]) -> str:
    """All that is told of what is wrong."""
    return " ".join(f"{each.cause} {each.fix}" for outcome in found for each in outcome.problems)


async def test_a_language_model_is_asked_for_a_word_and_for_the_call_of_a_tool(provider: OpenAIServer) -> None:
    """With few tokens, twice, and no more."""
    settings = given(llm_base_url=provider.base_url, agent_llm="openai/gpt-4o-mini-transcribe")
    found = await made(settings, *language_models(settings))
    assert states(found) == {"llm-1": "passed", "llm-1-tools": "passed"}
    assert "first word after" in found[0].detail
    assert len(provider.chat.asked) == 2


async def test_a_language_model_that_calls_no_tool_is_told_of(provider: OpenAIServer) -> None:
    """It talks about it instead, or makes up what it was not told."""
    settings = given(llm_base_url=provider.base_url, agent_llm="openai/gpt-4o-mini-transcribe")
    for said in ("I have taken it down.", Call("take_down", {"number": 8}), Call("other", {})):
        with provider.saying(lambda messages, said=said: said if "number" in text_of(messages[-1]) else "ready"):  # type: ignore[misc]
            found = await made(settings, *language_models(settings))
        assert problems(found) == {"llm-1-tools": ["llm-calls-no-tool"]}


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        (status(401), "llm-key-refused"),
        (status(404), "llm-no-such-model"),
        (status(400), "llm-bad-request"),
        (status(429), "llm-quota"),
        (status(500), "llm-server-trouble"),
        (hung, "llm-late"),
        (garbage, "llm-unreachable"),
        (empty, "llm-says-nothing"),
    ],
    ids=["401", "404", "400", "429", "500", "hung", "garbage", "nothing"],
)
async def test_each_illness_of_a_language_model_has_its_name(
    fault: Fault, problem: str, provider: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And its tools are not tried any more."""
    monkeypatch.setattr(language, "ANSWER_SECONDS", 2.0)
    settings = given(llm_base_url=provider.base_url, agent_llm="openai/gpt-4o-mini-transcribe")
    with provider.chat.failing(fault):
        found = await made(settings, *language_models(settings))
    assert states(found) == {"llm-1": "failed", "llm-1-tools": "skipped"}
    assert problems(found)["llm-1"] == [problem]


async def test_a_fallback_that_could_not_take_over_is_a_failure_of_its_own(provider: OpenAIServer) -> None:
    """Nobody notices it otherwise before the first one fails."""
    settings = given(
        openai_base_url=provider.base_url, groq_api_key="", agent_llm="openai/gpt-4o-mini-transcribe,groq/llama",
        agent_tts="openai/tts-1:alloy,openai/tts-9", agent_stt="openai/whisper-1",
    )  # fmt: skip
    found = await made(settings, *language_models(settings))
    assert states(found)["llm-1"] == "passed"
    assert found[-2].problems[0].code == "no-key"
    found = await made(settings, *voices(settings), *recognisers(settings))
    assert states(found)["tts-1"] == "passed"
    assert found[0].detail.startswith("openai/tts-1:alloy: ")
    with provider.transcriptions.failing(status(401)), provider.speech.failing(status(429)):
        found = await made(settings, *voices(settings), *recognisers(settings))
    assert problems(found) == {"tts-1": ["quota"], "tts-2": ["model-not-there"], "stt-1": ["key-refused"]}
    assert "MCP_VOICE_AGENT_TTS" in fixes(found)


async def test_a_server_of_ones_own_that_is_down_or_lacks_the_model_is_named(provider: OpenAIServer) -> None:
    """What it has is listed."""
    settings = given(llm_base_url=f"{dead()}/v1", agent_llm="openai/llama")
    assert problems(await made(settings, *language_models(settings))) == {"llm-1": ["speech-server-down"]}
    settings = given(llm_base_url=provider.base_url, agent_llm="openai/llama")
    with provider.chat.failing(status(404)):
        found = await made(settings, *language_models(settings))
    assert problems(found) == {"llm-1": ["model-not-there"]}
    assert "it has 'gpt-4o-mini-transcribe'" in fixes(found)


async def test_a_realtime_model_is_tried_where_it_may_be_used() -> None:
    """A failure where the settings ask for it, a doubt where only a room might, and nothing else."""
    async with realtime_server(ClipMatch()) as server:
        settings = given(agent_mode="realtime", realtime_base_url=server.base_url)
        assert states(await made(settings, *REALTIME)) == {"realtime": "passed"}
        server.fault = refused(401)
        assert problems(await made(settings, *REALTIME)) == {"realtime": ["realtime"]}
        rooms = given(agent_config_url="http://127.0.0.1:9", realtime_base_url=server.base_url)
        assert states(await made(rooms, *REALTIME)) == {"realtime": "doubtful"}
    assert await made(given(), *REALTIME) == []


async def test_the_service_of_configurations_is_asked_with_its_token() -> None:
    """For a room that there is not: 404 is the right answer."""
    async with config_service() as service:
        settings = given(agent_config_url=service.url, agent_config_token=SECRET)
        assert states(await made(settings, *ROOM_SERVICE)) == {"room-service": "passed"}
        assert [each.authorization for each in service.asked] == [f"Bearer {SECRET}"]
        for fault, problem in (
            (status(401), "config-refused"),
            (status(503), "config-trouble"),
            (garbage, "config-odd"),
        ):
            with service.failing(fault):
                found = await made(settings, *ROOM_SERVICE)
            assert problems(found) == {"room-service": [problem]}
            assert SECRET not in fixes(found)
    assert problems(await made(given(agent_config_url=dead()), *ROOM_SERVICE)) == {"room-service": ["service-refused"]}
    nowhere = given(agent_config_url="http://config.invalid")
    assert problems(await made(nowhere, *ROOM_SERVICE)) == {"room-service": ["service-dns"]}
    tls = given(agent_config_url=dead().replace("http:", "https:"))
    assert problems(await made(tls, *ROOM_SERVICE)) == {"room-service": ["service-refused"]}


async def test_webhooks_are_asked_what_does_nothing_and_without_their_secret(tmp_path: Path) -> None:
    """An e-mail that doctor sent would be read by somebody."""
    asked: list[tuple[str, str, dict[str, str], bytes]] = []

    async def answer(request: Request) -> Response:
        asked.append((request.method, request.url.path, dict(request.headers), await request.body()))
        told: dict[str, Response] = {
            "/gone": Response(status_code=404),
            "/moved": RedirectResponse("https://elsewhere.example/x?token=1", status_code=307),
            "/proxy": Response(status_code=502),
            "/get": Response(status_code=204, headers={"Allow": "GET, OPTIONS"}),
        }
        return told.get(request.url.path, Response(status_code=204))

    methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
    file = tmp_path / "tools.json"
    names = ("gone", "moved", "proxy", "get")
    file.write_text(json.dumps([{"name": f"to_{name}", "description": "x", "url": f"/{name}"} for name in names]))
    async with serving(Starlette(routes=[Route("/{path:path}", answer, methods=methods)])) as port:
        settings = given(
            webhook_url=f"http://127.0.0.1:{port}", webhook_secret=SECRET, agent_tools_file=file,
            webhook_signing_key=SECRET,
        )  # fmt: skip
        found = await made(settings, *webhooks(settings))
    assert problems(found) == {
        "webhook-to_gone": ["webhook-not-there"],
        "webhook-to_moved": ["webhook-redirects"],
        "webhook-to_proxy": ["webhook-trouble"],
        "webhook-to_get": ["webhook-method"],
    }
    assert states(found)["webhook-send_email"] == states(found)["webhook-query_database"] == "passed"
    assert "nothing was called" in found[0].detail
    assert {(method, body) for method, _, _, body in asked} == {("OPTIONS", b"")}
    assert SECRET not in str(asked)
    assert "token=1" not in fixes(found)


async def test_mcp_servers_are_started_and_asked_for_their_tools(tmp_path: Path) -> None:
    """One that works, and one that is no program."""
    file = tmp_path / "mcp.json"
    works: dict[str, Any] = {
        "command": sys.executable, "args": ["-I", "-S", mcp_program.__file__],
        "env": {"MCP_PROGRAM_LOG": str(tmp_path / "log")},
    }  # fmt: skip
    broken = {"command": sys.executable, "args": ["-c", "raise SystemExit(3)"], "env": {"KEY": SECRET}}
    file.write_text(json.dumps({"mcpServers": {"notes": works, "broken": broken}}))
    settings = given(agent_mcp_file=file)
    found = await made(settings, *mcp_servers(settings))
    assert states(found) == {"mcp-notes": "passed", "mcp-broken": "failed"}
    assert problems(found) == {"mcp-broken": ["mcp-server"]}
    assert SECRET not in fixes(found)
    file.write_text("[]")
    assert problems(await made(settings, *mcp_servers(settings))) == {"mcp": ["bad-choice"]}


async def test_what_keeps_a_worker_from_starting_is_told_once(tmp_path: Path) -> None:
    """By the check of the part that it is, or by the check whether a worker would start."""
    bare = given(groq_api_key="", openai_api_key="", anthropic_api_key="")
    found = await made(bare, *language_models(bare), *TURNS[:1])
    assert states(found) == {"llm": "failed", "starts": "skipped"}
    assert found[-1].detail == "needs: language model"
    (tmp_path / "mcp.json").write_text("[]")
    settings = given(agent_mcp_file=tmp_path / "mcp.json", openai_api_key=SECRET)
    found = await made(settings, *TURNS[:1], *mcp_servers(settings))
    assert states(found) == {"starts": "failed", "mcp": "skipped"}
