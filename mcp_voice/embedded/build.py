"""Build livekit-server once, from its published source."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import anyio
from anyio.streams.text import TextReceiveStream

from mcp_voice.embedded.advance import WHAT, Advance
from mcp_voice.embedded.keeper.leash import leashed
from mcp_voice.embedded.toolchain import INSTEAD, find_toolchain
from mcp_voice.errors import EmbeddedServerError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from pathlib import Path

    from anyio.abc import Process

__all__ = ["MODULE", "VERSION", "build"]

VERSION = "1.13.5"  # the newest tag that `go install` accepts
MODULE = f"github.com/livekit/livekit-server/cmd/server@v{VERSION}"
BUILD_SECONDS = 3_600.0
"""At most. It takes 2 to 3 minutes on two cores; on two that six others used it was at 80 % after 15."""
STILL_SECONDS = 600.0
"""In which Go says something, or it hangs; to link, of which it says nothing, takes half a minute."""
AGAIN = "Start it again: it continues with what has been compiled. If that does not help: "
PROGRESS_SECONDS = 2.0
END_SECONDS = 3.0


async def build(target: Path, *, scratch: Path, progress: Callable[[str], None]) -> None:
    """Put a new livekit-server at ``target``, whole or not at all; raises EmbeddedServerError.

    What is fetched and compiled stays in ``scratch``, a folder on the same disk: a next build goes on with it.
    """
    try:
        toolchain = await find_toolchain(scratch, progress=progress)
        # GOOS and GOARCH: somebody's cross-compiling is not for this machine; without cgo no C compiler is needed
        ours = {name: value for name, value in toolchain.environment.items() if name not in {"GOOS", "GOARCH"}}
        forced = {"GOBIN": str(scratch / "bin"), "CGO_ENABLED": "0"}
        progress(f"{WHAT}, 0 % (once, a few minutes: version {VERSION}, with {toolchain.go})")
        await _install(toolchain.go, scratch, ours | forced, progress=progress)
        program = next((scratch / "bin").glob("server*"), None)
        if program is None:
            raise EmbeddedServerError("Go finished, but built no livekit-server.", fix=INSTEAD, code="server-not-built")
        program.replace(target)
    except OSError as error:
        raise EmbeddedServerError(
            f"livekit-server could not be built in {str(target.parent)!r}: {error.strerror or error}.",
            fix=INSTEAD,
            code="server-not-built",
        ) from error


async def _install(go: Path, scratch: Path, environment: Mapping[str, str], *, progress: Callable[[str], None]) -> None:
    """Run ``go install`` in a folder of ours, telling how it gets on; raises EmbeddedServerError."""
    advance = Advance(anyio.current_time())
    command = [str(go), "install", "-v", "-trimpath", "-ldflags=-s -w", MODULE]
    status = None
    ends_at = anyio.current_time() + BUILD_SECONDS
    with anyio.move_on_after(min(STILL_SECONDS, BUILD_SECONDS)) as limit:
        async with _running(command, scratch, environment) as process, anyio.create_task_group() as tasks:
            tasks.start_soon(_report, advance, progress)
            async for line in _lines(process):
                advance.take(line)
                limit.deadline = min(anyio.current_time() + STILL_SECONDS, ends_at)
            status = await process.wait()
            tasks.cancel_scope.cancel()
    if status is None:
        raise EmbeddedServerError(
            f"livekit-server was not built in {anyio.current_time() - advance.started:.0f} s ({advance}).",
            fix=AGAIN + INSTEAD,
            code="server-not-built",
        )
    if status:
        why = advance.last_words or f"go ended with status {status}"
        raise EmbeddedServerError(f"livekit-server could not be built: {why}.", fix=INSTEAD, code="server-not-built")


@asynccontextmanager
async def _running(command: list[str], folder: Path, environment: Mapping[str, str]) -> AsyncIterator[Process]:
    """The program, ended with all that it started if we leave before it does, and by itself if we are killed."""
    process = await anyio.open_process(
        leashed(*command),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        cwd=folder,
        env=environment,
        start_new_session=sys.platform != "win32",
    )
    try:
        yield process
    finally:
        with anyio.CancelScope(shield=True), anyio.move_on_after(END_SECONDS):
            if process.returncode is None:
                if sys.platform == "win32":
                    if process.stdin is not None:  # which the leash waits for
                        await process.stdin.aclose()
                    await process.wait()
                else:
                    with suppress(ProcessLookupError):
                        os.killpg(process.pid, signal.SIGKILL)
            await process.aclose()


async def _lines(process: Process) -> AsyncIterator[str]:
    """What it writes, line by line, until it ends."""
    rest = ""
    if process.stderr is not None:
        async for text in TextReceiveStream(process.stderr, errors="replace"):
            *lines, rest = (rest + text).split("\n")
            for line in lines:
                yield line
    yield rest


async def _report(advance: Advance, progress: Callable[[str], None]) -> None:
    while True:
        await anyio.sleep(PROGRESS_SECONDS)
        progress(str(advance))
