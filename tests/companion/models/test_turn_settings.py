"""What is set of voice activity, interruptions and the language model reaches LiveKit's own parts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from livekit.agents import llm

from mcp_voice_agent.conversation.session import agent_session
from mcp_voice_agent.models.activity import own_activity
from mcp_voice_agent.models.llm import make_llms
from mcp_voice_agent.models.pipeline import pipeline
from testkit.agent_settings import bare_environment, given
from testkit.openai_server import OpenAIServer, openai_server

pytestmark = pytest.mark.anyio

KEY = "a-key-of-a-provider"


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of the test only."""
    bare_environment(monkeypatch)


@pytest.fixture
async def server() -> AsyncIterator[OpenAIServer]:
    """An OpenAI-compatible server."""
    async with openai_server() as started:
        yield started


@pytest.mark.parametrize("kind", ["livekit", "silero"])
async def test_voice_activity_is_as_it_is_set(kind: str) -> None:
    """Both of LiveKit's detectors take the same three figures."""
    options: Any = own_activity(
        given(vad=kind, agent_vad_threshold=0.7, agent_vad_silence_seconds=0.4, agent_vad_speech_seconds=0.1)
    )._opts  # type: ignore[attr-defined]  # neither tells its options otherwise
    assert (options.activation_threshold, options.min_silence_duration, options.min_speech_duration) == (0.7, 0.4, 0.1)


async def test_a_session_is_interrupted_as_it_is_set(server: OpenAIServer) -> None:
    """Length, words and what counts as no interruption after all."""
    settings = given(
        openai_base_url=server.base_url,
        agent_interruption_seconds=0.8,
        agent_interruption_words=2,
        agent_false_interruption_seconds=1.5,
        agent_resume=False,
    )
    vad = own_activity(settings)
    async with pipeline(settings, vad) as parts:
        session = agent_session({"vad": vad, "turn_detection": "vad"}, settings, parts)
        asked = session.options.interruption
        assert (asked["min_duration"], asked["min_words"]) == (0.8, 2)
        assert (asked["false_interruption_timeout"], asked["resume_false_interruption"]) == (1.5, False)
        assert session.vad is vad


async def _asked(engine: llm.LLM[Any], server: OpenAIServer) -> dict[str, Any]:
    """What one request to the server holds."""
    chat_ctx = llm.ChatContext.empty()
    chat_ctx.add_message(role="user", content="hello")
    async with engine.chat(chat_ctx=chat_ctx) as stream:
        assert [chunk async for chunk in stream]
    await engine.aclose()
    return dict(server.chat.asked[-1].options)


async def test_an_openai_compatible_server_is_told_the_longest_answer_by_the_name_that_all_know(
    server: OpenAIServer,
) -> None:
    """``max_completion_tokens`` is OpenAI's own, and some servers refuse what they do not know."""
    (engine,) = make_llms(given(llm_base_url=server.base_url, agent_max_tokens=99, agent_temperature=50))
    asked = await _asked(engine, server)
    assert (asked["max_tokens"], asked["temperature"]) == (99, 1.0)
    assert "max_completion_tokens" not in asked


@pytest.mark.parametrize("provider", ["openai", "groq"])
async def test_openai_and_groq_are_told_the_longest_answer_by_their_own_name(
    server: OpenAIServer, provider: str
) -> None:
    """256 tokens unless it is set: an answer by voice is short."""
    (engine,) = make_llms(given(**{f"{provider}_api_key": KEY}))
    engine._client.base_url = server.base_url  # type: ignore[attr-defined]  # groq's address is no setting
    assert (await _asked(engine, server))["max_completion_tokens"] == 256


async def test_anthropic_is_told_the_longest_answer() -> None:
    """It demands the figure; the plugin's is 1024."""
    (engine,) = make_llms(given(anthropic_api_key=KEY))
    assert engine._opts.max_tokens == 256  # type: ignore[attr-defined]  # it is sent to Anthropic only
    await engine.aclose()
