"""What an MCP server may cost a conversation is bounded: what is read out, what goes with each turn, what is logged."""

from __future__ import annotations

import json
from typing import Annotated, Any

import pytest
from mcp import types
from pydantic import Field

from testkit.chat_model import Call
from testkit.mcp_service import READS, McpService
from testkit.mcp_talk import LABEL, audit, grown, names, offered
from testkit.tool_talk import LIMIT
from testkit.waiting import until
from tests.companion.mcp_servers.mcp_notes import CONFIRM, Converse, bare, converse, mcp, server, service

__all__ = ["bare", "converse", "mcp", "server", "service"]

pytestmark = pytest.mark.anyio


async def test_what_cannot_be_read_out_in_full_is_never_asked_about(
    converse: Converse, mcp: McpService, caplog: pytest.LogCaptureFixture
) -> None:
    """What comes last would be done unheard; the model is told to shorten it."""
    long = {"text": "lorem ipsum " * 80, "tags": ["to mallory"]}
    async with converse() as talking:
        await offered(talking)
        await talking.hears("Note that", Call("notes__write_down", long), "It is too long.")
        assert "Not prepared: the arguments have " in talking.script.results[-1]
        assert "Shorten 'text'" in talking.script.results[-1]
        await talking.hears("Yes, please", CONFIRM, "Sorry.")
        assert talking.said()[0].strip() == "It is too long."
    assert mcp.calls == []
    assert audit(caplog)[0] == ("notes__write_down", "refused")


async def test_no_more_tools_are_offered_than_a_model_takes(
    converse: Converse, mcp: McpService, caplog: pytest.LogCaptureFixture
) -> None:
    """A provider that refuses a request with too many would leave the room silent."""
    for number in range(80):
        mcp.mcp.add_tool(_sing, name=f"sing_{number}", annotations=READS)
    async with converse("reading") as talking:
        await until(lambda: len(names(talking)) == 64, limit=LIMIT)
        await talking.hears("Hello", "Hello.")
    assert "of 81 tools of MCP servers only 64 are offered" in caplog.text


async def test_no_more_of_descriptions_and_schemas_is_offered_than_a_turn_can_bear(
    converse: Converse, mcp: McpService, caplog: pytest.LogCaptureFixture
) -> None:
    """All of it goes with each turn: a megabyte is more than a model takes, or costs dollars."""

    async def recite(text: Annotated[str, Field(description="x" * 7_000)]) -> str:
        """Recites."""
        return text

    for number in range(20):
        mcp.mcp.add_tool(recite, name=f"recite_{number}", annotations=READS)
    async with converse("reading") as talking:
        await until(lambda: "tools of MCP servers only" in caplog.text, limit=LIMIT)
        sizes = [len(json.dumps(_schema(tool))) for tool in talking.session.current_agent.tools]
    assert sum(sizes) < 80_000
    assert "of 21 tools of MCP servers only 10 are offered, at most 64 with 65536 bytes" in caplog.text


def _schema(tool: Any) -> dict[str, Any]:
    schema: dict[str, Any] = tool.info.raw_schema
    return schema


async def _sing() -> str:
    return "la la"


async def test_pictures_are_told_of_and_long_answers_are_cut(converse: Converse, mcp: McpService) -> None:
    """The model can only read text, and a bounded one."""

    @mcp.mcp.tool(annotations=READS)
    async def show() -> types.CallToolResult:
        """Shows."""
        picture = types.ImageContent(type="image", data="AAAA", mime_type="image/png")
        return types.CallToolResult(content=[picture, types.TextContent(type="text", text="ä" * 400)])

    async with converse(("notes__show",), webhook_bytes=256) as talking:
        await grown(talking, "notes__show")
        await talking.hears("Show me", Call("notes__show"), "A cat.")
        (result,) = talking.script.results
    assert result.startswith(f"{LABEL}[a picture, which cannot be read out]\nää")
    assert result.endswith("ä … (cut: it has 838 bytes)")


async def test_of_many_tools_that_are_refused_some_are_named_in_the_log(
    converse: Converse, mcp: McpService, caplog: pytest.LogCaptureFixture
) -> None:
    """A server may have hundreds, and others whenever it is asked."""
    for number in range(40):
        mcp.mcp.add_tool(_sing, name=f"{number}_say_in_room", annotations=READS)
    async with converse("reading") as talking:
        await grown(talking, "notes__look_up")
    told = [each for each in caplog.messages if "not offered" in each]
    assert len(told) == 9
    assert told[-1] == "32 more tools of the MCP server notes are not offered"
