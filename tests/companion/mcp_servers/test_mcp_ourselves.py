"""A companion never asks itself: what reaches rooms through mcp-voice is not offered to it."""

from __future__ import annotations

import pytest
from mcp import Client
from mcp.types import Tool

from mcp_voice.server.app import build
from mcp_voice_agent.mcp_servers.listing import listing
from mcp_voice_agent.mcp_servers.ourselves import SPEAKING, is_ours
from testkit.agent_settings import bare_environment, given

pytestmark = pytest.mark.anyio


def tool(name: str) -> Tool:
    """A tool of that name."""
    return Tool(name=name, input_schema={"type": "object"})


async def test_our_own_server_and_each_of_its_tools_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tool that is new there, or another name of it, must be known here as well."""
    bare_environment(monkeypatch)
    async with Client(build(given())) as client:
        names = {each.name for each in (await client.list_tools()).tools}
    assert names == SPEAKING | {"list_rooms"}
    assert is_ours(names)


@pytest.mark.parametrize("name", ["ask_in_room", "voice__ask_in_room", "mcp_voice.say_in_room"])
def test_our_tools_are_refused_behind_a_gateway_too(name: str) -> None:
    """It gives them a name of its own, but not a new one."""
    found = listing("gateway", [tool("notes_read"), tool(name)])
    assert [each.tool for each in found.offered] == ["notes_read"]
    assert found.refused == {name: "it is mcp-voice, and a companion does not ask itself"}


@pytest.mark.parametrize("name", ["list_rooms", "hotel_list_rooms", "task_in_room", "wait_for_replyx"])
def test_a_tool_that_is_only_called_alike_is_offered(name: str) -> None:
    """A hotel lists its rooms, too."""
    assert [each.tool for each in listing("hotel", [tool(name)]).offered] == [name]
