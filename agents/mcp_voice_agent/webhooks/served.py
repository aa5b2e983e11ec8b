"""Tools made of what MCP servers offer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livekit.agents import RunContext, ToolResult, function_tool, llm

from mcp_voice_agent.mcp_servers.schema import argument_faults
from mcp_voice_agent.webhooks.calls import Calls
from mcp_voice_agent.webhooks.consent import names_in
from mcp_voice_agent.webhooks.read_back import NotReadable, read_back

if TYPE_CHECKING:
    from mcp_voice_agent.mcp_servers.listing import Offered
    from mcp_voice_agent.mcp_servers.room import ServerTool

__all__ = ["served_tool"]

MOST_FAULTS = 3
NOTE = " It is read back to the human, and done once they have said yes and you have called confirm_action."


def served_tool(calls: Calls, served: ServerTool) -> llm.Tool:
    """The tool: what only reads is called at once, all else is read back, and called after a yes."""
    offered = served.offered

    async def run(raw_arguments: dict[str, object], ctx: RunContext[None]) -> str | ToolResult:
        if faults := [*argument_faults(offered.schema, raw_arguments)][:MOST_FAULTS]:
            told = "; ".join(faults)
            raise calls.refused(
                offered.name, f"Not done: {told}. Correct it, or ask the human for what is missing or wrong."
            )
        if offered.reads:
            return await calls.now(ctx, served, raw_arguments)
        try:
            asked = read_back(_action(offered), raw_arguments, calls.language)
        except NotReadable as error:
            raise calls.refused(offered.name, f"Not prepared: {error}") from None
        draft = calls.draft(
            served, raw_arguments, sentence=asked.sentence, read_out=asked.read_out, verbs=names_in(offered.action)
        )
        return await calls.after_a_yes(ctx, draft)

    described = f"The server {offered.server} says of it: {offered.description or offered.action}"
    return function_tool(
        run,
        raw_schema={
            "name": offered.name,
            "description": described + ("" if offered.reads else NOTE),
            "parameters": dict(offered.schema),
        },
    )


def _action(offered: Offered) -> str:
    """The server and its tool in words; many tools' names begin with the server's."""
    named = offered.action.casefold().startswith(f"{offered.server.casefold()} ")
    return offered.action if named else f"{offered.server}, {offered.action}"
