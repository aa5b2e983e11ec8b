"""The tools with a realtime model: the same read-back, by a voice of ours or else by the model's own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from livekit.agents import NOT_GIVEN, AgentSession
from livekit.plugins import openai

from testkit.agent_settings import bare_environment, given
from testkit.chat_model import Call
from testkit.clip_match import ClipMatch
from testkit.loudspeaker import Loudspeaker
from testkit.realtime_server import realtime_server
from testkit.stubs import StubTTS
from testkit.tool_talk import Script, Talk, talk_in
from testkit.webhook_service import webhook_service

pytestmark = pytest.mark.anyio

EMAIL = Call("send_email", {"to": "bob@example.com", "subject": "Lunch", "body": "At the lake?"})
CONFIRM = Call("confirm_action")
READ_BACK = "E-mail to bob at example dot com, subject: Lunch. Shall I send it?"


@asynccontextmanager
async def conversation(*, voice: StubTTS | None) -> AsyncIterator[Talk]:
    """A conversation with a realtime model, with a voice of ours beside it or without."""
    script = Script()
    async with realtime_server(ClipMatch()) as server, webhook_service() as service, aiohttp.ClientSession() as http:
        server.reply = script
        model = openai.realtime.RealtimeModel(
            base_url=server.base_url, api_key="made-up", turn_detection=None, http_session=http
        )
        session = AgentSession[None](llm=model, tts=voice or NOT_GIVEN)
        session.output.audio = Loudspeaker()
        async with talk_in(session, given(webhook_url=service.url), script, service) as started:
            yield started


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is set but what a test sets."""
    bare_environment(monkeypatch)


async def test_a_realtime_model_sends_after_a_yes_too() -> None:
    """The read-back is said by a voice of ours, word for word."""
    voice = StubTTS()
    async with conversation(voice=voice) as talking:
        await talking.hears("Mail Bob", EMAIL)
        assert " ".join(voice.texts) == READ_BACK
        assert talking.service.received == []
        await talking.hears("Yes", CONFIRM, "Sent.")
        assert len(talking.service.received) == 1


async def test_a_realtime_model_alone_reads_back_itself() -> None:
    """It is told what to say; that it said it is what counts."""
    async with conversation(voice=None) as talking:
        await talking.hears("Mail Bob", EMAIL, READ_BACK)
        await talking.hears("Yes", CONFIRM, "Sent.")
        assert len(talking.service.received) == 1


async def test_a_realtime_model_that_reads_back_something_else_sends_nothing() -> None:
    """A yes to other words is no yes to this e-mail."""
    async with conversation(voice=None) as talking:
        await talking.hears("Mail Bob", EMAIL, "Shall I send it?")
        await talking.hears("Yes", CONFIRM, "Sorry.")
        assert talking.service.received == []
