"""The recogniser is warmed before anybody speaks: its connection is open, and a server nearby has loaded its model."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from livekit import rtc
from livekit.agents import APIConnectOptions
from starlette.types import Receive, Scope, Send

from mcp_voice.room.engine import engine
from mcp_voice.settings import Settings
from mcp_voice.speech import openai_stt
from mcp_voice.speech.catalogue import choose, make_shared, make_stt
from mcp_voice.speech.child import ChildGone
from mcp_voice.speech.nearby import is_nearby
from mcp_voice.speech.pool import Pool
from testkit import faults
from testkit.openai_server import OpenAIServer
from testkit.serving import serving
from tests.speech.test_slow_recogniser import sound

pytestmark = pytest.mark.anyio

ONCE = APIConnectOptions(max_retry=0)


@dataclass(frozen=True)
class Provider:
    """A speech server, and which requests reached it on which connections (a client's port)."""

    server: OpenAIServer
    settings: Settings
    requests: list[tuple[str, str, int]]


@asynccontextmanager
async def provider(**changed: object) -> AsyncIterator[Provider]:
    """One that hears the same words in everything."""
    server = OpenAIServer()
    server.transcribe = lambda _pcm, _prompt, _language: "the second one"
    app, requests = server.app(), list[tuple[str, str, int]]()

    async def noting(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            requests.append((scope["method"], scope["path"], scope["client"][1]))
        await app(scope, receive, send)

    async with serving(noting) as port:
        url = f"http://127.0.0.1:{port}/v1"
        fields = {"stt": "openai/whisper-1", "tts": "openai/tts-1", "openai_base_url": url, "turn_detector": False}
        yield Provider(server, Settings(_env_file=None, **{**fields, **changed}), requests)  # type: ignore[arg-type]
        server.closing.set()


async def read_once(settings: Settings, *, spoken: rtc.AudioFrame) -> str:
    """Warm what all recognisers share, then have one read something."""
    choice = choose(settings, "stt")
    shared = make_shared(settings, choice)
    assert shared is not None
    recogniser = make_stt(settings, choice, shared)
    try:
        await shared.warm()
        event = await recogniser.recognize(spoken, conn_options=ONCE)
    finally:
        await recogniser.aclose()
        await shared.aclose()
    return event.alternatives[0].text


async def test_a_server_nearby_is_sent_silence_so_that_its_model_is_loaded_and_its_connection_open() -> None:
    """Local servers load their model at the first request; 14 s were seen between an answer and its words."""
    async with provider() as used:
        assert await read_once(used.settings, spoken=sound(2.0)) == "the second one"
        (warming, reading) = used.server.transcriptions.asked
        assert warming.audio_bytes < 17_000, "half a second, which nobody spoke"
        assert reading.audio_bytes > 60_000
        assert len({port for _, _, port in used.requests}) == 1, "the first words opened a connection of their own"


async def test_a_provider_elsewhere_is_sent_nothing_but_a_connection_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody's sound and no money: a request for nothing, whose connection the first words use."""
    monkeypatch.setattr(openai_stt, "is_nearby", lambda _url: False)
    async with provider() as used:
        assert await read_once(used.settings, spoken=sound(2.0)) == "the second one"
        assert len(used.server.transcriptions.asked) == 1
        assert [method for method, _, _ in used.requests] == ["HEAD", "POST"]
        assert len({port for _, _, port in used.requests}) == 1, "the first words opened a connection of their own"


@pytest.mark.parametrize("fault", [faults.status(500), faults.garbage], ids=["500", "garbage"])
async def test_a_warming_that_is_refused_fails_nothing(fault: faults.Fault) -> None:
    """The first words meet it again, and what they meet is told."""
    async with provider() as used, engine(used.settings) as running:
        with used.server.transcriptions.failing(fault):
            await running.prepare()
        assert [path for _, path, _ in used.requests].count("/v1/audio/transcriptions") == 1


async def test_a_warming_where_nothing_listens_fails_nothing() -> None:
    """A speech server that is started later than we are."""
    async with provider(stt_base_url="http://127.0.0.1:9/v1") as used, engine(used.settings) as running:
        await running.prepare()


async def test_an_offline_recogniser_that_cannot_be_started_beforehand_fails_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It ended the whole engine, chat and voice included."""

    async def gone(_: Pool) -> None:
        raise ChildGone("no memory")

    monkeypatch.setattr(Pool, "warm", gone)
    async with provider(stt="offline") as used, engine(used.settings) as running:
        await running.prepare()


@pytest.mark.parametrize(
    ("url", "nearby"),
    [
        ("http://127.0.0.1:8000/v1", True),
        ("http://localhost:8000/v1", True),
        ("http://[::1]:8000/v1", True),
        ("http://192.168.1.20/v1", True),
        ("http://100.64.3.2/v1", True),
        ("http://whisper:8000/v1", True),
        ("http://Speech.Local./v1", True),
        ("http://host.docker.internal:8000/v1", True),
        ("https://api.openai.com/v1", False),
        ("https://api.groq.com/openai/v1", False),
        ("https://8.8.8.8/v1", False),
        ("http://134744072/v1", False),
        ("http://0x08080808/v1", False),
        ("http://127.1/v1", True),
        ("https://notlocal/v1.local", True),
        ("https://evil.example/?localhost", False),
        ("", False),
    ],
)
def test_only_what_is_on_this_machine_or_in_its_network_is_nearby(url: str, nearby: bool) -> None:  # noqa: FBT001
    """A provider counts the seconds that it is sent."""
    assert is_nearby(url) is nearby
