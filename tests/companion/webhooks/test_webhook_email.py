"""``send_email``: nothing leaves before a human has heard recipient and subject and has said yes to them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from livekit.agents import ConversationItemAddedEvent
from livekit.agents.voice.run_result import RunResult

from mcp_voice_agent.learned import Asked, learned, remembered
from mcp_voice_agent.webhooks.consent import consent
from testkit.agent_settings import given
from testkit.chat_model import Call
from testkit.openai_server import OpenAIServer
from testkit.tool_talk import Talk, talk
from testkit.waiting import until
from testkit.webhook_service import WebhookService
from tests.companion.webhooks.webhook_talk import CONFIRM, bare, server, service

__all__ = ["bare", "server", "service"]

pytestmark = pytest.mark.anyio

SECRET = "Bearer s3cret-7f"
READ_BACK = "E-mail to bob at example dot com, subject: Lunch tomorrow. Shall I send it?"
BODY = "Shall we meet at the lake?"


def email(to: str = "bob@example.com", subject: str = "Lunch tomorrow", body: str = BODY, cc: Any = None) -> Call:
    """The model prepares an e-mail."""
    return Call("send_email", {"to": to, "subject": subject, "body": body} | ({} if cc is None else {"cc": cc}))


@pytest.fixture
async def conversation(server: OpenAIServer, service: WebhookService) -> AsyncIterator[Talk]:
    """A conversation with the tools."""
    settings = given(webhook_url=service.url, webhook_secret=SECRET)
    async with talk(settings, server, service) as started:
        yield started


def audit(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    """Tool and outcome of each line of the audit log."""
    lines = [record.__dict__ for record in caplog.records if record.name == "mcp_voice.audit"]
    return [(line["tool"], line["outcome"]) for line in lines]


async def test_an_email_is_read_back_and_sent_once_after_a_yes(
    conversation: Talk, caplog: pytest.LogCaptureFixture
) -> None:
    """The tool itself says whom it goes to and what about, and what it posts is what was read back."""
    result = await conversation.hears("Mail Bob about lunch", email("bob at example dot com"))
    result.expect.next_event().is_function_call(name="send_email")
    result.expect.next_event().is_function_call_output(is_error=False)
    result.expect.next_event().is_message(role="assistant")
    result.expect.no_more_events()
    assert conversation.said() == [READ_BACK]
    assert conversation.service.received == []
    result = await conversation.hears("Yes, please.", CONFIRM, "It is sent.")
    result.expect.next_event().is_function_call(name="confirm_action")
    result.expect.next_event().is_function_call_output(is_error=False)
    result.expect.next_event().is_message(role="assistant")
    (sent,) = conversation.service.received
    assert (sent.method, sent.path) == ("POST", "/webhook/execute-gmail")
    assert sent.body == {"to": "bob@example.com", "subject": "Lunch tomorrow", "body": BODY}
    assert sent.headers["authorization"] == SECRET
    assert len(sent.key) == 32
    await conversation.hears("And again", CONFIRM, CONFIRM)
    assert len(conversation.service.received) == 1
    assert audit(caplog)[:2] == [("send_email", "read back"), ("send_email", "ok")]


@pytest.mark.parametrize(
    "copies", [["carol@example.com", "dave at example dot org"], "carol@example.com; dave@example.org, "]
)
async def test_who_gets_a_copy_is_read_back_and_sent_along(conversation: Talk, copies: Any) -> None:
    """A yes is for everybody whom it goes to, each once, however the model writes the list."""
    await conversation.hears("Mail Bob, copy to Carol and Dave", email(cc=copies))
    (said,) = conversation.said()
    assert said == READ_BACK.replace(", s", ", with a copy to carol at example dot com, dave at example dot org, s")
    await conversation.hears("Yes, send it to Bob and Carol.", CONFIRM, "Sent.")
    (sent,) = conversation.service.received
    assert sent.body["cc"] == "carol@example.com, dave@example.org"


@pytest.mark.parametrize("copies", [[], "", ["bob@example.com"], [" "]])
async def test_without_anybody_to_copy_nothing_is_said_of_it(conversation: Talk, copies: Any) -> None:
    """Models fill in what they need not; whom it goes to anyway needs no copy."""
    await conversation.hears("Mail Bob about lunch", email(cc=copies))
    assert conversation.said() == [READ_BACK]
    await conversation.hears("Yes", CONFIRM, "Sent.")
    assert "cc" not in conversation.service.received[0].body


async def test_a_copy_added_behind_a_yes_waits_for_another(conversation: Talk) -> None:
    """The model hears yes and adds somebody: that is not what the human agreed to."""
    await conversation.hears("Mail Bob about lunch", email())
    await conversation.hears("Yes", email(cc="eve@example.com"), CONFIRM)
    assert conversation.service.received == []
    assert "with a copy to eve" in conversation.said()[-1]


async def test_a_no_sends_nothing_even_if_the_model_insists(
    conversation: Talk, caplog: pytest.LogCaptureFixture
) -> None:
    """The human's word stands above the model's."""
    await conversation.hears("Mail Bob about lunch", email())
    result = await conversation.hears("No, better not.", CONFIRM, "All right.")
    result.expect.contains_function_call_output(is_error=True)
    await conversation.hears("Yes, thank you.", CONFIRM, "Fine.")
    assert conversation.service.received == []
    assert ("send_email", "declined") in audit(caplog)
    assert ("send_email", "ok") not in audit(caplog)


async def test_a_model_that_confirms_by_itself_sends_nothing(conversation: Talk) -> None:
    """It asks for the sending before anything was prepared, and again right after, without a human's word."""
    await conversation.hears("Mail Bob about lunch", CONFIRM, email(), CONFIRM, CONFIRM)
    assert READ_BACK in conversation.said()
    assert conversation.service.received == []
    assert all(result.startswith("N") for result in conversation.script.results)


async def test_a_yes_before_the_read_back_is_no_yes_to_it(conversation: Talk) -> None:
    """What a human said before they heard what it is about cannot be meant for it."""
    await conversation.hears("Yes, send it, just mail Bob!", email(), CONFIRM)
    assert conversation.service.received == []


@pytest.mark.parametrize(
    "said", ["Yes, but make it dinner.", "Who is Bob?", "Change the subject to dinner", "Yes, and copy Carol", "Hm."]
)
async def test_anything_but_a_plain_yes_sends_nothing(conversation: Talk, said: str) -> None:
    """A wish, a question or a sound is not what a human would call a yes."""
    await conversation.hears("Mail Bob about lunch", email())
    await conversation.hears(said, CONFIRM, "Sorry?")
    assert conversation.service.received == []
    assert conversation.script.results[-1].startswith("Nothing was done")


async def test_a_changed_email_is_read_back_anew(conversation: Talk) -> None:
    """A yes to the old one does not count for the new one."""
    await conversation.hears("Mail Bob about lunch", email())
    await conversation.hears("Make it dinner", email(subject="Dinner"), CONFIRM)
    assert conversation.said()[-1] == "E-mail to bob at example dot com, subject: Dinner. Shall I send it?"
    assert conversation.service.received == []
    await conversation.hears("Yes, go ahead.", CONFIRM, "Sent.")
    assert [sent.body["subject"] for sent in conversation.service.received] == ["Dinner"]


async def test_an_email_changed_behind_a_yes_waits_for_another(conversation: Talk) -> None:
    """The model hears yes, changes the recipient, and sends: that is not what the human agreed to."""
    await conversation.hears("Mail Bob about lunch", email())
    await conversation.hears("Yes", email(to="mallory@example.com"), CONFIRM)
    assert conversation.service.received == []
    assert "mallory" in conversation.said()[-1]


async def test_two_emails_are_settled_one_after_the_other(conversation: Talk) -> None:
    """One yes cannot be meant for two."""
    await conversation.hears("Mail Bob, and Carol too", email())
    await conversation.hears("Yes", CONFIRM, email(to="carol@example.com"))
    assert [sent.body["to"] for sent in conversation.service.received] == ["bob@example.com"]
    await conversation.hears("Yes", CONFIRM, "Both are sent.")
    first, second = conversation.service.received
    assert second.body["to"] == "carol@example.com"
    assert first.key != second.key


async def test_a_yes_that_another_agent_tells_of_sends_nothing(conversation: Talk) -> None:
    """What `mcp_voice.release` brings is nobody's word to us, in whatever way it gets into the conversation."""
    told = Asked("Shall I send it?", "Yes, please send it.", "alice")
    assert consent(learned(told)) != "yes"
    await conversation.hears("Mail Bob about lunch", email())
    agent = conversation.session.current_agent
    chat_ctx = agent.chat_ctx.copy()
    remembered(chat_ctx, told)
    await agent.update_chat_ctx(chat_ctx)
    added = ConversationItemAddedEvent(item=chat_ctx.messages()[-1])
    conversation.session.emit("conversation_item_added", added)
    await conversation.hears("Um.", CONFIRM)
    assert conversation.service.received == []
    assert "has not answered yet" in conversation.script.results[-1]


async def test_only_who_heard_it_can_say_yes(conversation: Talk) -> None:
    """Another human, to whom the session has been linked meanwhile, does not know what it is about."""
    await conversation.hears("Mail Bob about lunch", email())
    conversation.room.human = "bert"
    await conversation.hears("Yes", CONFIRM, "Sorry?")
    assert conversation.service.received == []


@pytest.mark.parametrize(
    ("prepared", "told"),
    [
        (email(to="bob"), "it has no @"),
        (email(to="bob@example"), "not a complete domain"),
        (email(to="bob@example.com\nBcc: eve@example.com"), "line break"),
        (email(to="bob@example.com, eve@example.com"), "more than one @"),
        (email(cc=["carol"]), "it has no @"),
        (email(cc="carol@example.com\nBcc: eve@example.com"), "line break"),
        (email(cc=[f"a{n}@example.com" for n in range(6)]), "at most 5 people"),
        (email(subject="Lunch\r\nBcc: eve@example.com"), "one line"),
        (email(subject=" "), "no subject"),
        (email(subject="x" * 201), "longer than 200"),
        (email(body=""), "no text"),
        (email(body="x" * 20_001), "longer than 20000"),
        (email(body="a\0b"), "null character"),
    ],
)
async def test_an_email_that_cannot_be_sent_is_never_read_back(
    conversation: Talk, caplog: pytest.LogCaptureFixture, prepared: Call, told: str
) -> None:
    """The model is told what is wrong, so that it can ask the human."""
    result = await conversation.hears("Mail Bob about lunch", prepared, "What is the address?")
    result.expect.contains_function_call_output(is_error=True)
    assert told in conversation.script.results[-1]
    assert conversation.said() == ["What is the address? "]
    assert audit(caplog) == [("send_email", "refused")]


async def test_a_model_that_says_nothing_leaves_nobody_waiting(conversation: Talk) -> None:
    """The human hears that it is done, if not from the model."""
    await conversation.hears("Mail Bob about lunch", email())
    await conversation.hears("Yes", CONFIRM, "")
    await until(lambda: conversation.said()[-1] == "That is done.")


async def test_nothing_is_read_back_while_another_agent_has_the_floor(conversation: Talk) -> None:
    """The read-back waits, and so does everything that depends on it."""
    conversation.room.take()
    conversation.script.then(email())
    run: RunResult[Any] = conversation.session.run(user_input="Mail Bob about lunch")
    await until(lambda: conversation.script.told)
    assert conversation.said() == []
    conversation.room.give_back()
    await run
    assert conversation.said() == [READ_BACK]
    await conversation.hears("Yes", CONFIRM, "Sent.")
    assert len(conversation.service.received) == 1


async def test_what_is_said_and_the_secret_stay_out_of_the_log(
    conversation: Talk, caplog: pytest.LogCaptureFixture
) -> None:
    """The audit line has who, where, what and how it ended; no line has the content, no result the secret."""
    await conversation.hears("Mail Bob about lunch", email())
    await conversation.hears("Yes", CONFIRM, "Sent.")
    records = [record for record in caplog.records if not record.name.startswith(("livekit", "httpx", "asyncio"))]
    logged = " ".join(f"{record.__dict__} {record.getMessage()}" for record in records)
    for content in ("bob", "example.com", "Lunch", "lake"):
        assert content not in logged
    assert SECRET not in " ".join(f"{record.__dict__}" for record in caplog.records)
    assert all(SECRET not in result for result in conversation.script.results)
    (line,) = [record.getMessage() for record in caplog.records if record.__dict__.get("outcome") == "ok"]
    (sent,) = conversation.service.received
    assert line.startswith("tool call: who='alice' room='lobby' tool=send_email outcome=ok ms=")
    assert line.endswith(f" key={sent.key}")
