"""Whether the Realtime API is to be had is found out before a conversation begins, and told in one sentence."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator

import pytest

from mcp_voice.settings import load
from mcp_voice.speech.openai_api import OPENAI_URL
from mcp_voice_agent.models.realtime import Unavailable, known_voice, probe, realtime_model
from mcp_voice_agent.settings import AgentSettings
from testkit.clip_match import ClipMatch
from testkit.realtime_server import (
    RealtimeFault,
    RealtimeServer,
    closed_at_once,
    realtime_server,
    refused,
    silent,
    turned_away,
)

pytestmark = pytest.mark.anyio

KEY = "sk-secret"


@pytest.fixture(scope="module")
async def realtime(anyio_backend: str) -> AsyncIterator[RealtimeServer]:
    """A realtime server that knows no words."""
    async with realtime_server(ClipMatch([])) as server:
        yield server


async def refusal(realtime: RealtimeServer, fault: RealtimeFault) -> str:
    """What the probe says of a server with that fault."""
    with realtime.failing(fault), pytest.raises(Unavailable) as caught:
        await probe(realtime.base_url, KEY, "gpt-realtime")
    return str(caught.value)


async def test_a_server_that_begins_a_session_is_to_be_had(realtime: RealtimeServer) -> None:
    """The probe asks as the session will: with the model and the key."""
    await probe(realtime.base_url, KEY, "gpt-realtime-mini")
    assert realtime.handshakes[-1] == ("gpt-realtime-mini", f"Bearer {KEY}")


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (refused(401), "does not accept OPENAI_API_KEY"),
        (turned_away("invalid_api_key"), "does not accept OPENAI_API_KEY"),
        (refused(404), "has no realtime model of that name"),
        (turned_away("model_not_found"), "has no realtime model of that name"),
        (turned_away("insufficient_quota"), "no credit is left"),
        (refused(200), "HTTP status 200"),
        (refused(503), "HTTP status 503"),
        (turned_away("odd_code"), "(odd_code)"),
        (turned_away(f"{KEY}!"), "(unreadable code)"),
        (closed_at_once, "closed the connection before a session began"),
    ],
)
async def test_a_refusal_is_told_in_one_sentence(realtime: RealtimeServer, fault: RealtimeFault, told: str) -> None:
    """It names the server and the cause, and repeats nothing of the key."""
    reason = await refusal(realtime, fault)
    assert told in reason
    assert reason.startswith("127.0.0.1:")
    assert KEY not in reason


async def test_a_server_that_says_nothing_is_given_up(realtime: RealtimeServer) -> None:
    """A human does not wait for a session that never begins."""
    with realtime.failing(silent), pytest.raises(Unavailable, match="began no session within"):
        await probe(realtime.base_url, KEY, "gpt-realtime", limit=0.2)


async def test_a_network_that_is_closed_is_told() -> None:
    """Nobody listens on that port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with pytest.raises(Unavailable, match=rf"127\.0\.0\.1:{port} cannot be reached \(ClientConnector"):
        await probe(f"http://127.0.0.1:{port}/v1", KEY, "gpt-realtime")


def test_a_voice_that_openai_does_not_have_is_not_asked_for(caplog: pytest.LogCaptureFixture) -> None:
    """OpenAI would refuse all other settings of the session with it; another server knows its own voices."""
    assert known_voice(OPENAI_URL, "coral") == "coral"
    assert known_voice(OPENAI_URL, "nobody") == "marin"
    assert "no realtime voice 'nobody'" in caplog.text
    assert known_voice("http://127.0.0.1:1/v1", "nobody") == "nobody"


async def test_without_a_key_nothing_is_sent(caplog: pytest.LogCaptureFixture) -> None:
    """OpenAI needs one; there is no model then, and the log says why."""
    async with realtime_model(load(AgentSettings, openai_api_key="", openai_base_url="", _env_file=None)) as model:
        assert model is None
    assert "OPENAI_API_KEY is not set" in caplog.text
