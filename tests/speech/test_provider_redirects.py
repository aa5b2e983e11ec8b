"""Every client that carries a voice, a text or a key stays with the host that was set."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import httpx2
import pytest
from livekit.agents import APIConnectionError, APIConnectOptions, llm
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from mcp_voice.settings import load
from mcp_voice.speech.provider_http import AnswerLimit, Refused, guard, guard_session, provider_http
from mcp_voice_agent.models.llm import make_llms
from mcp_voice_agent.models.realtime import Unavailable, probe
from mcp_voice_agent.settings import AgentSettings
from testkit import faults
from testkit.openai_server import OpenAIServer, openai_server
from testkit.serving import serving

pytestmark = pytest.mark.anyio

ONCE = APIConnectOptions(max_retry=0, timeout=5.0)
KEY = "a-key-of-a-provider"


@asynccontextmanager
async def astray() -> AsyncIterator[tuple[str, list[Request]]]:
    """A server that sends everybody to another one, and what the other one is asked."""
    asked: list[Request] = []

    async def take(request: Request) -> Response:
        asked.append(request)
        return Response(b"x" * 5_000)

    every = ["GET", "POST"]
    async with serving(Starlette(routes=[Route("/{path:path}", take, methods=every)])) as there:

        async def send_on(request: Request) -> Response:
            here = request.url.path == "/here"
            return RedirectResponse("/there" if here else f"http://127.0.0.1:{there}{request.url.path}", 307)

        async def arrived(_: Request) -> Response:
            return Response(b"x" * 5_000)

        routes = [Route("/there", arrived, methods=every), Route("/{path:path}", send_on, methods=every)]
        async with serving(Starlette(routes=routes)) as here:
            yield f"127.0.0.1:{here}", asked


@pytest.fixture
async def two() -> AsyncIterator[tuple[OpenAIServer, OpenAIServer]]:
    """The server that is set, and another."""
    async with openai_server() as one, openai_server() as other:
        yield one, other


def causes(error: BaseException | None) -> list[str]:
    """The whole chain of an error."""
    return [] if error is None else [f"{type(error).__name__}: {error}", *causes(error.__cause__)]


@pytest.mark.parametrize("provider", ["openai", "groq", "anthropic"])
async def test_no_language_model_is_asked_at_another_host(provider: str) -> None:
    """What was said in the room, and the key, would be posted there."""
    settings = load(
        AgentSettings,
        _env_file=None,
        agent_llm=provider,
        openai_api_key=KEY,
        groq_api_key=KEY,
        anthropic_api_key=KEY,
    )
    context = llm.ChatContext.empty()
    context.add_message(role="user", content="My number is one two three.")
    async with astray() as (here, asked):
        model: Any = make_llms(settings)[0]
        model._client.base_url = f"http://{here}/v1"
        with pytest.raises(APIConnectionError) as caught:
            await model.chat(chat_ctx=context, conn_options=ONCE).collect()
        await model.aclose()
        assert not asked
    assert any("it redirects to another address" in cause for cause in causes(caught.value)), causes(caught.value)


async def test_no_websocket_is_opened_at_another_host() -> None:
    """Deepgram's and Cartesia's plugins send a voice, or what is to be said, over one, the key in a header."""
    async with astray() as (here, asked), provider_http() as http:
        with pytest.raises(Refused, match="it redirects to another address"):
            await http.ws_connect(f"ws://{here}/v1/listen", headers={"X-API-Key": KEY})
        async with http.get(f"http://{here}/here") as response:
            assert response.status == 200
        assert not asked


async def test_no_realtime_session_is_begun_at_another_host() -> None:
    """The probe, which goes first, says so."""
    async with astray() as (here, asked):
        with pytest.raises(Unavailable, match="redirects to another address"):
            await probe(f"http://{here}/v1", KEY, "gpt-realtime")
        assert not asked


async def test_a_session_is_guarded_once() -> None:
    """A job has one for all of its conversations."""
    async with aiohttp.ClientSession() as http:
        guard_session(http)
        guard_session(http)
        assert len(http.trace_configs) == 1


async def test_a_redirect_within_one_host_is_followed_and_limits_hold() -> None:
    """An answer beyond its size is broken off, and what leads nowhere is refused."""
    async with astray() as (here, asked), httpx2.AsyncClient(follow_redirects=True) as http:
        guard(http, AnswerLimit(size=4_000, seconds=10.0))
        with pytest.raises(Refused, match=r"more than 0\.004 MB"):
            await http.post(f"http://{here}/here", content=b"a voice")
        with pytest.raises(Refused, match="redirects to another address"):
            await http.post(f"http://{here}/elsewhere", content=b"a voice")
        assert not asked


async def test_a_redirect_to_the_same_host_on_another_port_is_another_host(
    two: tuple[OpenAIServer, OpenAIServer],
) -> None:
    """An origin is scheme, host and port: another program listens there."""
    one, other = two
    async with httpx2.AsyncClient(follow_redirects=True) as http:
        guard(http, AnswerLimit(size=4_000, seconds=10.0))
        for url in (f"{other.base_url}/models", "//127.0.0.1:1/", "http://[", "ftp://127.0.0.1/"):
            with one.models.failing(faults.redirecting(url)), pytest.raises((Refused, httpx2.RemoteProtocolError)):
                await http.get(f"{one.base_url}/models")
    assert not other.models.asked
