"""MCP over HTTP by hand: every protocol revision there is, without a session, and each subject's own replies alone."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from testkit.two_teams import Teams, two_teams
from testkit.watched_wire import Wire, answer_in
from testkit.wire import CLIENT, HANDSHAKE, MODERN
from tests.server.test_protocol import TOOLS

pytestmark = pytest.mark.anyio

WITH_HEADER = HANDSHAKE[HANDSHAKE.index("2025-06-18") :]
"""Of the older revisions, those in which each request after the first says which it is."""
NAMES = {"tools/call": "name", "resources/read": "uri"}


@pytest.fixture(scope="module")
async def teams(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Teams]:
    """One server for all revisions."""
    async with two_teams(tmp_path_factory.mktemp("revisions")) as running:
        yield running


@dataclass
class Host:
    """One that speaks one revision, and knows of no other."""

    wire: Wire
    version: str
    sent: int = 0

    async def open(self) -> dict[str, Any]:
        """The first request of the revision; gives its result."""
        if self.version == MODERN:
            return await self.call("server/discover")
        told = await self.call(
            "initialize", {"protocolVersion": self.version, "capabilities": {}, "clientInfo": CLIENT}, first=True
        )
        accepted = await self._post({"method": "notifications/initialized"})
        assert (accepted.status_code, accepted.text) == (202, "")
        return told

    async def call(self, method: str, params: dict[str, Any] | None = None, *, first: bool = False) -> dict[str, Any]:
        """A request; gives its result."""
        self.sent += 1
        body = {"id": self.sent, "method": method, "params": dict(params or {})}
        told = answer_in((await self._post(body, first=first)).text)
        assert told["id"] == self.sent
        assert "error" not in told, told
        result: dict[str, Any] = told["result"]
        return result

    async def tool(self, name: str, **arguments: Any) -> dict[str, Any]:
        """A call of a tool."""
        return await self.call("tools/call", {"name": name, "arguments": arguments})

    async def _post(self, message: dict[str, Any], *, first: bool = False) -> httpx2.Response:
        headers = {
            "Authorization": f"Bearer {self.wire.token}",
            "Accept": "application/json, text/event-stream",
            "Content-Type": "application/json",
        }
        if self.version == MODERN:
            message["params"]["_meta"] = {
                "io.modelcontextprotocol/protocolVersion": MODERN,
                "io.modelcontextprotocol/clientInfo": CLIENT,
                "io.modelcontextprotocol/clientCapabilities": {},
            }
            headers |= {"MCP-Protocol-Version": MODERN, "Mcp-Method": message["method"]}
            if key := NAMES.get(message["method"]):
                headers["Mcp-Name"] = message["params"][key]
        elif self.version in WITH_HEADER and not first:
            headers["MCP-Protocol-Version"] = self.version
        answer = await self.wire.http.post(self.wire.url, headers=headers, json={"jsonrpc": "2.0", **message})
        assert "mcp-session-id" not in answer.headers
        return answer


@pytest.mark.parametrize("version", [*HANDSHAKE, MODERN])
async def test_every_revision_lists_asks_and_waits_for_its_own_subject_alone(version: str, teams: Teams) -> None:
    """Hosts of several years speak to one server: to list, to call a tool, to get a reply, to be refused, to read."""
    ops, sales = Host(teams.ops, version), Host(teams.sales, version)
    opened = await ops.open()
    if version == MODERN:
        assert MODERN in opened["supportedVersions"]
    else:
        assert (opened["protocolVersion"], opened["serverInfo"]["name"]) == (version, "voice")
    assert {"tools", "resources", "prompts"} <= opened["capabilities"].keys()
    assert {tool["name"] for tool in (await ops.call("tools/list"))["tools"]} == TOOLS
    answered = await ops.tool("wait_for_reply", ask_id=teams.secrets.answered)
    assert not answered.get("isError")
    assert json.loads(answered["content"][0]["text"])["reply"] == teams.secrets.reply
    transcript = await ops.call("resources/read", {"uri": "voice://rooms/ops-board/transcript"})
    assert teams.secrets.reply in transcript["contents"][0]["text"]
    await sales.open()
    refused = await sales.tool("wait_for_reply", ask_id=teams.secrets.answered)
    assert (refused["isError"], refused["_meta"]["mcp-voice/code"]) == (True, "unknown-ask")
    assert teams.secrets.reply not in json.dumps(refused)
