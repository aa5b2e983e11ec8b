"""An MCP host: the server as a child process over stdio, driven by the SDK's own client."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import anyio
import psutil
from mcp import Client, StdioServerParameters, stdio_client
from mcp.types import TextContent, TextResourceContents
from pydantic import BaseModel

from mcp_voice.results import Answer, Cancelled, Rooms, Said
from mcp_voice.tasks import Bell, owned_tasks
from testkit import command

__all__ = ["Call", "Host", "ToolFault", "host"]

CALL_SECONDS = 60.0
CODE_KEY = "mcp-voice/code"
COMMAND = [sys.executable, "-m", "mcp_voice", "serve"]
T = TypeVar("T", bound=BaseModel)


class _Anything(BaseModel, extra="allow"):
    """A result of any form."""


class ToolFault(Exception):
    """A tool's error, with the text that a model sees and the code for programs."""

    def __init__(self, text: str, *, code: str = "") -> None:
        super().__init__(text)
        self.code = code


class Call:
    """A call of ``ask_in_room`` under way."""

    def __init__(self, scope: anyio.CancelScope) -> None:
        self.progress: list[str] = []
        """The texts of the progress notifications so far."""
        self._scope = scope
        self._answer: Answer | None = None
        self._told = Bell()
        self._done = anyio.Event()

    @property
    def answer(self) -> Answer:
        """The result, known after the block."""
        assert self._answer is not None
        return self._answer

    def cancel(self) -> None:
        """Cancel the call as a host does, with a notification."""
        self._scope.cancel()

    async def reaches(self, beginning: str, *, limit: float = CALL_SECONDS) -> str:
        """Wait for a progress notification that begins like this; gives it."""
        with anyio.fail_after(limit):
            while True:
                for text in self.progress:
                    if text.startswith(beginning):
                        return text
                await self._told.wait()

    async def done(self, *, limit: float = CALL_SECONDS) -> None:
        """Wait for the result."""
        with anyio.fail_after(limit):
            await self._done.wait()

    async def tell(self, text: str) -> None:
        """Take a progress notification."""
        self.progress.append(text)
        self._told.ring()

    async def run(self, host: Host, question: str, arguments: dict[str, Any]) -> None:
        """Make the call."""
        with self._scope:
            self._answer = await host.ask(question, told=self.tell, **arguments)
            self._done.set()


class Host:
    """What a model can do, with plain results."""

    def __init__(self, client: Client, process: psutil.Process) -> None:
        self.client = client
        self.process = process
        """The MCP server."""

    async def ask(
        self, question: str, *, told: Callable[[str], Awaitable[None]] | None = None, **arguments: Any
    ) -> Answer:
        """Call ``ask_in_room``; ``told`` is given the text of each progress notification."""
        return await self._call(Answer, "ask_in_room", {"question": question, **arguments}, told)

    @asynccontextmanager
    async def asking(self, question: str, **arguments: Any) -> AsyncIterator[Call]:
        """Call ``ask_in_room`` while the block does what people do meanwhile; ends when both have."""
        call = Call(anyio.CancelScope())
        async with owned_tasks() as tasks:
            tasks.start_soon(call.run, self, question, arguments)
            yield call

    async def wait(self, ask_id: str, wait_seconds: float | None = None) -> Answer:
        """Call ``wait_for_reply``."""
        return await self._call(Answer, "wait_for_reply", {"ask_id": ask_id, "wait_seconds": wait_seconds})

    async def cancel(self, ask_id: str) -> Cancelled:
        """Call ``cancel_ask``."""
        return await self._call(Cancelled, "cancel_ask", {"ask_id": ask_id})

    async def say(self, message: str, room_name: str) -> Said:
        """Call ``say_in_room``."""
        return await self._call(Said, "say_in_room", {"message": message, "room_name": room_name})

    async def listen(self, room_name: str, **arguments: Any) -> Answer:
        """Call ``listen_in_room``."""
        return await self._call(Answer, "listen_in_room", {"room_name": room_name, **arguments})

    async def rooms(self) -> Rooms:
        """Call ``list_rooms``."""
        return await self._call(Rooms, "list_rooms", {})

    async def call(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Call any tool, or what is none."""
        return (await self._call(_Anything, name, arguments)).model_dump()

    async def transcript(self, room_name: str) -> list[tuple[str, str]]:
        """Read a room's transcript: who said what; ourselves have no name."""
        read = await self.client.read_resource(f"voice://rooms/{room_name}/transcript")
        content = read.contents[0]
        assert isinstance(content, TextResourceContents)
        return [(line["identity"], line["text"]) for line in json.loads(content.text)]

    async def _call(
        self,
        kind: type[T],
        name: str,
        arguments: dict[str, Any],
        told: Callable[[str], Awaitable[None]] | None = None,
    ) -> T:
        async def on_progress(progress: float, total: float | None, message: str | None) -> None:
            if told is not None and message:
                await told(message)

        with anyio.fail_after(CALL_SECONDS):
            result = await self.client.call_tool(name, arguments, progress_callback=on_progress)
        if result.is_error:
            text = " ".join(part.text for part in result.content if isinstance(part, TextContent))
            raise ToolFault(text, code=(result.meta or {}).get(CODE_KEY, ""))
        return kind.model_validate(result.structured_content)


@asynccontextmanager
async def host(environment: dict[str, str], folder: Path, *, program: Sequence[str] = COMMAND) -> AsyncIterator[Host]:
    """Start the server in this folder; its log goes to ``folder/stderr.log``."""
    before = {child.pid for child in psutil.Process().children()}
    parameters = StdioServerParameters(
        command=program[0], args=list(program[1:]), env=command.environment(environment), cwd=folder
    )
    with (folder / "stderr.log").open("a", encoding="utf-8") as log:
        # The outer one unwraps what goes wrong in the block; the SDK's own task groups only wrap it.
        async with owned_tasks(), Client(stdio_client(parameters, errlog=log)) as client:
            started = [child for child in psutil.Process().children() if child.pid not in before]
            yield Host(client, started[-1])
