"""The tools of a room's MCP servers: which of them it may use, as its agent is given them."""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Literal

from livekit.agents import llm

from mcp_voice_agent.webhooks.calls import Calls
from mcp_voice_agent.webhooks.confirmation import END_CALL
from mcp_voice_agent.webhooks.growing import VoiceTools
from mcp_voice_agent.webhooks.served import served_tool

if TYPE_CHECKING:
    from mcp_voice_agent.mcp_servers.listing import Offered
    from mcp_voice_agent.mcp_servers.room import RoomServers, ServerTool

__all__ = ["Allowed", "ServerTools"]

log = logging.getLogger(__name__)

Allowed = tuple[str, ...] | Literal["reading"] | None
"""Names of the tools that a room may use, or those that change nothing; None: all."""
MOST = 64
"""Tools of all servers in one room: OpenAI takes 128, and a model finds its way among few."""
MOST_BYTES = 65_536
"""Of all their descriptions and schemas, which go with each turn: about 16,000 tokens."""


def permits(allowed: Allowed, served: ServerTool, *, but: Collection[str]) -> bool:
    """Whether a room may use a tool: its list has it, or its server by a name that is none of ``but``."""
    if allowed is None:
        return True
    if allowed == "reading":
        return served.reads
    return served.name in allowed or (served.offered.server in allowed and served.offered.server not in but)


def _fitting(served: Sequence[ServerTool]) -> Iterator[ServerTool]:
    """Those that go with every turn of a model, in the order of the file; a large one leaves its place to others."""
    left, places = MOST_BYTES, MOST
    for each in served:
        size = len(each.offered.description.encode()) + len(json.dumps(each.offered.schema))
        if places and size <= left:
            left, places = left - size, places - 1
            yield each


class ServerTools:
    """What the servers of a room offer now, within its bounds."""

    def __init__(
        self, calls: Calls, servers: RoomServers, *, allowed: Allowed, own: Collection[str], confirm: llm.Tool
    ) -> None:
        """``own`` are the names of the room's other tools; ``confirm`` is needed with what is read back."""
        self._calls = calls
        self._servers = servers
        self._allowed = allowed
        # Which comes after the others.
        self._own = {*own, END_CALL}
        self._confirm = confirm
        self._offered: list[Offered] = []
        self._tools: VoiceTools = []

    def now(self) -> VoiceTools:
        """Those that there are; the same objects as long as the servers offer the same."""
        served = [each for each in self._servers.tools if self._is_mine(each)]
        offered = [each.offered for each in served]
        if offered != self._offered:
            self._offered = offered
            self._tools = self._made(served)
        return self._tools

    def _is_mine(self, served: ServerTool) -> bool:
        # A name that the room's list means for a webhook opens no server of that name.
        return served.name not in self._own and permits(self._allowed, served, but=self._own)

    def _made(self, served: list[ServerTool]) -> VoiceTools:
        fitting = [*_fitting(served)]
        if len(served) > len(fitting):
            log.warning(
                "of %d tools of MCP servers only %d are offered, at most %d with %d bytes of descriptions and schemas: "
                "have the room's configuration name those it needs",
                *(len(served), len(fitting), MOST, MOST_BYTES),
            )
            served = fitting
        tools: VoiceTools = [served_tool(self._calls, each) for each in served]
        needs_yes = not all(each.reads for each in served)
        return [*tools, self._confirm] if needs_yes and self._confirm.id not in self._own else tools

    def is_one(self, tool: llm.Tool | llm.Toolset) -> bool:
        """Whether a tool of an agent is, or was, one of these."""
        server = tool.id.partition("__")[0]
        return tool.id not in self._own and (tool is self._confirm or server in self._servers.names)
