"""Accepting connections one by one, so that no number of them starves the process or takes its file descriptors.

asyncio's own server accepts as many as there are, and logs thousands of lines when the descriptors run out.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
import ssl
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial

import anyio
from anyio.abc import TaskGroup

from mcp_voice.page.connections import Connection, HeldConnections, peer_of
from mcp_voice.tasks import owned_tasks

__all__ = ["accepting"]

log = logging.getLogger(__name__)

SHORT = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
SHORT_SECONDS = 1.0
"""Between two attempts while the system has no descriptor left."""
TELL_SECONDS = 600.0
"""Within which a shortage is logged once."""
CROWDED_SECONDS = 0.005
"""After one had to go for another: whoever comes has time for a request, and the process for its work."""
FAULT_SECONDS = 0.1
TLS_SECONDS = 10.0
LOST_SECONDS = 1.0
STOP_SECONDS = 1.0
ARRIVING_SECONDS = 0.01
ARRIVING_TURNS = 10
"""So often we look, with so many seconds between, for requests that were sent before nobody was let in any more: to end
a connection that holds an unread request resets it, and its client gets no answer. Turns, not time alone: a loop that
was held up for 2 s by an import has them to read when it goes on."""
MakeProtocol = Callable[[Connection], asyncio.Protocol]


class Door:
    """Takes in the connections of one listening socket."""

    def __init__(
        self, listener: socket.socket, connections: HeldConnections, make: MakeProtocol, *, tls: ssl.SSLContext | None
    ) -> None:
        """``make`` gives what speaks on a connection; it sets the connection's ``held`` and ``lost``."""
        self._listener = listener
        self._connections = connections
        self._make = make
        self._tls = tls
        self._told_at: float | None = None

    async def accept(self, tasks: TaskGroup) -> None:
        """Take in whoever comes."""
        while True:
            opened, address = await self._next()
            peer = peer_of(address)
            if (ended := self._connections.make_room(peer)) is not None:
                ended.scope.cancel()
                with anyio.move_on_after(LOST_SECONDS):
                    await ended.lost.wait()
                await anyio.sleep(CROWDED_SECONDS)
            self._take(opened, peer, tasks)

    def close(self, tasks: TaskGroup) -> None:
        """Take in whoever has connected by now, and let nobody else connect."""
        with suppress(OSError):  # there is nobody left, or it has gone
            for _ in range(self._connections.most):
                opened, address = self._listener.accept()
                self._take(opened, peer_of(address), tasks)
        self._listener.close()

    async def stop(self) -> None:
        """Let what goes on come to an end, for a moment."""
        for _ in range(ARRIVING_TURNS):
            if not self._connections.all:
                return
            await anyio.sleep(ARRIVING_SECONDS)
        for each in list(self._connections.all):
            if each.held is not None:
                each.held.shutdown()
            else:
                each.scope.cancel()
        with anyio.move_on_after(STOP_SECONDS):
            for each in list(self._connections.all):
                await each.lost.wait()

    def _take(self, opened: socket.socket, peer: str, tasks: TaskGroup) -> None:
        if self._connections.has_room(peer):
            connection = Connection(peer)
            self._connections.all[connection] = None
            opened.settimeout(0)
            tasks.start_soon(partial(self._hold, connection, opened))
        else:
            opened.close()

    async def _next(self) -> tuple[socket.socket, object]:
        while True:
            try:
                # One at a time: between two of them everything else has its turn.
                await anyio.lowlevel.checkpoint()
                return await asyncio.get_running_loop().sock_accept(self._listener)
            except OSError as error:
                await self._bear(error)

    async def _bear(self, error: OSError) -> None:
        """What accept(2) tells of is a connection's that has failed already, or a shortage."""
        if error.errno not in SHORT:
            await anyio.sleep(FAULT_SECONDS)
            return
        now = time.monotonic()
        if self._told_at is None or now > self._told_at + TELL_SECONDS:
            self._told_at = now
            log.warning("nobody is let in over HTTP for now: %s", error.strerror)
        await anyio.sleep(SHORT_SECONDS)

    async def _hold(self, connection: Connection, opened: socket.socket) -> None:
        protocol = self._make(connection)
        try:
            with connection.scope:
                await self._connect(protocol, opened)
                await connection.lost.wait()
        except OSError:
            log.debug("somebody went away, or agreed on no TLS")
        finally:
            if connection.held is not None:
                connection.held.abort()
            opened.close()
            self._connections.all.pop(connection, None)
            connection.lost.set()

    async def _connect(self, protocol: asyncio.Protocol, opened: socket.socket) -> None:
        limit = {"ssl_handshake_timeout": TLS_SECONDS} if self._tls else {}
        await asyncio.get_running_loop().connect_accepted_socket(lambda: protocol, opened, ssl=self._tls, **limit)


@asynccontextmanager
async def accepting(
    listener: socket.socket, connections: HeldConnections, make: MakeProtocol, *, tls: ssl.SSLContext | None
) -> AsyncIterator[None]:
    """Hold the connections of a listening socket, as ``connections`` bounds them, until the block ends; then close it.

    Whoever connects later is refused at once, and can try another process; left open it would let them wait for nobody.
    """
    listener.settimeout(0)
    door = Door(listener, connections, make, tls=tls)
    async with owned_tasks() as tasks:
        accepts, has_ended = anyio.CancelScope(), anyio.Event()

        async def accept() -> None:
            with accepts:
                await door.accept(tasks)
            has_ended.set()

        tasks.start_soon(accept)
        try:
            yield
        finally:
            accepts.cancel()
            with anyio.CancelScope(shield=True):
                with anyio.move_on_after(STOP_SECONDS):
                    await has_ended.wait()
                door.close(tasks)
                await door.stop()
            tasks.cancel_scope.cancel()
