"""A realtime model that breaks in mid-call: the pipeline takes over, and knows what was said."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import anyio
import pytest
from livekit.agents import AgentSession, function_tool, llm, utils

from mcp_voice.settings import load
from mcp_voice_agent.conversation.companion import APOLOGY, Companion
from mcp_voice_agent.conversation.handover import Handover, Predecessor, handed_over, handing_over
from mcp_voice_agent.conversation.hold import Hold
from mcp_voice_agent.learned import Asked, learned
from mcp_voice_agent.models.llm import make_llms
from mcp_voice_agent.models.realtime import realtime_model
from mcp_voice_agent.settings import AgentSettings
from testkit.chat_model import Call, Message, text_of
from testkit.clip_match import ClipMatch
from testkit.openai_server import OpenAIServer, openai_server
from testkit.realtime_server import RealtimeServer, realtime_server
from testkit.realtime_session import Step
from testkit.rig import LIMIT
from testkit.waiting import until

pytestmark = pytest.mark.anyio


@pytest.fixture
async def speech(anyio_backend: str) -> AsyncIterator[OpenAIServer]:
    """The language model of the pipeline."""
    async with openai_server() as server:
        yield server


@pytest.fixture
async def realtime(anyio_backend: str) -> AsyncIterator[RealtimeServer]:
    """A realtime server that knows no words: here people type."""
    async with realtime_server(ClipMatch([])) as server:
        yield server


@function_tool
async def look_up(what: str) -> str:
    """Look something up."""
    return f"{what}: nine"


async def nothing(*_: object) -> None:
    """Nobody takes the floor here."""


@asynccontextmanager
async def conversation(
    speech: OpenAIServer, realtime: RealtimeServer, greeting: str = "", tools: Sequence[llm.Tool] = ()
) -> AsyncIterator[Talk]:
    """The worker's conversation without its room."""
    settings = load(
        AgentSettings, _env_file=None,
        agent_llm="openai/gpt-4.1-mini", openai_base_url=speech.base_url, realtime_base_url=realtime.base_url,
    )  # fmt: skip
    floor = Hold(nothing, nothing, nothing)

    def companion(predecessor: Predecessor | None = None, model: llm.RealtimeModel | None = None) -> Companion:
        return Companion(
            instructions="Be kind.",
            greeting=greeting,
            floor=floor,
            tools=[*tools],
            predecessor=predecessor,
            realtime=model,
        )

    async with utils.http_context.open(), realtime_model(settings) as model, make_llms(settings)[0] as pipeline:
        session = AgentSession[None](llm=pipeline)
        async with session, handing_over(session, companion) as handover:
            await session.start(companion(model=model), record=False)
            yield Talk(session, handover)


def turns(messages: tuple[dict[str, Any], ...]) -> list[tuple[str, str]]:
    """Who said what, as a language model was told."""
    return [(message["role"], text_of(message)) for message in messages if message["role"] != "system"]


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation."""

    session: AgentSession[None]
    handover: Handover

    @property
    def said(self) -> list[str]:
        """What the companion has said so far, whichever model it came from."""
        texts = [
            message.text_content or "" for message in self.session.history.messages() if message.role == "assistant"
        ]
        return [text.strip() for text in texts]

    async def type(self, text: str) -> None:
        """Take a turn, as the worker does with chat messages, and wait for its answer."""
        before = len(self.said)
        await self.handover.settled()
        self.session.generate_reply(user_input=text)
        await until(lambda: len(self.said) > before, limit=LIMIT)

    async def left(self) -> None:
        """Wait until the model has been left."""
        with anyio.fail_after(LIMIT):
            await self.handover.broken.wait()


async def test_the_pipeline_knows_what_was_said_and_does_not_greet_again(
    speech: OpenAIServer, realtime: RealtimeServer, caplog: pytest.LogCaptureFixture
) -> None:
    """The connection breaks while nobody speaks; both sides' turns are carried over."""
    async with conversation(speech, realtime, "Good day.") as talk:
        await until(lambda: talk.said == ["Good day."], limit=LIMIT)
        await talk.type("One")
        realtime.hang_up()
        await talk.left()
        await talk.type("Two")
        assert talk.said == ["Good day.", "You said: One", "You said: Two"]
    assert turns(speech.chat.asked[0].messages) == [
        ("assistant", "Good day."), ("user", "One"), ("assistant", "You said: One"), ("user", "Two"),
    ]  # fmt: skip
    assert len(realtime.asked) == 2
    assert "OpenAI Realtime API connection closed unexpectedly" in caplog.text


async def test_a_turn_just_when_it_breaks_is_answered(speech: OpenAIServer, realtime: RealtimeServer) -> None:
    """It goes to a connection that nobody knows to be broken, and is not lost there."""
    async with conversation(speech, realtime) as talk:
        await talk.type("One")
        realtime.hang_up()
        await talk.type("Two")
        assert talk.said == ["You said: One", "You said: Two"]
    assert [turns(asked.messages)[-1] for asked in speech.chat.asked] == [("user", "Two")]


@pytest.mark.parametrize("step", ["answer", "speak"])
async def test_a_turn_whose_answer_broke_is_answered_by_the_pipeline(
    speech: OpenAIServer, realtime: RealtimeServer, step: Step
) -> None:
    """Nobody has to say it again, whether the connection breaks or the model fails on this one answer."""
    async with conversation(speech, realtime) as talk:
        await talk.type("One")
        realtime.breaks = step
        await talk.type("Two")
        await talk.type("Three")
        assert talk.said == ["You said: One", "You said: Two", "You said: Three"]
    assert [turns(asked.messages)[-1] for asked in speech.chat.asked] == [("user", "Two"), ("user", "Three")]


async def test_a_model_that_may_not_go_on_is_left(
    speech: OpenAIServer, realtime: RealtimeServer, caplog: pytest.LogCaptureFixture
) -> None:
    """The account runs out of credit; an error that costs nothing, on the other hand, ends nothing."""
    async with conversation(speech, realtime) as talk:
        await realtime.sessions[-1].fail({}, "item_truncate_invalid_item_id", "There is no such item.")
        await talk.type("One")
        assert len(realtime.asked) == 1
        await realtime.sessions[-1].fail({}, "insufficient_quota", "No credit for sk-secret.")
        await talk.left()
        await talk.type("Two")
    assert len(speech.chat.asked) == 1
    assert "(insufficient_quota)" in caplog.text


async def test_what_tools_have_done_is_carried_over(speech: OpenAIServer, realtime: RealtimeServer) -> None:
    """The realtime model calls a tool; the pipeline's model sees the call and its result."""

    def call_once(messages: list[Message]) -> str | Call:
        return "Nine." if messages[-1]["role"] == "tool" else Call("look_up", {"what": "the time"})

    realtime.reply = call_once
    async with conversation(speech, realtime, tools=[look_up]) as talk:
        await talk.type("What time is it?")
        assert talk.said == ["Nine."]
        realtime.hang_up()
        await talk.type("Two")
    told = speech.chat.asked[-1].messages
    (called,) = [message["tool_calls"][0]["function"] for message in told if message.get("tool_calls")]
    assert called == {"name": "look_up", "arguments": '{"what": "the time"}'}
    assert [text_of(message) for message in told if message["role"] == "tool"] == ["the time: nine"]


async def test_what_another_agent_was_answered_is_known_and_not_answered_again(
    speech: OpenAIServer, realtime: RealtimeServer
) -> None:
    """Both models know it; the one that takes over does not take it for a turn that nobody has answered."""
    async with conversation(speech, realtime) as talk:
        await talk.type("One")
        agent = talk.session.current_agent
        assert isinstance(agent, Companion)
        await agent.learn(Asked("What time is it?", "Nine.", "alice"))
        await talk.type("Two")
        await agent.learn(Asked("Which day?", "Monday.", "alice"))
        realtime.hang_up()
        await talk.left()
        await talk.type("Three")
    known = [
        ("user", "One"), ("assistant", "You said: One"), ("user", learned(Asked("What time is it?", "Nine.", "alice"))),
        ("user", "Two"),
    ]  # fmt: skip
    assert turns(realtime.asked[-1].messages) == known
    (asked,) = speech.chat.asked
    assert turns(asked.messages) == [
        *known, ("assistant", "You said: Two"), ("user", learned(Asked("Which day?", "Monday.", "alice"))),
        ("user", "Three"),
    ]  # fmt: skip


async def test_the_pipeline_says_sorry_for_words_that_were_lost(speech: OpenAIServer, realtime: RealtimeServer) -> None:
    """Whoever spoke just when it broke is asked to say it again, instead of silence."""
    async with conversation(speech, realtime) as talk:
        await talk.type("One")
        talk.session.current_agent._chat_ctx.items.append(llm.ChatMessage(role="user", content=[]))
        realtime.hang_up()
        await until(lambda: speech.chat.asked, limit=LIMIT)
    assert text_of(speech.chat.asked[0].messages[-1]) == APOLOGY


def test_an_answer_that_nobody_has_heard_is_owed() -> None:
    """The model had begun it, and broke before its first word."""
    chat_ctx = llm.ChatContext.empty()
    chat_ctx.add_message(role="user", content="One")
    chat_ctx.items.append(llm.ChatMessage(role="assistant", content=[]))
    assert handed_over(chat_ctx).due == "answer"


def test_what_was_said_long_ago_is_not_answered() -> None:
    """It was passed over on purpose, or everybody has forgotten it."""
    chat_ctx = llm.ChatContext.empty()
    chat_ctx.add_message(role="user", content="One", created_at=time.time() - 60)
    assert handed_over(chat_ctx).due == "nothing"
