"""The process that builds livekit-server: ``python -m mcp_voice.embedded.builder <path of the program to be>``.

It goes on when whoever wanted the server has gone: a host starts and ends us within seconds, a build takes minutes.
"""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path

import anyio

from mcp_voice.embedded import fingerprint
from mcp_voice.embedded.advance import WHAT
from mcp_voice.embedded.build import build
from mcp_voice.embedded.build_files import BuildFiles, Told
from mcp_voice.embedded.toolchain import INSTEAD
from mcp_voice.errors import EmbeddedServerError
from mcp_voice.process.locks import locked
from mcp_voice.process.signals import run_interruptible
from mcp_voice.redaction import fault_place

# Whoever looks whether a builder is there holds its lock for a moment; that must not turn a new one away.
LOCK_SECONDS = 0.5
STOP_SECONDS = 0.2
NICE = 10
"""Somebody works at this machine meanwhile."""


def main(target: str) -> int:
    """Become a background process and build, unless another one does; returns the exit status."""
    files = BuildFiles(Path(target))
    with locked(files.lock, limit=LOCK_SECONDS) as got:
        if not got or files.target.exists():
            return 0
        if hasattr(os, "fork") and os.fork():
            # The grandchild, which now holds the lock, belongs to init: a host that kills our children spares it.
            os._exit(0)
        if hasattr(os, "nice"):
            os.nice(NICE)
        with suppress(KeyboardInterrupt):
            run_interruptible(partial(_build, files))
    return 0


async def _build(files: BuildFiles) -> None:
    """Build, and tell how it goes; what is raised here nobody would see."""
    files.write(Told(WHAT))
    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_stop, files, tasks.cancel_scope)
            await _built(files)
            tasks.cancel_scope.cancel()
    except* EmbeddedServerError as group:
        error = group.exceptions[0]
        if isinstance(error, EmbeddedServerError):
            _failed(files, error)
    except* Exception as group:  # noqa: BLE001 - told to those who wait
        place = fault_place(group.exceptions[0])
        _failed(
            files,
            EmbeddedServerError(f"livekit-server could not be built: {place}.", fix=INSTEAD, code="server-not-built"),
        )


async def _built(files: BuildFiles) -> None:
    files.scratch.mkdir(mode=0o700, exist_ok=True)
    await build(files.target, scratch=files.scratch, progress=lambda line: files.write(Told(line)))
    await fingerprint.remember(files.target)
    files.clear()
    shutil.rmtree(files.scratch, ignore_errors=True)


async def _stop(files: BuildFiles, scope: anyio.CancelScope) -> None:
    """End the build when somebody asks for that."""
    while not files.stop.exists():
        await anyio.sleep(STOP_SECONDS)
    files.write(Told(problem="The build of livekit-server was stopped.", fix=INSTEAD, code="server-not-built"))
    scope.cancel()


def _failed(files: BuildFiles, error: EmbeddedServerError) -> None:
    files.write(Told(problem=error.what, fix=error.fix, code=error.code))
    shutil.rmtree(files.scratch, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
