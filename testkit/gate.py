"""A door in front of a LiveKit server: it can be shut while somebody joins, and slammed on those inside."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

import anyio
from anyio.abc import ByteReceiveStream, ByteSendStream, SocketAttribute, SocketStream, TaskGroup

__all__ = ["Gate", "gate"]

JOINING = b"GET /rtc"
ASKING = b"POST /twirp"
PIECE = 65_536
GONE = (anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError)


class Gate:
    """Passes everything on, unless told otherwise; the server API is never held up, but may be answered for."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._opened = anyio.Event()
        self._opened.set()
        self._knocked = anyio.Event()
        self._inside: set[SocketStream] = set()
        self.url = ""
        self.api_answer = b""
        """What every new connection to the server API gets for an answer, in place of the server's."""
        self.joins = 0
        """How many connections have asked to join a room."""

    def shut(self) -> None:
        """Let those wait who want to join from now on."""
        self._opened = anyio.Event()
        self._knocked = anyio.Event()

    def open(self) -> None:
        """Let everybody in who waits."""
        self._opened.set()

    async def knocked(self, *, limit: float) -> None:
        """Wait until somebody wants to join since the gate was shut."""
        with anyio.fail_after(limit):
            await self._knocked.wait()

    async def slam(self) -> None:
        """Break every signalling connection off; clients may come back through the open gate."""
        for stream in list(self._inside):
            await stream.aclose()

    async def serve(self, client: SocketStream) -> None:
        """One connection."""
        async with client:
            with suppress(*GONE, OSError):
                first = await client.receive(PIECE)
                if self.api_answer and first.startswith(ASKING):
                    await client.send(self.api_answer)
                    return
                joining = first.startswith(JOINING)
                if joining:
                    self.joins += 1
                    self._knocked.set()
                    await self._opened.wait()
                await self._pass_on(client, first, signalling=joining)

    async def _pass_on(self, client: SocketStream, first: bytes, *, signalling: bool) -> None:
        async with await anyio.connect_tcp(self._host, self._port) as server:
            if signalling:
                self._inside.add(client)
            try:
                await server.send(first)
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(_pump, server, client, tasks)
                    await _pump(client, server, tasks)
            finally:
                self._inside.discard(client)


async def _pump(source: ByteReceiveStream, sink: ByteSendStream, tasks: TaskGroup) -> None:
    with suppress(*GONE):
        async for piece in source:
            await sink.send(piece)
    tasks.cancel_scope.cancel()


@asynccontextmanager
async def gate(url: str) -> AsyncIterator[Gate]:
    """A gate on a free port of the loopback in front of a LiveKit server."""
    parts = urlsplit(url)
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1", local_port=0)
    opened = Gate(parts.hostname or "127.0.0.1", parts.port or 7880)
    opened.url = f"ws://127.0.0.1:{listener.extra(SocketAttribute.local_port)}"  # noqa: S610  # not Django's
    async with listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, opened.serve)
        yield opened
        tasks.cancel_scope.cancel()
