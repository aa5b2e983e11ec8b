"""The voice tools of one session, put together from the settings."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from livekit.agents import AgentSession, RunContext, function_tool, llm

from mcp_voice.tasks import owned_tasks
from mcp_voice_agent.settings import AgentSettings
from mcp_voice_agent.webhooks.apology import Apology, FloorStatus
from mcp_voice_agent.webhooks.audit import Audit
from mcp_voice_agent.webhooks.calls import Calls
from mcp_voice_agent.webhooks.client import webhook_client
from mcp_voice_agent.webhooks.confirmation import CONFIRM, END_CALL, Confirmation
from mcp_voice_agent.webhooks.database import DATABASE, database_tool
from mcp_voice_agent.webhooks.declaration import declarations
from mcp_voice_agent.webhooks.declared import declared_tool
from mcp_voice_agent.webhooks.email import EMAIL, email_tool
from mcp_voice_agent.webhooks.growing import VoiceTools, grow
from mcp_voice_agent.webhooks.language import language_of
from mcp_voice_agent.webhooks.rate_limit import CallLimit
from mcp_voice_agent.webhooks.server_tools import Allowed, ServerTools

if TYPE_CHECKING:
    from mcp_voice_agent.mcp_servers.room import RoomServers

__all__ = ["voice_tools"]

log = logging.getLogger(__name__)


@asynccontextmanager
async def voice_tools(
    settings: AgentSettings,
    *,
    room_name: str,
    identity: Callable[[], str],
    floor: FloorStatus,
    session: AgentSession[Any],
    allowed: Allowed = None,
) -> AsyncIterator[VoiceTools]:
    """The tools for the agents of one session; they work while the block lasts, and may be given to several agents.

    Those of MCP servers come later, once the session has started: its agent is given them, and they are put into the
    list for whichever agent comes next.

    A change that is under way when the block ends is still finished, within its limit.

    Args:
        settings: Which webhooks there are, and their limits; the language in which they are read back.
        room_name: For the audit log.
        identity: Who the linked human is now, empty for nobody; for the audit log, and because who says yes must be the
            one who heard what to.
        floor: Nothing is spoken before it is free.
        session: Whose agents are to have them.
        allowed: The names of the tools that may be used, or of MCP servers with all of theirs; "reading" for those that
            change nothing; None for all. Names that there are not are passed over.

    Raises:
        BadSettings: MCP_VOICE_AGENT_TOOLS_FILE cannot be used.
    """
    declared = declarations(settings)
    language = language_of(settings.language)
    audit = Audit(room_name, identity)
    # What is under way at the end is finished by the tasks, which need client and servers for it.
    async with webhook_client(settings) as client, _servers(settings) as servers, owned_tasks() as tasks:
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
        known = {*made, CONFIRM, END_CALL, *(servers.names if servers else ())}
        if allowed != "reading" and (unknown := [name for name in allowed or () if name.split("__")[0] not in known]):
            log.info("there are no tools named %s", ", ".join(unknown))
        tools = [made[name] for name in chosen]
        confirm = _confirm_tool(calls)
        if confirmed & set(chosen):
            tools.append(confirm)
        if servers is not None:
            own = {*made, *(tool.id for tool in tools)}
            coming = ServerTools(calls, servers, allowed=allowed, own=own, confirm=confirm)
            greets = bool(settings.agent_greeting)
            grown = partial(grow, session, tools, coming, changed=servers.changed, begin=servers.begin, greets=greets)
            tasks.start_soon(grown)
        try:
            yield tools
        finally:
            apology.close()
            confirmation.close()
            tasks.cancel_scope.cancel()


@asynccontextmanager
async def _servers(settings: AgentSettings) -> AsyncIterator[RoomServers | None]:
    if settings.agent_mcp_file is None:
        yield None
        return
    # The SDK takes a second to import, which is done ahead for those only who have servers.
    from mcp_voice_agent.mcp_servers.room import room_servers  # noqa: PLC0415

    async with room_servers(settings) as servers:
        yield servers


def _confirm_tool(calls: Calls) -> llm.Tool:
    @function_tool
    async def confirm_action(ctx: RunContext[None]) -> str:
        """Do what was just read back to the human, after they have said yes to it. Never call it before they have.

        Args:
            ctx: The call, from LiveKit.
        """
        return await calls.carry_out(ctx)

    return confirm_action
