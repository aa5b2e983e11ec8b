"""The servers of one conversation, and their tools as they can be called."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from anyio.abc import TaskGroup

from mcp_voice.errors import BadSettings
from mcp_voice.outside_faults.mcp_servers import MCP_SERVER
from mcp_voice.tasks import Bell, owned_tasks
from mcp_voice_agent.mcp_servers.fault import ServerFault
from mcp_voice_agent.mcp_servers.file import VARIABLE, servers
from mcp_voice_agent.mcp_servers.kept import KeptServer
from mcp_voice_agent.mcp_servers.listing import Offered
from mcp_voice_agent.mcp_servers.results import told
from mcp_voice_agent.mcp_servers.server import McpServer
from mcp_voice_agent.settings import AgentSettings

__all__ = ["RoomServers", "ServerTool", "room_servers"]

log = logging.getLogger(__name__)

LONGEST_FAILURE = 500
"""Bytes of what a server says of a call that failed."""
NOISY = {"mcp": logging.CRITICAL, "httpx2": logging.WARNING}
"""What the SDK tells of a connection that fails we tell ourselves; and of each request the URL, perhaps a secret."""


@dataclass(frozen=True, slots=True, eq=False)
class ServerTool:
    """A tool of a server as a conversation calls it."""

    kept: KeptServer
    offered: Offered
    seconds: float
    most: int
    """Bytes of an answer that the language model reads."""

    @property
    def name(self) -> str:
        """The tool's, as the model knows it."""
        return self.offered.name

    @property
    def source(self) -> str:
        """Where the server is named, for whoever reads the log."""
        return VARIABLE

    @property
    def reads(self) -> bool:
        """Whether it changes nothing, so that it may be called at once, and again when it fails."""
        return self.offered.reads

    async def call(self, arguments: Mapping[str, Any]) -> str:
        """The answer as the model is told it; raises ServerFault."""
        result = await self.kept.call(self.offered.tool, arguments, seconds=self.seconds, reads=self.reads)
        if result.is_error:
            raise ServerFault.of(MCP_SERVER["says"], told=told(self.offered.server, result, most=LONGEST_FAILURE))
        return told(self.offered.server, result, most=self.most)


class RoomServers:
    """All servers of one conversation; none is started before `begin`."""

    def __init__(self, servers: tuple[McpServer, ...], settings: AgentSettings, tasks: TaskGroup) -> None:
        self.changed = Bell()
        """Rings when there are other tools than before."""
        self._settings = settings
        self._tasks = tasks
        self._kept = [KeptServer(each, self.changed.ring, speech=settings.log_speech) for each in servers]

    @property
    def names(self) -> tuple[str, ...]:
        """The servers' names."""
        return tuple(kept.server.name for kept in self._kept)

    def begin(self) -> None:
        """Start or call all of them, side by side."""
        for kept in self._kept:
            self._tasks.start_soon(kept.keep)

    @property
    def tools(self) -> list[ServerTool]:
        """What they offer now, in the order of the file."""
        return [
            ServerTool(kept, each, kept.server.seconds or self._settings.webhook_seconds, self._settings.webhook_bytes)
            for kept in self._kept
            for each in kept.listing.offered
        ]


@asynccontextmanager
async def room_servers(settings: AgentSettings) -> AsyncIterator[RoomServers]:
    """The servers of the settings' file, ended with the block. A file that has become unusable is logged."""
    named: tuple[McpServer, ...] = ()
    try:
        named = servers(settings)
    except BadSettings as error:
        log.error("this conversation has no MCP servers: %s", error)  # noqa: TRY400 - the text says it all
    if named:
        for logger, level in NOISY.items():
            logging.getLogger(logger).setLevel(level)
    async with owned_tasks() as tasks:
        yield RoomServers(named, settings, tasks)
        tasks.cancel_scope.cancel()
