"""Asking a provider again: one that hangs, refuses, is busy or is started anew."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import anyio
import pytest
from livekit.agents import APIError, APIStatusError, APITimeoutError
from livekit.agents.types import APIConnectOptions
from starlette.responses import JSONResponse, Response

from mcp_voice.speech import persistence
from mcp_voice.speech.openai_stt import ClosingSTT
from mcp_voice.speech.persistence import persistently, retry_after
from mcp_voice.tasks import owned_tasks
from testkit import faults
from testkit.faults import Answer
from testkit.openai_server import OpenAIServer, openai_server
from testkit.rig import LIMIT
from testkit.serving import serving
from testkit.waiting import until
from tests.speech.test_slow_recogniser import sound

pytestmark = pytest.mark.anyio


def busy(seconds: str, times: int = 1) -> faults.Fault:
    """Too many requests, so many times."""
    refused: list[Answer] = []

    async def answer(asked: Answer) -> Response:
        if len(refused) == times:
            return Response(asked.body, media_type=asked.media_type)
        refused.append(asked)
        return JSONResponse({"error": {"message": "busy"}}, status_code=429, headers={"retry-after": seconds})

    return answer


@asynccontextmanager
async def recogniser(base_url: str, *, seconds: float = 20.0) -> AsyncIterator[ClosingSTT]:
    """The one of OpenAI's protocol."""
    made = ClosingSTT(model="whisper-1", language="en", base_url=base_url, api_key="none", seconds=seconds)
    yield made
    await made.aclose()


@pytest.fixture
async def server() -> AsyncIterator[OpenAIServer]:
    """One that hears the same words in everything."""
    async with openai_server() as started:
        started.transcribe = lambda _pcm, _prompt, _language: "the second one"
        yield started


async def reads(made: ClosingSTT) -> str:
    """The words of a second of sound, by one request of LiveKit's."""
    event = await made.recognize(sound(1.0), conn_options=APIConnectOptions(max_retry=3, timeout=5.0))
    return event.alternatives[0].text


async def test_a_request_that_hangs_is_sent_again(server: OpenAIServer) -> None:
    """A model that is loaded at the first request answers the second at once."""
    async with recogniser(server.base_url, seconds=3.0) as made:
        with server.transcriptions.failing(first(faults.hung)):
            assert await reads(made) == "the second one"
    assert len(server.transcriptions.asked) == 2


def first(fault: faults.Fault) -> faults.Fault:
    """A fault of the first request only."""
    failed: list[Answer] = []

    async def answer(asked: Answer) -> Response:
        if failed:
            return Response(asked.body, media_type=asked.media_type)
        failed.append(asked)
        return await fault(asked)

    return answer


@pytest.mark.parametrize(
    "fault", [faults.status(500), faults.dropped, faults.garbage], ids=["status 500", "breaks off", "garbage"]
)
async def test_a_refusal_is_asked_about_once_more(fault: faults.Fault, server: OpenAIServer) -> None:
    """Once, whatever LiveKit's own retries are; then it is an error."""
    async with recogniser(server.base_url) as made:
        with server.transcriptions.failing(first(fault)):
            assert await reads(made) == "the second one"
        with server.transcriptions.failing(fault), pytest.raises(APIError):
            await reads(made)
    assert len(server.transcriptions.asked) == 4


async def test_a_recogniser_that_says_when_to_come_back_is_asked_then(server: OpenAIServer) -> None:
    """As often as it says so."""
    async with recogniser(server.base_url) as made:
        with server.transcriptions.failing(busy("0", times=3)):
            assert await reads(made) == "the second one"
    assert len(server.transcriptions.asked) == 4


async def test_a_recogniser_that_wants_to_be_asked_too_late_is_an_error_at_once(server: OpenAIServer) -> None:
    """Nobody waits an hour to be told so."""
    async with recogniser(server.base_url) as made:
        with (
            server.transcriptions.failing(busy("3600")),
            pytest.raises(APIStatusError),
        ):
            await reads(made)
    assert len(server.transcriptions.asked) == 1


def told_to_wait(value: str) -> APIStatusError:
    """As the plugin raises it, with the response in what it hides."""
    hidden = ValueError()
    hidden.response = Response(headers={"retry-after": value})  # type: ignore[attr-defined]
    error = APIStatusError("busy", status_code=429)
    error.__context__ = hidden
    return error


def test_when_to_come_back_is_read_in_both_forms_of_the_standard() -> None:
    """Seconds or a date (RFC 9110); anything else says nothing."""
    assert retry_after(told_to_wait("7")) == 7
    soon = retry_after(told_to_wait(format_datetime(datetime.now(UTC) + timedelta(seconds=9), usegmt=True)))
    assert soon is not None
    assert 6 < soon <= 9
    for value in ("", "soon", "-1", "1.5", "³"):
        assert retry_after(told_to_wait(value)) is None
    assert retry_after(APITimeoutError()) is None


@pytest.mark.parametrize(
    "value",
    [
        "1e309",
        "99999999999999999999",
        "9" * 5_000,
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "Fri, 31 Dec 9999 23:59:59 -2359",
        "Fri, 31 Dec 99999 23:59:59 GMT",
        "Mon, 01 Jan 0001 00:00:00 +2359",
        "Mon, 01 Jan 2026 00:00:00 +99999999999",
        "nan",
        "inf",
    ],
)
async def test_a_provider_that_wants_to_be_asked_at_the_end_of_time_is_not_waited_for(value: str) -> None:
    """What it answered is the error, at once, or after the one more try that any refusal gets."""
    asked = 0

    async def ask() -> str:
        nonlocal asked
        asked += 1
        raise told_to_wait(value)

    with anyio.fail_after(10), pytest.raises(APIStatusError):
        await persistently(ask, seconds=3.0)
    assert 1 <= asked <= 6


async def test_a_service_that_is_started_again_is_waited_for(
    server: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its port is closed for a moment; what was said meanwhile is read once it is back."""
    monkeypatch.setattr(persistence, "STARTING_PAUSES", (0.05,) * 40)
    async with serving(server.app()) as port:
        address = f"http://127.0.0.1:{port}/v1"
    async with recogniser(address) as made, owned_tasks() as tasks:
        words: list[str] = []

        async def read() -> None:
            words.append(await reads(made))

        tasks.start_soon(read)
        await anyio.sleep(0.2)
        assert not words
        async with serving(server.app(), port=port):
            await until(lambda: words, limit=LIMIT)
    assert words == ["the second one"]


async def test_nothing_is_asked_for_longer_than_is_set() -> None:
    """A recogniser that always hangs is an error at its time."""
    asked: list[float] = []

    async def hang() -> None:
        asked.append(time.monotonic())
        await anyio.sleep_forever()

    began = time.monotonic()
    with pytest.raises(TimeoutError):
        await persistently(hang, seconds=0.4)
    assert len(asked) == 2
    assert time.monotonic() - began >= 0.35
