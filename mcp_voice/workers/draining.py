"""How the processes of a worker's rooms learn that it drains: by a file that the worker makes."""

from __future__ import annotations

import os
from pathlib import Path

import anyio

__all__ = ["VARIABLE", "until_draining"]

VARIABLE = "MCP_VOICE_WORKER_DRAINING"
"""In the environment of the rooms' processes: the path of that file."""
LOOK_SECONDS = 0.5


async def until_draining() -> None:
    """Wait until the worker drains, in a process of its rooms."""
    file = Path(os.environ[VARIABLE])
    while not file.exists():  # noqa: ASYNC110  # what another process does can only be polled
        await anyio.sleep(LOOK_SECONDS)
