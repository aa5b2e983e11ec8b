"""Our MCP server, which beside serving counts its own tasks: the one thing that cannot be seen from outside."""

from __future__ import annotations

import asyncio
import gc
import sys
from pathlib import Path

import anyio

from mcp_voice.server.app import serve
from mcp_voice.settings import load

__all__ = ["serve_counted"]

EVERY_SECONDS = 0.25


async def serve_counted(path: Path) -> None:
    """Serve MCP, and keep the number of tasks in a file."""
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_count, path)
        await serve(load())
        tasks.cancel_scope.cancel()


async def _count(path: Path) -> None:
    while True:
        await anyio.sleep(EVERY_SECONDS)
        # What only waits for the collector is no growth.
        gc.collect()
        # In one step: it may be read at any moment.
        written = path.with_suffix(".new")
        written.write_text(str(len(asyncio.all_tasks())), encoding="utf-8")
        written.replace(path)


if __name__ == "__main__":
    anyio.run(serve_counted, Path(sys.argv[1]))
