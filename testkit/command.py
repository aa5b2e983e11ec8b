"""``mcp-voice`` as a program: started in an empty folder, with nothing of the developer's own settings."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import anyio
import psutil
from anyio.abc import Process
from anyio.streams.text import TextReceiveStream

__all__ = ["COMMAND", "Done", "environment", "family", "gone", "lines", "run", "running"]

COMMAND = (sys.executable, "-m", "mcp_voice")
RUN_SECONDS = 60.0
PASSED_ON = (
    "PATH",
    "HOME",
    "USERPROFILE",
    "SYSTEMROOT",
    "TEMP",
    "TMP",
    "TMPDIR",
    "PYTHONPATH",
    "COVERAGE_PROCESS_CONFIG",
)


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str


def environment(settings: Mapping[str, str] | None = None) -> dict[str, str]:
    """What a program needs to run at all (and to be measured), and these settings; it opens no browser of yours."""
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return {**kept, "MCP_VOICE_OPEN_BROWSER": "never", **(settings or {})}


@asynccontextmanager
async def running(
    arguments: Sequence[str | Path], folder: Path, settings: Mapping[str, str] | None = None
) -> AsyncIterator[Process]:
    """Run a program with pipes; it is killed when the block ends before it does."""
    async with await anyio.open_process(
        arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=folder,
        env=environment(settings),
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()


async def run(*arguments: str, folder: Path, settings: Mapping[str, str] | None = None, code: str = "") -> Done:
    """Run ``mcp-voice`` with these arguments (or Python with this code) to its end."""
    command = [sys.executable, "-c", code] if code else [*COMMAND, *arguments]
    with anyio.fail_after(RUN_SECONDS):
        done = await anyio.run_process(
            command, stdin=subprocess.DEVNULL, cwd=folder, env=environment(settings), check=False
        )
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


async def lines(process: Process) -> AsyncIterator[str]:
    """What a program prints, line by line."""
    assert process.stdout is not None
    rest = ""
    async for text in TextReceiveStream(process.stdout):
        *whole, rest = (rest + text).split("\n")
        for line in whole:
            yield line


def family(pid: int) -> list[psutil.Process]:
    """A process with all that it has started."""
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


def gone(processes: Sequence[psutil.Process], *, within: float) -> bool:
    """Whether all of them end within so many seconds."""
    return not psutil.wait_procs(processes, timeout=within)[1]
