"""Access tokens of a real authorization server, as hosts get them: by finding it, logging in, and coming back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx2
import pytest

from testkit.authorization_server import PACKAGE, authorization_server, free_port, granted, logging_in
from testkit.host import ToolFault
from testkit.http_host import HttpServer, http_server
from testkit.npm import npm_packages

pytestmark = pytest.mark.anyio

LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
HEADERS = {"Accept": "application/json, text/event-stream"}


@dataclass
class Team:
    """A server of MCP and the authorization server that it trusts."""

    mcp: HttpServer
    issuer: str


@pytest.fixture(scope="module")
async def team(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Team]:
    """Both of them, on the loopback; no room is entered here."""
    folder = tmp_path_factory.mktemp("oauth")
    package = npm_packages(request.config, PACKAGE)
    port, issuer_port = free_port(), free_port()
    settings = {
        "LIVEKIT_URL": "ws://127.0.0.1:1",
        "LIVEKIT_API_KEY": "key",
        "LIVEKIT_API_SECRET": "secret" * 6,
        "MCP_VOICE_HTTP_URL": f"http://127.0.0.1:{port}",
        "MCP_VOICE_HTTP_ISSUER": f"http://127.0.0.1:{issuer_port}",
    }
    async with (
        authorization_server(package, issuer_port) as issuer,
        http_server(settings, folder, port=port) as served,
    ):
        yield Team(served, issuer)


async def test_a_host_that_knows_the_url_alone_finds_the_server_logs_in_and_calls(team: Team) -> None:
    """By 401, metadata, registration, PKCE and consent, with no header set by hand; each person is a subject."""
    for login in ("ann", "bob"):
        async with team.mcp.host(auth=logging_in(team.mcp.url, login)) as host:
            assert "ask_in_room" in [tool.name for tool in (await host.client.list_tools()).tools]
            with pytest.raises(ToolFault, match="Unknown tool"):
                await host.call("no_such_tool", {})
        assert f"subject=oauth:{login} tool='no_such_tool'" in team.mcp.log
    assert "Authorization: Bearer" not in team.mcp.log


async def _status(team: Team, token: str) -> int:
    async with httpx2.AsyncClient(headers={**HEADERS, "Authorization": f"Bearer {token}"}) as http:
        return (await http.post(team.mcp.url, json=LIST)).status_code


async def test_a_program_with_a_token_for_us_calls_and_one_for_another_or_without_the_scope_does_not(
    team: Team,
) -> None:
    """All three are signed by the issuer that we trust."""
    assert await _status(team, await granted(team.issuer, "robot", team.mcp.url)) == 200
    assert await _status(team, await granted(team.issuer, "robot", "https://other.example/mcp")) == 401
    assert await _status(team, await granted(team.issuer, "mute-robot", team.mcp.url, "other")) == 403
