"""MCP servers that fail or hang: the human hears of it, the operator reads why, and the conversation goes on."""

from __future__ import annotations

import sys
from pathlib import Path

import anyio
import pytest
from mcp.server.mcpserver.exceptions import ToolError

from testkit import mcp_program
from testkit.chat_model import Call
from testkit.mcp_service import READS, McpService, mcp_service
from testkit.mcp_talk import LABEL, LOOK, WRITE, audit, grown, naming, notes, offered
from testkit.openai_server import OpenAIServer
from testkit.tool_talk import LIMIT, talk
from testkit.waiting import until
from testkit.webhook_service import WebhookService
from tests.companion.mcp_servers.mcp_notes import CONFIRM, SORRY, Converse, bare, converse, mcp, server, service

__all__ = ["bare", "converse", "mcp", "server", "service"]

pytestmark = pytest.mark.anyio


async def test_a_server_that_hangs_delays_nothing(
    server: OpenAIServer, service: WebhookService, tmp_path: Path
) -> None:
    """Neither the conversation nor another server waits for it, and the room can end meanwhile."""
    async with mcp_service() as other:
        notes(other)
        settings = naming(tmp_path, {"hangs": {"command": "sleep", "args": ["60"]}, "notes": {"url": other.url}})
        with anyio.fail_after(LIMIT):
            async with talk(settings, server, service) as talking:
                await talking.hears("Hello", "Hello.")
                await offered(talking)
                await talking.hears("Where are the keys?", LOOK, "There.")


async def test_a_server_that_fails_is_logged_with_cause_and_fix(
    server: OpenAIServer, service: WebhookService, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The conversation goes on without it."""
    async with talk(naming(tmp_path, {"notes": {"command": "no-such-program"}}), server, service) as talking:
        await until(lambda: "could not be started" in caplog.text, limit=LIMIT)
        await talking.hears("Hello", "Hello.")
        assert talking.said()[-1].strip() == "Hello."
    assert (
        "the MCP server notes could not be started: there is no program 'no-such-program' on PATH outside the working "
        "directory. Install it, or give its absolute path as `command`"
    ) in caplog.text


async def test_a_lookup_is_repeated_by_itself_when_the_server_was_away(converse: Converse, mcp: McpService) -> None:
    """A server that was started again knows nothing of earlier connections."""
    async with converse() as talking:
        await offered(talking)
        mcp.next_faults = [503]
        await talking.hears("Where are the keys?", LOOK, "Under the mat.")
        assert talking.script.results == [f"{LABEL}keys: under the mat"]
        assert talking.said()[-1].strip() == "Under the mat."


@pytest.mark.parametrize(
    ("status", "known"), [(503, "It is not known whether it was done anyway"), (403, "Nothing was done")]
)
async def test_a_change_is_never_repeated_by_itself(
    converse: Converse, mcp: McpService, caplog: pytest.LogCaptureFixture, status: int, known: str
) -> None:
    """It may have been done, where a gateway gave up; the human is told so, and decides."""
    async with converse() as talking:
        await offered(talking)
        await talking.hears("Note that", WRITE)
        mcp.next_faults = [status]
        await talking.hears("Yes", CONFIRM, "I am not sure that it went through.")
        assert mcp.calls == []
        assert (
            f"notes__write_down failed: the service behind it refused the request with HTTP {status}. {known}"
            in (talking.script.results[-1])
        )
    assert ("notes__write_down", "failed") in audit(caplog)
    assert (
        f"the MCP server of notes__write_down (MCP_VOICE_AGENT_MCP_FILE) refused the request with HTTP {status}"
        in caplog.text
    )


async def test_an_answer_that_is_too_long_leaves_a_change_in_doubt(
    converse: Converse, mcp: McpService, caplog: pytest.LogCaptureFixture
) -> None:
    """It was done, and nobody can read what became of it; the conversation goes on."""

    @mcp.mcp.tool()
    async def order() -> str:
        """Orders."""
        mcp.calls.append(("order", {}))
        return "x" * 3_000_000

    async with converse(("notes__order",)) as talking:
        await grown(talking, "notes__order", "confirm_action")
        await talking.hears("Order it", Call("notes__order"))
        await talking.hears("Yes", CONFIRM, "I am not sure.")
        assert "It is not known whether it was done" in talking.script.results[-1]
        assert talking.said()[-1].strip() == "I am not sure."
    assert mcp.calls == [("order", {})]


async def test_a_tool_that_says_it_failed_is_apologised_for(
    converse: Converse, mcp: McpService, caplog: pytest.LogCaptureFixture
) -> None:
    """What it says is for the model, and reaches no log."""

    @mcp.mcp.tool(annotations=READS)
    async def weigh(text: str) -> str:
        """Weighs."""
        raise ToolError(f"there is no {text} on the scales")

    async with converse(("notes__weigh",)) as talking:
        await grown(talking, "notes__weigh")
        await talking.hears("Weigh the cat", Call("notes__weigh", {"text": "cat"}), "")
        await until(lambda: SORRY in [said.strip() for said in talking.said()], limit=LIMIT)
        assert "failed: the service behind it reported that it failed. It says: (data of" in talking.script.results[-1]
        assert "there is no cat on the scales" in talking.script.results[-1]
    assert audit(caplog) == [("notes__weigh", "failed")]
    assert "scales" not in caplog.text


async def test_a_call_that_takes_too_long_is_given_up(converse: Converse, mcp: McpService) -> None:
    """By the limit of the server, or that of all webhooks."""
    cancelled = anyio.Event()

    @mcp.mcp.tool(annotations=READS)
    async def ponder() -> None:
        """Ponders."""
        try:
            await anyio.sleep_forever()
        except anyio.get_cancelled_exc_class():
            cancelled.set()
            raise

    async with converse(("notes__ponder",), entry={"timeout": 1000}) as talking:
        await grown(talking, "notes__ponder")
        await talking.hears("Ponder", Call("notes__ponder"), "Sorry.")
        assert "did not answer within 1 s" in talking.script.results[-1]
        with anyio.fail_after(LIMIT):
            await cancelled.wait()


async def test_the_limit_of_calls_is_that_of_the_webhooks(
    converse: Converse, mcp: McpService, caplog: pytest.LogCaptureFixture
) -> None:
    """One limit for a room, whatever it calls."""
    async with converse(webhook_calls_per_minute=1) as talking:
        await offered(talking)
        await talking.hears("Where are the keys?", LOOK, LOOK, "Later.")
        assert "too many calls in a minute" in talking.script.results[-1]
    assert len(mcp.calls) == 1
    assert audit(caplog) == [("notes__look_up", "ok"), ("notes__look_up", "rate-limited")]


async def test_a_file_that_has_become_unusable_costs_the_tools_only(
    server: OpenAIServer, service: WebhookService, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Somebody edits it while the worker runs."""
    settings = naming(tmp_path, {"notes": {"command": "a", "url": "b"}})
    async with talk(settings, server, service) as talking:
        await talking.hears("Hello", "Hello.")
    assert "this conversation has no MCP servers: MCP_VOICE_AGENT_MCP_FILE has entries" in caplog.text


@pytest.mark.parametrize(
    ("speech", "cause"),
    [(True, "its last words were 'asked to end'"), (False, "its last words may be those of a human")],
    ids=["speech", "redacted"],
)
async def test_a_program_that_ends_is_started_again(
    server: OpenAIServer,
    service: WebhookService,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    speech: bool,  # noqa: FBT001 - a row of the table
    cause: str,
) -> None:
    """A lookup that ends it each time fails after three attempts; the next one finds a new process."""
    entry = {"command": sys.executable, "args": ["-I", "-S", mcp_program.__file__]}
    settings = naming(tmp_path, {"notes": entry}, webhook_seconds=30, log_speech=speech)
    async with talk(settings, server, service, allowed="reading") as talking:
        await grown(talking, "notes__look_up", "notes__end")
        await talking.hears("End it", Call("notes__end"), "Sorry.")
        assert "notes__end failed: the service behind it ended." in talking.script.results[-1]
        await talking.hears("Where are the keys?", LOOK, "There.")
        assert talking.script.results[-1] == f"{LABEL}look_up: keys"
    assert f"the MCP server notes ended: {cause}" in caplog.text
    assert speech == ("asked to end" in caplog.text)
    assert audit(caplog) == [("notes__end", "failed"), ("notes__look_up", "ok")]
