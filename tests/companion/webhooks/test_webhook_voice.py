"""Reading back aloud: what a human was not let hear, they cannot have said yes to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import anyio
import pytest
from livekit.agents.voice.run_result import RunResult

from testkit.agent_settings import bare_environment, given
from testkit.chat_model import Call
from testkit.loudspeaker import Loudspeaker
from testkit.openai_server import openai_server
from testkit.tool_talk import LIMIT, Talk, talk
from testkit.webhook_service import webhook_service

pytestmark = pytest.mark.anyio

EMAIL = Call("send_email", {"to": "bob@example.com", "subject": "Lunch tomorrow", "body": "At the lake?"})
CONFIRM = Call("confirm_action")


@pytest.fixture
def loudspeaker() -> Loudspeaker:
    """What the human hears."""
    return Loudspeaker()


@pytest.fixture
async def conversation(loudspeaker: Loudspeaker, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Talk]:
    """A conversation with the tools, spoken."""
    bare_environment(monkeypatch)
    async with (
        openai_server() as server,
        webhook_service() as service,
        talk(given(webhook_url=service.url), server, service, loudspeaker=loudspeaker) as started,
    ):
        yield started


async def cut_off(conversation: Talk, loudspeaker: Loudspeaker, heard: str) -> None:
    """Have the e-mail read back, and interrupt after these words."""
    loudspeaker.cut_after = heard
    conversation.script.then(EMAIL)
    run: RunResult[Any] = conversation.session.run(user_input="Mail Bob about lunch")
    with anyio.fail_after(LIMIT):
        await loudspeaker.playing.wait()
        await conversation.session.interrupt()
        await run
    assert conversation.said() == [heard]


async def test_a_yes_into_the_middle_of_the_read_back_sends_nothing(
    conversation: Talk, loudspeaker: Loudspeaker
) -> None:
    """They have not heard the subject; it is read back anew."""
    await cut_off(conversation, loudspeaker, "E-mail to bob at example dot com,")
    await conversation.hears("Yes", CONFIRM, EMAIL)
    assert conversation.service.received == []
    assert "has not just heard all of it" in conversation.script.results[-1]
    assert conversation.said()[-1].startswith("E-mail to bob at example dot com, subject: Lunch tomorrow.")
    await conversation.hears("Yes", CONFIRM, "Sent.")
    assert len(conversation.service.received) == 1


async def test_a_yes_into_the_last_words_of_the_read_back_counts(conversation: Talk, loudspeaker: Loudspeaker) -> None:
    """Somebody who knows what the question will be need not hear it out."""
    await cut_off(conversation, loudspeaker, "E-mail to bob at example dot com, subject: Lunch tomorrow. Shall I")
    await conversation.hears("Yes", CONFIRM, "Sent.")
    assert len(conversation.service.received) == 1
