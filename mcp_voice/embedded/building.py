"""Have livekit-server built by a process of its own, which outlives whoever wants it, and wait for that."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import anyio

from mcp_voice.embedded.detached import start_detached
from mcp_voice.embedded.folders import told
from mcp_voice.embedded.toolchain import INSTEAD
from mcp_voice.errors import EmbeddedServerError
from mcp_voice.process.installer import NETWORK, PREFIXES
from mcp_voice.process.isolation import child_environment, in_working_directory, module_command
from mcp_voice.process.locks import is_locked

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp_voice.embedded.build_files import BuildFiles

__all__ = ["begin", "built", "progress_of", "stopped"]

BUILDER = "mcp_voice.embedded.builder"
BEGINS = 3
# A little more than fetching Go and building may take together.
WAIT_SECONDS = 4_300.0
POLL_SECONDS = 0.1


async def begin(files: BuildFiles) -> None:
    """Start a builder, unless one is at work; returns at once. Raises EmbeddedServerError."""
    with told(files.target.parent, "MCP_VOICE_CACHE_DIR"):
        if is_locked(files.lock):
            return
        files.stop.unlink(missing_ok=True)
        await start_detached(
            module_command(BUILDER, str(files.target)),
            what="builds livekit-server",
            lock=files.lock,
            log=files.log,
            environment=_environment(),
        )


def _environment() -> dict[str, str]:
    """What Go, pip or uv need, and no secret; the builder's working directory is another than ours."""
    environment = child_environment("UV", *NETWORK, prefixes=PREFIXES, python=True)
    entries = environment.get("PATH", os.defpath).split(os.pathsep)
    environment["PATH"] = os.pathsep.join(each for each in entries if not in_working_directory(each))
    if in_working_directory(environment.get("UV", "")):
        environment.pop("UV", None)
    return environment


async def built(files: BuildFiles, *, progress: Callable[[str], None]) -> None:
    """Return once the program is there; raises EmbeddedServerError with the builder's reason, or after 72 minutes."""
    with anyio.move_on_after(WAIT_SECONDS), told(files.target.parent, "MCP_VOICE_CACHE_DIR"):
        for begun in range(BEGINS + 1):
            waited = await _waited(files, progress)
            if files.target.exists():
                return
            last = files.read()
            if last.problem and (begun or waited):
                raise EmbeddedServerError(last.problem, fix=last.fix, code=last.code)
            if begun < BEGINS:
                await begin(files)
        raise EmbeddedServerError(
            f"The process that builds livekit-server ended {BEGINS} times right after starting.",
            fix=f"See {str(files.log)!r}. {INSTEAD}",
            code="server-not-built",
        )
    raise EmbeddedServerError(
        f"Another process has been building livekit-server for over {WAIT_SECONDS / 60:.0f} minutes.",
        fix=f"Stop it with `mcp-voice server stop` and try again. {INSTEAD}",
        code="server-not-built",
    )


async def _waited(files: BuildFiles, progress: Callable[[str], None]) -> bool:
    """Wait while there is a builder, passing on what it tells; whether there was one."""
    said, waited = "", False
    while is_locked(files.lock):
        waited = True
        line = files.read().line
        if line not in ("", said):
            said = line
            progress(line)
        await anyio.sleep(POLL_SECONDS)
    return waited


def progress_of(files: BuildFiles) -> str:
    """How far a build is that is under way; empty if there is none."""
    return files.read().line if is_locked(files.lock) else ""


async def stopped(files: BuildFiles) -> None:
    """End a build under way; what it has fetched and compiled is kept for the next one. Raises OSError."""
    while is_locked(files.lock):
        files.stop.touch(mode=0o600)
        await anyio.sleep(POLL_SECONDS)
    files.stop.unlink(missing_ok=True)
