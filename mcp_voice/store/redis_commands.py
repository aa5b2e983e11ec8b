"""Commands for a Redis: whatever is asked for while others are under way goes out together, over one connection.

redis-py's connections are used without its pipelines. Measured for an ask, of whoever asks and the worker together, at
sixteen at a time: 1.3 ms of CPU with them, 0.95 without.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import anyio
from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import NoScriptError, ResponseError

from mcp_voice.errors import StoreError
from mcp_voice.redaction import fault_place
from mcp_voice.store.redis_faults import FAULTS, code_of, store_error
from mcp_voice.store.redis_scripts import SCRIPTS
from mcp_voice.tasks import Bell

__all__ = ["CALL_SECONDS", "Argument", "Commands"]

log = logging.getLogger(__name__)

CALL_SECONDS = 2.5
"""How long one call may take, with all attempts to connect anew."""
MOST_AT_ONCE = 200
READ_ONLY = "READONLY"

Argument = str | bytes | int


@dataclass(slots=True, eq=False)
class _Command:
    name: str
    packed: bytes
    answer: asyncio.Future[Any] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    """What came back; an exception too, as a value."""

    def settle(self, answer: Any) -> None:
        """Whoever wants it may have given up."""
        if not self.answer.done():
            self.answer.set_result(answer)


class Commands:
    """A Redis that answers, or raises StoreError within ``CALL_SECONDS``. Its owner has ``run`` running meanwhile.

    A command may be carried out though its answer is lost, or twice: each of ours comes out the same.
    """

    def __init__(self, client: Redis, *, address: str) -> None:
        """``address`` is what an error tells of it: without a login."""
        self._client = client
        self.address = address
        self._waiting: deque[_Command] = deque()
        self._more = Bell()

    async def deed(self, deed: str, base: str, *arguments: Argument) -> Any:
        """Have a script of ours do something with the keys that begin like this."""
        script = SCRIPTS[deed]
        try:
            return await self._call("EVALSHA", script.sha, 1, base, *arguments)
        except NoScriptError:
            # It was restarted, or is another one; from now on it knows it.
            return await self.command("EVAL", script.text, 1, base, *arguments)

    async def command(self, *command: Argument) -> Any:
        """Any command's answer."""
        try:
            return await self._call(*command)
        except NoScriptError as error:
            raise store_error(error, address=self.address) from None

    async def _call(self, *command: Argument) -> Any:
        call = _Command(str(command[0]), _packed(command))
        # A scope of anyio's for each would take a tenth of a command's time.
        limit = asyncio.get_running_loop().call_later(CALL_SECONDS, call.settle, TimeoutError())
        self._waiting.append(call)
        self._more.ring()
        try:
            answer = await call.answer
        finally:
            limit.cancel()
        if isinstance(answer, StoreError | NoScriptError):
            raise answer
        if isinstance(answer, Exception):
            # Its text may quote what was sent.
            raise store_error(answer, address=self.address) from None
        return answer

    async def run(self) -> None:
        """Send what is asked for, until cancelled."""
        while True:
            more = self._more.next
            batch: list[_Command] = []
            while self._waiting and len(batch) < MOST_AT_ONCE:
                call = self._waiting.popleft()
                if not call.answer.done():  # Whoever wanted it has given up.
                    batch.append(call)
            if batch:
                await self._send(batch)
            else:
                await more.wait()

    async def _send(self, batch: list[_Command]) -> None:
        try:
            with anyio.fail_after(CALL_SECONDS):
                is_read_only = await self._exchange(batch)
        except FAULTS as error:
            # Whoever has come meanwhile would wait for the same; all are told at once.
            for call in (*batch, *self._waiting):
                call.settle(error)
            self._waiting.clear()
            return
        except Exception as error:  # noqa: BLE001 - one batch that fails must not end all that follow
            log.warning("a call of the store failed: %s", fault_place(error))
            for call in batch:
                call.settle(StoreError(f"Redis at {self.address} failed.", fix="Try again."))
            return
        if is_read_only:
            # Its name may lead to another one by now, which was its replica.
            await self._client.connection_pool.disconnect()

    async def _exchange(self, batch: list[_Command]) -> bool:
        """Send it, and hand each answer on as it comes; whether one was that nothing can be written there."""
        pool = self._client.connection_pool
        connection: AbstractConnection = await pool.get_connection()  # type: ignore[no-untyped-call] # a decorator has none

        async def exchange() -> bool:
            left = [call for call in batch if not call.answer.done()]
            await connection.send_packed_command(b"".join(call.packed for call in left), check_health=False)
            is_read_only = False
            for call in left:
                answer = await self._answered(connection, call.name)
                is_read_only = is_read_only or code_of(answer) == READ_ONLY
                call.settle(answer)
            return is_read_only

        async def failed(_: Exception) -> None:
            await connection.disconnect(nowait=True)

        try:
            return await connection.retry.call_with_retry(exchange, failed)
        except BaseException:
            # What it has not read yet would answer the next one's commands.
            await connection.disconnect(nowait=True)
            raise
        finally:
            await pool.release(connection)

    async def _answered(self, connection: AbstractConnection, name: str) -> Any:
        try:
            # The batch has a limit; whatever breaks this off, the connection is closed with it.
            answer = await connection.read_response(timeout=math.inf)
        except ResponseError as error:
            return error
        shaped: Callable[[Any], Any] | None = self._client.response_callbacks.get(name)
        try:
            return answer if shaped is None else shaped(answer)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            # No answer of a Redis; those to come are other commands'.
            return ResponseError(fault_place(error))


def _packed(command: tuple[Argument, ...]) -> bytes:
    """As it goes over the wire."""
    parts = [b"*%d" % len(command)]
    for each in command:
        # A lone surrogate is in no key of ours.
        data = each if isinstance(each, bytes) else str(each).encode("utf-8", "replace")
        parts += (b"$%d" % len(data), data)
    parts.append(b"")
    return b"\r\n".join(parts)
