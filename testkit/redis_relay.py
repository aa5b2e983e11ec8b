"""An address that leads to one Redis, and later to another, as a service's name does; with TLS if wanted."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import anyio
from anyio.abc import ByteStream, SocketAttribute
from anyio.streams.tls import TLSListener

__all__ = ["Relay", "relay"]

PIECE = 65_536
GONE = (anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError, OSError, ssl.SSLError)


class Relay:
    """Passes everything on."""

    def __init__(self, target: int) -> None:
        self.target = target
        """The port of the loopback that new connections lead to."""
        self.port = 0
        self._inside: set[anyio.CancelScope] = set()

    def cut(self) -> None:
        """Break every connection off; new ones are taken."""
        for scope in self._inside:
            scope.cancel()

    async def serve(self, client: ByteStream) -> None:
        """One connection."""
        with anyio.CancelScope() as scope, suppress(*GONE):
            self._inside.add(scope)
            try:
                async with (
                    client,
                    await anyio.connect_tcp("127.0.0.1", self.target) as server,
                    anyio.create_task_group() as tasks,
                ):
                    tasks.start_soon(_pump, server, client, tasks.cancel_scope)
                    await _pump(client, server, tasks.cancel_scope)
            finally:
                self._inside.discard(scope)


async def _pump(source: ByteStream, sink: ByteStream, scope: anyio.CancelScope) -> None:
    with suppress(*GONE):
        while True:
            await sink.send(await source.receive(PIECE))
    scope.cancel()


@asynccontextmanager
async def relay(target: int, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[Relay]:
    """A relay at a free port of the loopback."""
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1", local_port=0)
    passing = Relay(target)
    passing.port = listener.extra(SocketAttribute.local_port)  # noqa: S610 - not Django's
    async with listener, anyio.create_task_group() as tasks:
        tasks.start_soon((TLSListener(listener, tls) if tls else listener).serve, passing.serve)
        yield passing
        tasks.cancel_scope.cancel()
