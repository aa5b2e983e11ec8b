"""The voice tools of one session, put together from the settings."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Literal, TypeAlias

from livekit.agents import RunContext, function_tool, llm

from mcp_voice.tasks import owned_tasks
from mcp_voice_agent.settings import AgentSettings
from mcp_voice_agent.webhooks.apology import Apology, FloorStatus
from mcp_voice_agent.webhooks.audit import Audit
from mcp_voice_agent.webhooks.calls import Calls
from mcp_voice_agent.webhooks.client import webhook_client
from mcp_voice_agent.webhooks.confirmation import CONFIRM, Confirmation
from mcp_voice_agent.webhooks.database import DATABASE, database_tool
from mcp_voice_agent.webhooks.declaration import declarations
from mcp_voice_agent.webhooks.declared import declared_tool
from mcp_voice_agent.webhooks.email import EMAIL, email_tool
from mcp_voice_agent.webhooks.language import language_of
from mcp_voice_agent.webhooks.rate_limit import CallLimit

__all__ = ["VoiceTools", "voice_tools"]

log = logging.getLogger(__name__)

VoiceTools: TypeAlias = list[llm.Tool | llm.Toolset]


@asynccontextmanager
async def voice_tools(
    settings: AgentSettings,
    *,
    room_name: str,
    identity: Callable[[], str],
    floor: FloorStatus,
    allowed: tuple[str, ...] | Literal["reading"] | None = None,
) -> AsyncIterator[VoiceTools]:
    """The tools for the agents of one session; they work while the block lasts, and may be given to several agents.

    A change that is under way when the block ends is still finished, within its limit.

    Args:
        settings: Which webhooks there are, and their limits; the language in which they are read back.
        room_name: For the audit log.
        identity: Who the linked human is now, empty for nobody; for the audit log, and because who says yes must be the
            one who heard what to.
        floor: Nothing is spoken before it is free.
        allowed: The names of the tools that may be used, "reading" for those that change nothing, None for all; names
            that there are not are passed over.

    Raises:
        BadSettings: MCP_VOICE_AGENT_TOOLS_FILE cannot be used.
    """
    declared = declarations(settings)
    language = language_of(settings.language)
    audit = Audit(room_name, identity)
    async with webhook_client(settings) as client, owned_tasks() as tasks:
        apology = Apology(tasks, floor)
        confirmation = Confirmation(audit=audit, identity=identity, floor=floor, language=language)
        calls = Calls(
            client,
            tasks=tasks,
            audit=audit,
            call_limit=CallLimit(settings.webhook_calls_per_minute),
            confirmation=confirmation,
            apology=apology,
            language=language,
        )
        made: dict[str, llm.Tool | llm.Toolset] = {}
        if settings.webhook_url:
            made = {EMAIL: email_tool(calls, settings), DATABASE: database_tool(calls, settings)}
        made |= {each.name: declared_tool(calls, each, settings) for each in declared}
        confirmed = {EMAIL, *(each.name for each in declared if each.confirmed)}
        names = (DATABASE, *(each.name for each in declared if each.read)) if allowed == "reading" else allowed
        chosen = [name for name in made if names is None or name in names]
        if allowed != "reading" and (unknown := [name for name in allowed or () if name not in {*made, CONFIRM}]):
            log.info("there are no tools named %s", ", ".join(unknown))
        tools = [made[name] for name in chosen]
        if confirmed & set(chosen):
            tools.append(_confirm_tool(calls))
        try:
            yield tools
        finally:
            apology.close()
            confirmation.close()
            tasks.cancel_scope.cancel()


def _confirm_tool(calls: Calls) -> llm.Tool:
    @function_tool
    async def confirm_action(ctx: RunContext[None]) -> str:
        """Do what was just read back to the human, after they have said yes to it. Never call it before they have.

        Args:
            ctx: The call, from LiveKit.
        """
        return await calls.carry_out(ctx)

    return confirm_action
