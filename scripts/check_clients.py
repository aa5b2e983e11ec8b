"""MCP over HTTP with clients that no one here wrote: ``check_clients.py UV FOLDER``; called by ``check-clients``.

The server is the real one, on the loopback; its rooms need no LiveKit, and whoever is asked there answers at once.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio

from mcp_voice.tasks import owned_tasks
from testkit.claude_code import claude_code, claude_code_login
from testkit.client_tools import ASK, REPLY, Tools, answers, at_loopback, require, run, with_token
from testkit.two_teams import Teams, two_teams

FASTMCP, LANGCHAIN = "fastmcp==4.2.3", "langchain-mcp-adapters==0.3.2"
SCENARIOS = (
    "server-initialize",
    "ping",
    "tools-list",
    "resources-list",
    "prompts-list",
    "dns-rebinding-protection",
    "server-sse-multiple-streams",
)
"""Those that need no tools, resources or prompts that are there for the suite alone, and nothing that we do not have
(log levels, completions, subscriptions, an event store)."""
FASTMCP_CODE = """
import asyncio, sys
from fastmcp import Client
from fastmcp.client.transports import StreamableHttpTransport
async def main(url, token):
    async with Client(StreamableHttpTransport(url, headers={"Authorization": "Bearer " + token})) as client:
        assert len(await client.list_tools()) == 8
        result = await client.call_tool("ask_in_room", %r)
        print(result.structured_content)
asyncio.run(main(*sys.argv[1:]))
"""
LANGCHAIN_CODE = """
import asyncio, sys
from langchain_mcp_adapters.client import MultiServerMCPClient
async def main(url, token):
    server = {"transport": "streamable_http", "url": url, "headers": {"Authorization": "Bearer " + token}}
    tools = {tool.name: tool for tool in await MultiServerMCPClient({"voice": server}).get_tools()}
    assert len(tools) == 8
    print(await tools["ask_in_room"].ainvoke(%r))
asyncio.run(main(*sys.argv[1:]))
"""


async def conformance(tools: Tools, teams: Teams) -> None:
    """The official suite's server scenarios that apply."""
    async with at_loopback(with_token(teams.app, teams.sales.token)) as url:
        for scenario in SCENARIOS:
            with TemporaryDirectory() as folder:
                command = [*tools.program("conformance"), "server", "--url", f"{url}/mcp", "--scenario", scenario]
                await run(command, cwd=Path(folder))


async def inspector(tools: Tools, teams: Teams) -> None:
    """MCP Inspector's command line: portable schemas, and a call, in both eras of the protocol."""
    to = ["--cli", "--server-url", teams.sales.url, "--header", f"Authorization: Bearer {teams.sales.token}"]
    for era in ("legacy", "modern"):
        common = [*tools.program("mcp-inspector"), *to, "--protocol-era", era]
        require("ask_in_room" in await run([*common, "--method", "tools/list", "--strict"]), "not there")
        call = ["--method", "tools/call", "--tool-name", "ask_in_room"]
        arguments = [f"{name}={value}" for name, value in ASK.items()]
        found = await run([*common, *call, "--tool-arg", *arguments])
        require(REPLY in found, found)


async def typescript(tools: Tools, teams: Teams) -> None:
    """The TypeScript SDK, on which most hosts are built, in both eras."""
    for era, version in (("legacy", "2025-11-25"), ("modern", "2026-07-28")):
        wanted = {"era": era, "url": teams.sales.url, "token": teams.sales.token}
        call = {"name": "ask_in_room", "arguments": ASK}
        program = [str(tools.node), str(tools.folder / "typescript_client.mjs"), json.dumps({**wanted, "call": call})]
        seen = json.loads(await run(program))
        require((seen["version"], seen["result"]["structuredContent"]["reply"]) == (version, REPLY), seen)


async def fastmcp(tools: Tools, teams: Teams) -> None:
    """Fastmcp's client."""
    found = await run([*tools.python(FASTMCP, FASTMCP_CODE), teams.sales.url, teams.sales.token])
    require(REPLY in found, found)


async def langchain(tools: Tools, teams: Teams) -> None:
    """LangChain's adapter, which makes a connection for each call, with an SDK of the protocol's first generation."""
    found = await run([*tools.python(LANGCHAIN, LANGCHAIN_CODE), teams.sales.url, teams.sales.token])
    require(REPLY in found, found)


CHECKS: tuple[Callable[[Tools, Teams], Awaitable[None]], ...] = (
    conformance,
    inspector,
    typescript,
    fastmcp,
    langchain,
    claude_code,
    claude_code_login,
)


async def main(arguments: list[str]) -> int:
    """Try each, or those that are named; how many have failed."""
    uv, folder, *names = arguments
    tools = Tools(uv, Path(folder))
    tools.install()
    failed = 0
    with TemporaryDirectory() as own:
        async with two_teams(Path(own)) as teams, owned_tasks() as tasks:
            tasks.start_soon(answers, teams.engine)
            for check in CHECKS:
                if names and check.__name__ not in names:
                    continue
                try:
                    await check(tools, teams)
                except (AssertionError, TimeoutError) as error:
                    failed += 1
                    print(f"{check.__name__}: FAILED: {error}", flush=True)
                else:
                    print(f"{check.__name__}: ok ({(check.__doc__ or '').splitlines()[0]})", flush=True)
            tasks.cancel_scope.cancel()
    return failed


if __name__ == "__main__":
    sys.exit(anyio.run(main, sys.argv[1:]))
