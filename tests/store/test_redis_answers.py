"""Answers of a Redis that is none: each is its own command's, whatever the one before it was."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from redis.asyncio import Redis

from mcp_voice.errors import StoreError
from mcp_voice.store.redis_commands import Commands
from mcp_voice.tasks import owned_tasks

pytestmark = pytest.mark.anyio

LIMIT = 10.0


@asynccontextmanager
async def server() -> AsyncIterator[int]:
    """Answers TIME by a number, which is no time, and ECHO as Redis does; gives its port."""
    over: list[asyncio.Event] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        over.append(done := asyncio.Event())
        while line := await reader.readline():
            parts = []
            for _ in range(int(line[1:])):
                length = int((await reader.readline())[1:])
                parts.append((await reader.readexactly(length + 2))[:-2])
            if parts[0] == b"TIME":
                writer.write(b":5\r\n")
            elif parts[0] == b"ECHO":
                writer.write(b"$%d\r\n%b\r\n" % (len(parts[1]), parts[1]))
            else:
                writer.write(b"+OK\r\n")
            await writer.drain()
        writer.close()
        await writer.wait_closed()
        done.set()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as listening:
        yield listening.sockets[0].getsockname()[1]
        for done in over:
            await asyncio.wait_for(done.wait(), LIMIT)


async def test_an_answer_that_cannot_be_read_spoils_no_other_one() -> None:
    """They are sent together; the next ones' answers must not become theirs."""
    async with server() as port, Redis(port=port) as client, owned_tasks() as tasks:
        commands = Commands(client, address="here")
        tasks.start_soon(commands.run)
        for first, second in (("a", "b"), ("c", "d")):
            answers = await asyncio.wait_for(
                asyncio.gather(
                    commands.command("ECHO", first),
                    commands.command("TIME"),
                    commands.command("ECHO", second),
                    return_exceptions=True,
                ),
                LIMIT,
            )
            assert (answers[0], answers[2]) == (first.encode(), second.encode())
            assert isinstance(answers[1], StoreError)
        tasks.cancel_scope.cancel()
