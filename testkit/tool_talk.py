"""A typed conversation with the voice tools: LiveKit's session and its openai plugin, a model that a test scripts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal

import anyio
from livekit.agents import NOT_GIVEN, Agent, AgentSession
from livekit.agents.voice.run_result import RunResult
from livekit.plugins import openai

from mcp_voice_agent.settings import AgentSettings
from mcp_voice_agent.webhooks import voice_tools
from testkit.chat_model import Call, Message, text_of
from testkit.loudspeaker import Loudspeaker
from testkit.openai_server import OpenAIServer
from testkit.stubs import StubTTS
from testkit.webhook_service import WebhookService

__all__ = ["LIMIT", "Script", "Talk", "talk", "talk_in"]

ALICE = "alice"
LIMIT = 20.0


class Script:
    """What the model says, one entry for each time it is asked; then nothing more than "Fine."."""

    def __init__(self) -> None:
        self.told: list[list[Message]] = []
        """What it was asked with, each time."""
        self._next: list[str | Call] = []

    def then(self, *said: str | Call) -> None:
        """Say this next."""
        self._next.extend(said)

    def __call__(self, messages: list[Message]) -> str | Call:
        """Say what is next."""
        self.told.append(messages)
        return self._next.pop(0) if self._next else "Fine."

    @property
    def results(self) -> list[str]:
        """The results of all tools in the order in which they were shown to the model."""
        return [text_of(message) for message in (self.told[-1] if self.told else []) if message["role"] == "tool"]


class Room:
    """Who has the floor, and who is there."""

    def __init__(self) -> None:
        self.human = ALICE
        self._free = anyio.Event()
        self._free.set()

    async def free(self) -> None:
        """Wait until nobody else has the floor."""
        await self._free.wait()

    def take(self) -> None:
        """Somebody else has the floor."""
        self._free = anyio.Event()

    def give_back(self) -> None:
        """Nobody has it any more."""
        self._free.set()


class Talk:
    """The conversation while it lasts."""

    def __init__(self, session: AgentSession[None], script: Script, service: WebhookService, room: Room) -> None:
        self.session = session
        self.script = script
        self.service = service
        self.room = room

    async def hears(self, text: str, *then: str | Call) -> RunResult[Any]:
        """Have the human say this, upon which the model says that; wait until all is said."""
        self.script.then(*then)
        with anyio.fail_after(LIMIT):
            return await self.session.run(user_input=text)

    def said(self) -> list[str]:
        """All that the human has heard."""
        messages = [item for item in self.session.history.items if item.type == "message"]
        return [message.text_content or "" for message in messages if message.role == "assistant"]


@asynccontextmanager
async def talk(
    settings: AgentSettings,
    server: OpenAIServer,
    service: WebhookService,
    *,
    allowed: tuple[str, ...] | Literal["reading"] | None = None,
    loudspeaker: Loudspeaker | None = None,
) -> AsyncIterator[Talk]:
    """Converse while the block lasts; with a loudspeaker what the agent says is spoken, without one it is written."""
    script = Script()
    server.reply = script
    model = openai.LLM(model="gpt-4.1-mini", base_url=server.base_url, api_key="made-up", max_retries=0)
    session = AgentSession[None](llm=model, tts=StubTTS() if loudspeaker else NOT_GIVEN)
    session.output.audio = loudspeaker
    try:
        async with talk_in(session, settings, script, service, allowed=allowed) as talking:
            yield talking
    finally:
        await model.aclose()


@asynccontextmanager
async def talk_in(
    session: AgentSession[None],
    settings: AgentSettings,
    script: Script,
    service: WebhookService,
    *,
    allowed: tuple[str, ...] | Literal["reading"] | None = None,
) -> AsyncIterator[Talk]:
    """Converse in a session of any kind while the block lasts."""
    room = Room()
    async with (
        voice_tools(
            settings,
            room_name="lobby",
            identity=lambda: room.human,
            floor=room,
            session=session,
            allowed=allowed,
        ) as tools,
        session,
    ):
        await session.start(Agent(instructions="Use the tools.", tools=tools))
        yield Talk(session, script, service, room)
