"""The MCP servers whose tools a companion may use: each started or called, and asked for its tools."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from mcp_voice.doctor.problem import Problem, told
from mcp_voice.doctor.steps import Found, Step
from mcp_voice.doctor.visit import Visit
from mcp_voice.errors import BadSettings
from mcp_voice.redaction import without_values
from mcp_voice.texts.counting import counted
from mcp_voice_agent.doctor.ours import ours
from mcp_voice_agent.mcp_servers import McpServer, ServerFault, servers
from mcp_voice_agent.mcp_servers.reach import reach
from mcp_voice_agent.settings import AgentSettings

__all__ = ["mcp_servers"]

MOST = 20
START_SECONDS = 15.0
"""A first start by `npx` or `uvx` may fetch the server."""


def mcp_servers(settings: AgentSettings) -> Sequence[Step]:
    """A check for each server of the file; one that fails where the file cannot be used."""
    try:
        found = servers(settings)
    except BadSettings:
        return (Step("mcp", "MCP servers", _unusable, 2.0, ("libraries",), repeats=True),)
    return [
        Step(
            f"mcp-{server.name}",
            f"MCP server {server.name}",
            partial(_reached, server=server),
            START_SECONDS + 4,
            ("libraries",),
            slowness=lambda _: START_SECONDS,
        )
        for server in found[:MOST]
    ]


async def _unusable(visit: Visit) -> Found:
    try:
        servers(ours(visit))
    except BadSettings as error:
        raise told("bad-choice", error) from None
    return Found("")


async def _reached(_: Visit, *, server: McpServer) -> Found:
    try:
        listing = await reach(server, seconds=START_SECONDS)
    except ServerFault as fault:
        redacted = without_values(server.secrets)
        why, fix = redacted(fault.happened), redacted(fault.fix)
        raise Problem("mcp-server", code=fault.code, server=server.name, why=why, fix=fix) from None
    reading = sum(each.reads for each in listing.offered)
    detail = f"{counted(len(listing.offered), 'tool')}, {reading} of which say that they change nothing"
    if not listing.offered:
        return Found(detail, [Problem("mcp-no-tools", server=server.name)])
    if listing.refused:
        name, why = next(iter(listing.refused.items()))
        return Found(detail, [Problem("mcp-tool-refused", server=server.name, tool=name, why=why)])
    return Found(detail)
