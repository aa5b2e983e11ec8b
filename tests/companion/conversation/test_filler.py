"""A sentence while a tool takes long, in a conversation with LiveKit's session, its plugin and a real webhook."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractContextManager
from typing import Any

import aiohttp
import anyio
import pytest
from livekit.agents import AgentSession, SpeechCreatedEvent, UserStateChangedEvent
from livekit.agents.voice import SpeechHandle
from livekit.agents.voice.run_result import RunResult
from livekit.plugins import openai

from mcp_voice_agent.conversation.filler import filling
from testkit.agent_settings import bare_environment, given
from testkit.chat_model import Call
from testkit.clip_match import ClipMatch
from testkit.loudspeaker import Loudspeaker
from testkit.openai_server import openai_server
from testkit.realtime_server import realtime_server
from testkit.stubs import StubTTS
from testkit.tool_talk import LIMIT, Script, Talk, talk, talk_in
from testkit.waiting import until
from testkit.webhook_service import webhook_service

pytestmark = pytest.mark.anyio

QUERY = Call("query_database", {"query": "who is on call"})
FILLER = "One moment, please."
SECONDS = 1.2


class Clock:
    """Its time passes when a test says so."""

    def __init__(self) -> None:
        self.awaited: list[float] = []
        """How long each sleep is to be, that has not ended."""
        self._passed = anyio.Event()

    async def sleep(self, seconds: float) -> None:
        """As ``anyio.sleep``."""
        self.awaited.append(seconds)
        try:
            await self._passed.wait()
        finally:
            self.awaited.remove(seconds)

    async def passes(self) -> None:
        """Let every sleep end, once somebody sleeps."""
        await until(lambda: bool(self.awaited), limit=LIMIT)
        self._passed.set()
        self._passed = anyio.Event()
        await until(lambda: not self.awaited, limit=LIMIT)


@pytest.fixture
def clock() -> Clock:
    """Of the fillers."""
    return Clock()


@pytest.fixture
async def conversation(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> AsyncIterator[Talk]:
    """A conversation that is spoken, with a filler after 1.2 s of the clock."""
    bare_environment(monkeypatch)
    async with openai_server() as server, webhook_service() as service:
        settings = given(webhook_url=service.url, agent_filler_seconds=SECONDS)
        async with (
            talk(settings, server, service, loudspeaker=Loudspeaker()) as started,
            filling(started.session, started.room, settings, sleep=clock.sleep),
        ):
            yield started


def heard(conversation: Talk) -> list[str]:
    """What the voice was given to say."""
    voice = conversation.session.tts
    assert isinstance(voice, StubTTS)
    return [text.strip() for text in voice.texts]


def fillers(conversation: Talk) -> list[SpeechHandle]:
    """What is said from now on that no model says."""
    handles: list[SpeechHandle] = []

    def on_speech(event: SpeechCreatedEvent) -> None:
        if event.source == "say":
            handles.append(event.speech_handle)

    conversation.session.on("speech_created", on_speech)
    return handles


def asked(conversation: Talk) -> tuple[RunResult[Any], AbstractContextManager[None]]:
    """Have the human ask something that is looked up, and the answer held up while the block lasts."""
    held = conversation.service.holding()
    conversation.script.then(QUERY, "Bob is.")
    return conversation.session.run(user_input="Who is on call?"), held


async def test_a_tool_that_takes_long_is_bridged_by_one_sentence(conversation: Talk, clock: Clock) -> None:
    """Once, and then the answer follows; the language model does not see it."""
    run, held = asked(conversation)
    with held, anyio.fail_after(LIMIT):
        await until(lambda: clock.awaited == [SECONDS], limit=LIMIT)
        await clock.passes()
        await until(lambda: FILLER in heard(conversation), limit=LIMIT)
        await until(lambda: conversation.session.agent_state != "speaking", limit=LIMIT)
        assert clock.awaited == []
    with anyio.fail_after(LIMIT):
        await run
    assert heard(conversation) == [FILLER, "Bob is."]
    assert FILLER not in conversation.said()


async def test_a_tool_that_is_quick_is_not(conversation: Talk, clock: Clock) -> None:
    """The answer itself comes sooner."""
    slept: list[float] = []
    conversation.session.on("tool_execution_updated", lambda _: slept.extend(clock.awaited))
    await conversation.hears("Who is on call?", QUERY, "Bob is.")
    assert slept == [SECONDS]
    assert clock.awaited == []
    assert heard(conversation) == ["Bob is."]


async def test_a_sentence_of_which_nothing_was_heard_yet_is_dropped_when_the_tool_returns(
    conversation: Talk, clock: Clock
) -> None:
    """The answer need not wait for it."""
    voice = conversation.session.tts
    assert isinstance(voice, StubTTS)
    voice.first_byte = 5.0
    said_of_our_own = fillers(conversation)
    run, held = asked(conversation)
    with held:
        await clock.passes()
        await until(lambda: heard(conversation) == [FILLER], limit=LIMIT)
        voice.first_byte = 0.0
    with anyio.fail_after(LIMIT):
        await run
    assert [each.interrupted for each in said_of_our_own] == [True]
    assert [text.strip() for text in conversation.said()] == ["Bob is."]


async def test_nothing_is_said_while_somebody_else_has_the_floor(conversation: Talk, clock: Clock) -> None:
    """The human listens to another agent; once they are done the tool may still be at it."""
    conversation.room.take()
    said_of_our_own = fillers(conversation)
    run, held = asked(conversation)
    with held:
        await clock.passes()
        with pytest.raises(TimeoutError):
            await until(lambda: said_of_our_own, limit=0.1)
        conversation.room.give_back()
        await until(lambda: heard(conversation) == [FILLER], limit=LIMIT)
    with anyio.fail_after(LIMIT):
        await run


async def test_nothing_is_said_where_somebody_has_spoken_meanwhile(conversation: Talk, clock: Clock) -> None:
    """Nobody thinks that the line is dead then."""
    said_of_our_own = fillers(conversation)
    run, held = asked(conversation)
    with held:
        await until(lambda: bool(conversation.service.received), limit=LIMIT)
        spoke = UserStateChangedEvent(old_state="listening", new_state="speaking")
        conversation.session.emit("user_state_changed", spoke)
        await clock.passes()
        with pytest.raises(TimeoutError):
            await until(lambda: said_of_our_own, limit=0.1)
    with anyio.fail_after(LIMIT):
        await run


async def test_a_realtime_models_tools_are_bridged_too(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    """By the pipeline's voice, which says what is ours word for word."""
    bare_environment(monkeypatch)
    script = Script()
    async with realtime_server(ClipMatch()) as server, webhook_service() as service, aiohttp.ClientSession() as http:
        server.reply = script
        settings = given(webhook_url=service.url, agent_filler_seconds=SECONDS)
        model = openai.realtime.RealtimeModel(
            base_url=server.base_url, api_key="made-up", turn_detection=None, http_session=http
        )
        session = AgentSession[None](llm=model, tts=StubTTS())
        session.output.audio = Loudspeaker()
        async with (
            talk_in(session, settings, script, service) as started,
            filling(session, started.room, settings, sleep=clock.sleep),
        ):
            run, held = asked(started)
            with held, anyio.fail_after(LIMIT):
                await clock.passes()
                await until(lambda: heard(started) == [FILLER], limit=LIMIT)
            with anyio.fail_after(LIMIT):
                await run
            assert "".join(started.said()).strip() == "Bob is."


async def test_an_empty_sentence_is_none(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    """Silence is what some want."""
    bare_environment(monkeypatch)
    async with openai_server() as server, webhook_service() as service:
        settings = given(webhook_url=service.url, agent_filler="", agent_filler_seconds=SECONDS)
        async with (
            talk(settings, server, service, loudspeaker=Loudspeaker()) as started,
            filling(started.session, started.room, settings, sleep=clock.sleep),
        ):
            run, held = asked(started)
            with held:
                await until(lambda: bool(service.received), limit=LIMIT)
                assert clock.awaited == []
            await run
            assert heard(started) == ["Bob is."]
