"""An MCP host that trusts no SDK: JSON-RPC written by hand, one line for each message."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
from anyio.abc import Process
from anyio.streams.buffered import BufferedByteReceiveStream

from mcp_voice.tasks import owned_tasks
from testkit.command import COMMAND, running

__all__ = ["CLIENT", "HANDSHAKE", "MODERN", "Wire", "wire"]

HANDSHAKE = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
MODERN = "2026-07-28"
CLIENT = {"name": "by-hand", "version": "1"}
ANSWER_SECONDS = 30.0
LONGEST_LINE = 1_000_000


class Wire:
    """The server's standard streams."""

    def __init__(self, process: Process, version: str) -> None:
        self.process = process
        self.version = version
        self.notes: list[dict[str, Any]] = []
        """Notifications so far."""
        self.stderr = ""
        assert process.stdout is not None
        self._lines = BufferedByteReceiveStream(process.stdout)
        self._sent = 0

    async def open(self) -> dict[str, Any]:
        """The first request of the protocol's revision; gives its result."""
        if self.version == MODERN:
            return await self.call("server/discover")
        result = await self.call(
            "initialize", {"protocolVersion": self.version, "capabilities": {}, "clientInfo": CLIENT}
        )
        await self.send({"method": "notifications/initialized"})
        return result

    async def call(self, method: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Send a request and wait for its result."""
        answer = await self.answer(await self.request(method, params))
        assert "error" not in answer, answer
        result: dict[str, Any] = answer["result"]
        return result

    async def tool(self, name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Call a tool and wait for its result."""
        return await self.call("tools/call", {"name": name, "arguments": dict(arguments)})

    async def request(self, method: str, params: Mapping[str, Any] | None = None) -> int:
        """Send a request; gives its id. In the modern revision every request says who sends it."""
        self._sent += 1
        told = dict(params or {})
        if self.version == MODERN:
            told["_meta"] = {
                **told.get("_meta", {}),
                "io.modelcontextprotocol/protocolVersion": MODERN,
                "io.modelcontextprotocol/clientInfo": CLIENT,
                "io.modelcontextprotocol/clientCapabilities": {},
            }
        await self.send({"id": self._sent, "method": method, "params": told})
        return self._sent

    async def send(self, message: Mapping[str, Any]) -> None:
        """Send one message."""
        await self.write(json.dumps({"jsonrpc": "2.0", **message}))

    async def write(self, line: str) -> None:
        """Send one line, JSON or not."""
        assert self.process.stdin is not None
        await self.process.stdin.send(line.encode() + b"\n")

    async def read(self) -> dict[str, Any]:
        """The next message; whatever is not JSON-RPC fails the test."""
        with anyio.fail_after(ANSWER_SECONDS):
            line = await self._lines.receive_until(b"\n", LONGEST_LINE)
        message: dict[str, Any] = json.loads(line)
        assert message["jsonrpc"] == "2.0", message
        return message

    async def answer(self, request: int) -> dict[str, Any]:
        """The answer to a request, result or error; what comes before it is kept in ``notes``."""
        while True:
            message = await self.read()
            if message.get("id") == request and "method" not in message:
                return message
            self.notes.append(message)

    async def rest(self) -> str:
        """What is left on stdout, up to its end."""
        text = b""
        with anyio.fail_after(ANSWER_SECONDS):
            while True:
                try:
                    text += await self._lines.receive()
                except anyio.EndOfStream:
                    return text.decode()

    async def drain(self) -> None:
        """Take in stderr, which would block the server when its pipe is full."""
        assert self.process.stderr is not None
        async for part in self.process.stderr:
            self.stderr += part.decode(errors="replace")


@asynccontextmanager
async def wire(folder: Path, settings: Mapping[str, str], *, version: str = HANDSHAKE[-1]) -> AsyncIterator[Wire]:
    """Start ``mcp-voice`` in a folder of its own and hold its streams."""
    async with running(COMMAND, folder, settings) as process, owned_tasks() as tasks:
        held = Wire(process, version)
        tasks.start_soon(held.drain)
        yield held
        tasks.cancel_scope.cancel()
