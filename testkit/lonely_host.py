"""A host that asks one question and waits, as a process of its own, so that it can be killed."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import anyio

from testkit.host import host


async def main(room_name: str, question: str, folder: str) -> None:
    """Ask in a room; the server's settings are those of this process."""
    async with host(dict(os.environ), Path(folder)) as asker:
        await asker.ask(question, room_name=room_name)


if __name__ == "__main__":
    anyio.run(main, sys.argv[1], sys.argv[2], sys.argv[3])
