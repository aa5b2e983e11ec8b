"""A Python module of ours in a process of its own, which tells what it has to say in lines of JSON on stdout."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import anyio
from anyio.abc import Process
from anyio.streams.text import TextReceiveStream

from mcp_voice.tasks import owned_tasks

__all__ = ["Told", "child", "first_line", "next_line", "tell", "until_closed"]

STOP_SECONDS = 8.0
Told = dict[str, Any]


@asynccontextmanager
async def child(
    module: str,
    folder: Path,
    take: Callable[[Told], None],
    *,
    first: Told | None = None,
    environment: Mapping[str, str] | None = None,
) -> AsyncIterator[Callable[[Told], Awaitable[None]]]:
    """Run a module while the block lasts; ``take`` is given each line, ``first`` is what it is told at the start.

    ``environment`` is its own (None: ours). Gives what tells it more. Its stdin is closed at the end, and its stderr is
    a log in that folder.
    """
    command = [sys.executable, "-m", module]
    root = Path(__file__).parent.parent
    with (folder / f"{module}-{uuid.uuid4().hex[:6]}.log").open("w", encoding="utf-8") as log:
        async with (
            await anyio.open_process(command, stdin=subprocess.PIPE, stderr=log, cwd=root, env=environment) as process,
            owned_tasks() as tasks,
        ):
            tasks.start_soon(_read, process, take)
            try:
                if first is not None:
                    await _say(process, first)
                yield partial(_say, process)
            finally:
                tasks.cancel_scope.cancel()
                with anyio.move_on_after(STOP_SECONDS, shield=True):
                    if process.stdin is not None:
                        await process.stdin.aclose()
                    await process.wait()


async def _say(process: Process, told: Told) -> None:
    if process.stdin is not None:
        await process.stdin.send(json.dumps(told).encode() + b"\n")


async def _read(process: Process, take: Callable[[Told], None]) -> None:
    rest = ""
    if process.stdout is not None:
        async for text in TextReceiveStream(process.stdout):
            *lines, rest = (rest + text).split("\n")
            for line in lines:
                take(json.loads(line))


def tell(**told: Any) -> None:
    """In the child: tell something."""
    print(json.dumps(told), flush=True)


def first_line() -> Told:
    """In the child: what it was told at the start."""
    told: Told = json.loads(sys.stdin.readline())
    return told


async def next_line() -> Told:
    """In the child: the next thing it is told; empty once it is no longer wanted."""
    told: Told = json.loads(await anyio.to_thread.run_sync(sys.stdin.readline, abandon_on_cancel=True) or "{}")
    return told


async def until_closed() -> None:
    """In the child: wait until it is no longer wanted."""
    await anyio.to_thread.run_sync(sys.stdin.read, abandon_on_cancel=True)
