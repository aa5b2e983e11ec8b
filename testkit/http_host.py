"""MCP hosts that share one server over streamable HTTP: the command as a process, and the SDK's own client."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import psutil
from anyio.abc import Process
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from mcp_voice.tasks import owned_tasks
from testkit.command import COMMAND, running
from testkit.host import CALL_SECONDS, Host
from testkit.waiting import until

__all__ = ["HttpServer", "http_server"]

START_SECONDS = 30.0
SERVED = re.compile(r"served at (http://\S+/mcp)")
PRINTED = re.compile(r"Bearer (\S+)")


@dataclass
class HttpServer:
    """``mcp-voice serve --http`` that runs."""

    process: Process
    url: str
    stderr: list[str]

    @property
    def log(self) -> str:
        """What it has written to stderr so far."""
        return "".join(self.stderr)

    @property
    def printed_token(self) -> str:
        """The token that it has printed, where it has none of the settings: once, and nowhere else in its log."""
        found = PRINTED.findall(self.log)
        assert len(found) == 1, self.log
        assert self.log.count(found[0]) == 1, self.log
        return str(found[0])

    @asynccontextmanager
    async def host(self, token: str = "", *, auth: httpx2.Auth | None = None) -> AsyncIterator[Host]:
        """Whoever has this token, or gets one by ``auth``."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        timeout = httpx2.Timeout(CALL_SECONDS)
        async with (
            owned_tasks(),
            httpx2.AsyncClient(headers=headers, timeout=timeout, auth=auth) as http,
            Client(streamable_http_client(self.url, http_client=http)) as client,
        ):
            yield Host(client, psutil.Process(self.process.pid))


@asynccontextmanager
async def http_server(environment: dict[str, str], folder: Path, *, port: int = 0) -> AsyncIterator[HttpServer]:
    """Start it in this folder, on a free port where none is named."""
    async with running([*COMMAND, "serve", "--http", f"127.0.0.1:{port}"], folder, environment) as process:
        stderr: list[str] = []

        async def read() -> None:
            assert process.stderr is not None
            async for chunk in process.stderr:
                stderr.append(chunk.decode(errors="replace"))  # noqa: PERF401  # it is looked at as it comes

        async with owned_tasks() as tasks:
            tasks.start_soon(read)
            await until(lambda: SERVED.search("".join(stderr)), limit=START_SECONDS)
            found = SERVED.search("".join(stderr))
            assert found is not None
            yield HttpServer(process, found[1], stderr)
            tasks.cancel_scope.cancel()
