"""Webhooks that fail: the human hears of it, the operator reads why, and nothing is done twice."""

from __future__ import annotations

import asyncio
import socket
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
from livekit.agents.voice.run_result import RunResult

from testkit.agent_settings import given
from testkit.chat_model import Call
from testkit.faults import Fault, dropped, garbage, status, wrong_type
from testkit.openai_server import OpenAIServer
from testkit.tool_talk import Talk, talk
from testkit.waiting import until
from testkit.webhook_service import WebhookService, huge, redirected
from tests.companion.webhooks.webhook_talk import CONFIRM, SORRY, bare, server, service

__all__ = ["bare", "server", "service"]

pytestmark = pytest.mark.anyio

EMAIL = Call("send_email", {"to": "bob@example.com", "subject": "Lunch", "body": "At the lake?"})
QUERY = Call("query_database", {"query": "When does the lake open?"})
IN_DOUBT = "I am sorry, I cannot tell whether that went through."


def conversation(
    server: OpenAIServer, service: WebhookService, *, url: str = "", seconds: float = 5.0, per_minute: int = 20
) -> AbstractAsyncContextManager[Talk]:
    """A conversation with the tools, on that address if one is given."""
    settings = given(
        webhook_url=url or service.url, webhook_seconds=seconds, webhook_calls_per_minute=per_minute, webhook_bytes=4096
    )
    return talk(settings, server, service)


def audit(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The outcomes in the audit log."""
    return [record.__dict__["outcome"] for record in caplog.records if record.name == "mcp_voice.audit"]


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the operator is told."""
    return [record.getMessage() for record in caplog.records if record.name.startswith("mcp_voice_agent.")]


@pytest.fixture
def dead_url() -> str:
    """An address where nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


async def test_a_dead_service_is_apologised_for_and_logged(
    server: OpenAIServer, service: WebhookService, dead_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The model is asked for an apology; the operator reads which setting to look at."""
    async with conversation(server, service, url=dead_url) as talking:
        await talking.hears("Mail Bob", EMAIL)
        result = await talking.hears("Yes", CONFIRM, "Sorry, that did not work.")
        result.expect.contains_function_call_output(is_error=True)
        told = talking.script.results[-1]
        assert "cannot be reached. Nothing was done. Apologise to the human" in told
        assert talking.said()[-1] == "Sorry, that did not work. "
    assert audit(caplog) == ["read back", "failed"]
    (warning,) = warnings(caplog)
    assert warning.startswith("the webhook of send_email (MCP_VOICE_WEBHOOK_URL with MCP_VOICE_WEBHOOK_EMAIL_PATH)")
    assert dead_url not in warning


async def test_a_model_without_a_word_of_apology_has_it_said_for_it(
    server: OpenAIServer, service: WebhookService, dead_url: str
) -> None:
    """Silence after a failure would leave the human waiting for nothing."""
    async with conversation(server, service, url=dead_url) as talking:
        await talking.hears("When does it open?", QUERY, "")
        await until(lambda: talking.said() == [SORRY])


async def test_a_lookup_is_repeated_until_it_works(server: OpenAIServer, service: WebhookService) -> None:
    """Reading twice does no harm, and most faults of a service pass."""
    service.answer = {"answer": "At nine."}
    service.next_faults = [status(503), dropped]
    async with conversation(server, service) as talking:
        await talking.hears("When does it open?", QUERY, "At nine.")
        assert talking.script.results == ['The service answered: {"answer": "At nine."}']
    assert [asked.body for asked in service.received] == 3 * [{"query": "When does the lake open?"}]
    assert service.received[0].path == "/webhook/query-vector-db"


async def test_a_lookup_is_given_up_after_three_attempts(
    server: OpenAIServer, service: WebhookService, caplog: pytest.LogCaptureFixture
) -> None:
    """The human does not wait for ever, and the audit log counts one call."""
    async with conversation(server, service) as talking:
        with service.failing(status(500)):
            await talking.hears("When does it open?", QUERY, "Sorry.")
    assert len(service.received) == 3
    assert audit(caplog) == ["failed"]


@pytest.mark.parametrize(
    ("fault", "told", "in_doubt"),
    [
        (status(500), "failed with HTTP 500", True),
        (status(401), "refused the call with HTTP 401", False),
        (status(404), "refused the call with HTTP 404", False),
        (redirected, "answered with a redirect", False),
        (dropped, "dropped the connection", True),
        (garbage, "not JSON", True),
        (wrong_type, "not JSON", True),
        (huge, "more than can be read", True),
    ],
)
async def test_an_email_that_fails_is_not_repeated(
    server: OpenAIServer, service: WebhookService, fault: Fault, told: str, *, in_doubt: bool
) -> None:
    """One attempt only, and where it may have been sent all the same, the human hears that."""
    async with conversation(server, service) as talking:
        await talking.hears("Mail Bob", EMAIL)
        with service.failing(fault):
            await talking.hears("Yes", CONFIRM, "")
        assert len(service.received) == 1
        assert told in talking.script.results[-1]
        assert ("not known whether it was done" in talking.script.results[-1]) is in_doubt
        await until(lambda: talking.said()[-1] == (IN_DOUBT if in_doubt else SORRY))
        # The yes is used up: trying again takes another one.
        await talking.hears("Yes", CONFIRM, "Sorry.")
        assert len(service.received) == 1


async def test_the_second_try_of_an_email_has_the_key_of_the_first(
    server: OpenAIServer, service: WebhookService
) -> None:
    """The service can see that it may have sent it already; another e-mail has another key."""
    async with conversation(server, service) as talking:
        await talking.hears("Mail Bob", EMAIL)
        with service.failing(status(500)):
            await talking.hears("Yes", CONFIRM, "Sorry.")
        await talking.hears("Try again", EMAIL)
        await talking.hears("Yes", CONFIRM, "Sent.")
        await talking.hears("Mail Bob the same once more", EMAIL)
        await talking.hears("Yes", CONFIRM, "Sent.")
    first, second, third = (sent.key for sent in service.received)
    assert first == second != third


async def test_a_hung_service_is_given_up_in_time(
    server: OpenAIServer, service: WebhookService, caplog: pytest.LogCaptureFixture
) -> None:
    """A human in a conversation cannot wait for a socket."""
    async with conversation(server, service, seconds=0.3) as talking:
        with service.holding():
            await talking.hears("When does it open?", QUERY, "Sorry.")
            assert "did not answer within 0.3 s" in talking.script.results[-1]
    assert audit(caplog) == ["failed"]


async def test_an_answer_that_says_it_failed_is_a_failure(server: OpenAIServer, service: WebhookService) -> None:
    """Workflows report their faults with HTTP 200, too."""
    service.answer = {"success": False, "message": "quota"}
    async with conversation(server, service) as talking:
        await talking.hears("Mail Bob", EMAIL)
        await talking.hears("Yes", CONFIRM, "Sorry.")
        assert "reported that it failed. Nothing was done" in talking.script.results[-1]


async def test_an_empty_answer_is_enough_for_an_email(
    server: OpenAIServer, service: WebhookService, caplog: pytest.LogCaptureFixture
) -> None:
    """A webhook need not say anything."""
    service.answer = b""
    async with conversation(server, service) as talking:
        await talking.hears("Mail Bob", EMAIL)
        await talking.hears("Yes", CONFIRM, "Sent.")
    assert audit(caplog) == ["read back", "ok"]


async def test_too_many_calls_are_refused_at_once(
    server: OpenAIServer, service: WebhookService, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody waits for the minute to pass, and the human is not asked for a yes in vain."""
    async with conversation(server, service, per_minute=2) as talking:
        await talking.hears("When?", QUERY, "At nine.")
        await talking.hears("Really?", QUERY, "Yes.")
        result = await talking.hears("Sure?", QUERY, "One moment.")
        result.expect.contains_function_call_output(is_error=True)
        assert "too many calls in a minute" in talking.script.results[-1]
        await talking.hears("Then mail Bob", EMAIL, "One moment.")
        assert talking.said()[-1] == "One moment. "
    assert len(service.received) == 2
    assert audit(caplog) == ["ok", "ok", "rate-limited", "rate-limited"]


async def test_an_email_under_way_is_sent_though_its_tool_is_cancelled(
    server: OpenAIServer, service: WebhookService, caplog: pytest.LogCaptureFixture
) -> None:
    """Cutting the request off with its tool would leave it unknown whether it was sent."""
    async with conversation(server, service) as talking:
        await talking.hears("Mail Bob", EMAIL)
        with service.holding():
            talking.script.then(CONFIRM)
            run: RunResult[Any] = talking.session.run(user_input="Yes")
            await until(lambda: service.received)
            (tool,) = [task for task in asyncio.all_tasks() if task.get_name() == "tool_exec_confirm_action"]
            tool.cancel()
            await asyncio.wait([tool])
        await run
    assert audit(caplog) == ["read back", "ok"]
