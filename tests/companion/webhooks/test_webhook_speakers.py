"""Whose yes it is, where several humans are heard: the one's who has heard the read-back, and nobody else's."""

from __future__ import annotations

import pytest
from livekit.agents import ConversationItemAddedEvent, llm

from mcp_voice_agent.learned import SPEAKER
from testkit.agent_settings import bare_environment, given
from testkit.chat_model import Call
from testkit.openai_server import openai_server
from testkit.tool_talk import ALICE, talk
from testkit.webhook_service import webhook_service

pytestmark = pytest.mark.anyio

EMAIL = Call("send_email", {"to": "bob@example.com", "subject": "Lunch tomorrow", "body": "At the lake?"})
CONFIRM = Call("confirm_action")


@pytest.mark.parametrize(("whose", "sent"), [(ALICE, 1), ("bob", 0), ("", 0)])
async def test_only_the_yes_of_whoever_heard_the_read_back_counts(
    monkeypatch: pytest.MonkeyPatch, whose: str, sent: int
) -> None:
    """Not that of somebody who spoke or typed meanwhile, nor one in words of several, whoever is linked now."""
    bare_environment(monkeypatch)
    speaker = [ALICE]

    def write_down(event: ConversationItemAddedEvent) -> None:
        if isinstance(event.item, llm.ChatMessage) and event.item.role == "user":
            event.item.extra[SPEAKER] = speaker[-1]

    async with openai_server() as server, webhook_service() as service:
        async with talk(given(webhook_url=service.url), server, service) as conversation:
            conversation.session.on("conversation_item_added", write_down)
            await conversation.hears("Mail Bob about lunch", EMAIL)
            speaker.append(whose)
            await conversation.hears("Yes, please.", CONFIRM, "Well.")
        assert len(service.received) == sent
