"""A server of one conversation, kept: started in the background, started again when it is gone, and called."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any

import anyio
import anyio.to_thread
from mcp import types

from mcp_voice.outside_faults.mcp_servers import MCP_SERVER
from mcp_voice.redaction import fault_place
from mcp_voice.tasks import Bell, owned_tasks
from mcp_voice_agent.mcp_servers.connection import ServerConnection, connected
from mcp_voice_agent.mcp_servers.fault import ServerFault
from mcp_voice_agent.mcp_servers.listing import Listing, listing
from mcp_voice_agent.mcp_servers.server import McpServer

__all__ = ["KeptServer"]

log = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0
STEADY_SECONDS = 60.0
"""A connection that lasted as long was a good one: the next pause is short again."""
GATHER_SECONDS = 1.0
"""A server that changes its tools one by one tells of each."""
LONGEST_GATHER_SECONDS = 60.0
"""For one that tells of changes without an end: a list costs time, and each change of it lines of the log."""
MOST_NAMED = 8
ATTEMPTS = 3
FIRST_WAIT_SECONDS = 0.2


class KeptServer:
    """One server while `keep` runs. Its tools stay offered while it is away: a call waits for it."""

    def __init__(self, server: McpServer, on_listed: Callable[[], None], *, speech: bool = False) -> None:
        self.server = server
        self._speech = speech
        self.listing = Listing()
        self._on_listed = on_listed
        self._connection: ServerConnection | None = None
        self._connected = Bell()
        self._wanted = Bell()
        self._fault: ServerFault | None = None
        """Why it is away."""

    async def keep(self) -> None:
        """Connect, and again whenever it is gone, with pauses that grow; each new failure is logged, with its fix."""
        pause = FIRST_PAUSE_SECONDS
        while True:
            began = anyio.current_time()
            try:
                async with connected(self.server, speech=self._speech) as connection:
                    await self._use(connection)
            except ServerFault as fault:
                self._tell(fault)
                if fault.lasting:
                    return
            except Exception as error:  # noqa: BLE001 - whatever it is, the conversation goes on
                log.warning("the MCP server %s failed: %s", self.server.name, fault_place(error))
            finally:
                self._connection = None
            if anyio.current_time() - began >= STEADY_SECONDS:
                pause = FIRST_PAUSE_SECONDS
            await anyio.sleep(FIRST_PAUSE_SECONDS)
            with anyio.move_on_after(pause - FIRST_PAUSE_SECONDS):
                await self._wanted.wait()
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    async def _use(self, connection: ServerConnection) -> None:
        """Follow what a server offers; raises ServerFault once it is gone."""
        rung = connection.changed.next
        await self._list(connection)
        self._connection, self._fault = connection, None
        self._connected.ring()
        async with owned_tasks() as tasks:
            tasks.start_soon(self._follow, connection, rung)
            raise await connection.gone()

    async def _follow(self, connection: ServerConnection, rung: anyio.Event) -> None:
        pause = GATHER_SECONDS
        while True:
            with anyio.move_on_after(LONGEST_GATHER_SECONDS) as quiet:
                await rung.wait()
            if quiet.cancelled_caught:
                pause = GATHER_SECONDS
                await rung.wait()
            rung = connection.changed.next
            await anyio.sleep(pause)
            pause = min(2 * pause, LONGEST_GATHER_SECONDS)
            await self._list(connection)

    async def _list(self, connection: ServerConnection) -> None:
        # Schemas are checked there, which takes a millisecond each.
        found = await anyio.to_thread.run_sync(listing, self.server.name, await connection.tools())
        if found == self.listing:
            return
        self.listing = found
        log.info("the MCP server %s offers %d tools", self.server.name, len(found.offered))
        for tool, why in islice(found.refused.items(), MOST_NAMED):
            log.warning("the tool %r of the MCP server %s is not offered: %s", tool, self.server.name, why)
        if len(found.refused) > MOST_NAMED:
            more = len(found.refused) - MOST_NAMED
            log.warning("%d more tools of the MCP server %s are not offered", more, self.server.name)
        self._on_listed()

    def _tell(self, fault: ServerFault) -> None:
        # Not by the cause: npm's last words name another log each time.
        again = self._fault is not None and (self._fault.code, self._fault.what) == (fault.code, fault.what)
        self._fault = fault
        level = logging.DEBUG if again else logging.WARNING
        log.log(level, "the MCP server %s %s. %s", self.server.name, fault.happened, fault.fix)

    async def call(
        self, tool: str, arguments: Mapping[str, Any], *, seconds: float, reads: bool
    ) -> types.CallToolResult:
        """Call a tool within so many seconds; one that only reads is tried three times at most.

        Raises:
            ServerFault: It is away, refuses, breaks off, or takes too long.
        """
        sent = False
        try:
            with anyio.fail_after(seconds):
                for attempt in range(ATTEMPTS):
                    connection = await self._ready()
                    sent = True
                    try:
                        return await connection.call(tool, arguments)
                    except ServerFault as fault:
                        if fault.passing and self._connection is connection:
                            self._connection = None
                        if not (reads and fault.passing) or attempt == ATTEMPTS - 1:
                            raise
                    await anyio.sleep(FIRST_WAIT_SECONDS * 2**attempt)
                raise AssertionError("unreachable")
        except TimeoutError:
            if not sent and self._fault is not None:
                raise self._fault.briefly() from None
            raise ServerFault.of(MCP_SERVER["late"].filled(seconds=seconds), in_doubt=sent) from None

    async def _ready(self) -> ServerConnection:
        while self._connection is None:
            self._wanted.ring()
            await self._connected.wait()
        return self._connection
