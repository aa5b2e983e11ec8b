"""A human who is a process of their own, so that their connection can be broken: by killing or stopping it.

Run as ``python -m testkit.talker URL TOKEN TEXT``: it says the text, a clip's, at each line that it is given, and tells
on stdout once it is in the room, and when it begins to speak.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
from anyio.abc import Process
from anyio.streams.text import TextReceiveStream

from mcp_voice.people.human import human
from testkit.clips import clip

__all__ = ["Talker", "talker"]

LIMIT = 30.0


class Talker:
    """That process."""

    def __init__(self, process: Process) -> None:
        self.process = process
        assert process.stdout is not None
        self._told = TextReceiveStream(process.stdout)

    async def told(self) -> str:
        """What it tells next."""
        with anyio.fail_after(LIMIT):
            return (await self._told.receive()).strip()

    async def speak(self) -> None:
        """Begin to say the text, once it can be heard."""
        assert self.process.stdin is not None
        await self.process.stdin.send(b"\n")
        assert await self.told() == "speaking"


@asynccontextmanager
async def talker(url: str, token: str, text: str) -> AsyncIterator[Talker]:
    """One who is in the room of the token; ends with the block."""
    command = [sys.executable, "-m", "testkit.talker", url, token, text]
    async with await anyio.open_process(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=None) as process:
        try:
            made = Talker(process)
            assert await made.told() == "here"
            yield made
        finally:
            if process.returncode is None:
                process.kill()


def _tell(what: str) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


async def _main(url: str, token: str, text: str) -> None:
    async with human(url, token) as person:
        _tell("here")
        while await anyio.to_thread.run_sync(sys.stdin.readline):
            await person.subscribed(limit=LIMIT)
            _tell("speaking")
            await person.speak(clip(text).pcm)


if __name__ == "__main__":
    _, *given = sys.argv
    anyio.run(_main, given[0], given[1], given[2])
