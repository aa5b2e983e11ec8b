"""Find a livekit-server that runs: the setting's, the one on PATH, the one built before; else build one."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import anyio

from mcp_voice.embedded import fingerprint
from mcp_voice.embedded.build import VERSION, build
from mcp_voice.embedded.folders import cache_folder, told
from mcp_voice.errors import EmbeddedServerError
from mcp_voice.isolation import FOLDER, child_environment, find_program
from mcp_voice.locks import Lock, try_lock

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp_voice.settings import Settings

__all__ = ["Binary", "find_or_build", "locate"]

VERSION_SECONDS = 20.0  # 0.04 s measured; virus scanners look at a new program first
# Another process's build; a little more than one build may take.
BUILD_WAIT_SECONDS = 1_000.0
PROGRESS_SECONDS = 3.0
SUFFIX = ".exe" if sys.platform == "win32" else ""


@dataclass(frozen=True)
class Binary:
    """A livekit-server that was seen to run, and the version it gave."""

    path: Path
    version: str


class DoesNotRunError(Exception):
    """The file is not a livekit-server that runs here; the text says why."""


async def find_or_build(settings: Settings, *, progress: Callable[[str], None]) -> Path:
    """The path of a livekit-server that runs here, built if there is none; raises EmbeddedServerError."""
    return (await locate(settings, progress=progress)).path


async def locate(settings: Settings, *, progress: Callable[[str], None]) -> Binary:
    """A livekit-server that runs here, built if there is none; raises EmbeddedServerError."""
    if settings.livekit_server is not None:
        path = settings.livekit_server.expanduser().absolute()
        try:
            return await _tried(path)
        except DoesNotRunError as error:
            raise EmbeddedServerError(
                f"MCP_VOICE_LIVEKIT_SERVER is {str(path)!r}, which is not a livekit-server that runs here: {error}.",
                fix="Correct the path, or unset it to have one found or built.",
            ) from error
    on_path = find_program("livekit-server")
    cached = cache_folder(settings) / f"livekit-server-v{VERSION}{SUFFIX}"
    for path in ([Path(on_path)] if on_path else []) + ([cached] if cached.exists() else []):
        try:
            return await (_remembered(path) if path == cached else _tried(path))
        except DoesNotRunError as error:
            progress(f"{path} is passed over: {error}")
    return await _built(cached, progress=progress)


def _lock(cached: Path) -> Lock | None:
    with told(cached.parent, "MCP_VOICE_CACHE_DIR"):
        return try_lock(cached.with_name("build.lock"))


async def _built(cached: Path, *, progress: Callable[[str], None]) -> Binary:
    """Build into the cache, or wait for the process that is building already."""
    started = anyio.current_time()
    said = 0.0
    while (lock := _lock(cached)) is None:
        waited = anyio.current_time() - started
        if waited > BUILD_WAIT_SECONDS:
            raise EmbeddedServerError(
                f"Another process has been building livekit-server for {waited:.0f} s.",
                fix="End it and try again, or install livekit-server.",
                code="server-not-built",
            )
        if waited - said >= PROGRESS_SECONDS:
            said = waited
            progress(f"waiting for another process that builds livekit-server: {waited:.0f} s")
        await anyio.sleep(0.2)
    try:
        if cached.exists():
            try:
                return await _remembered(cached)
            except DoesNotRunError:
                cached.unlink()
        await build(cached, progress=progress)
        await fingerprint.remember(cached)
        return await _tried(cached)
    except DoesNotRunError as error:
        raise EmbeddedServerError(
            f"livekit-server was built but does not run: {error}.",
            fix="Install livekit-server yourself and set MCP_VOICE_LIVEKIT_SERVER to it, or set LIVEKIT_URL to a "
            "server that runs.",
            code="server-not-built",
        ) from error
    finally:
        lock.release()


async def _remembered(cached: Path) -> Binary:
    """One that was built before, if it still is what was built; raises DoesNotRunError, and then it was not run."""
    if await fingerprint.has_changed(cached):
        raise DoesNotRunError("it is not what was built there (its SHA-256 or its owner has changed)")
    binary = await _tried(cached)
    if not fingerprint.is_known(cached):
        with suppress(EmbeddedServerError):  # the folder may be for reading only
            await fingerprint.remember(cached)
    return binary


async def _tried(path: Path) -> Binary:
    """Ask the file for its version; raises DoesNotRunError."""
    try:
        with anyio.fail_after(VERSION_SECONDS):
            done = await anyio.run_process(
                [path, "--version"],
                stdin=subprocess.DEVNULL,
                stderr=subprocess.STDOUT,
                check=False,
                cwd=FOLDER,
                env=child_environment(),
            )
    except TimeoutError:
        raise DoesNotRunError(f"it did not tell its version within {VERSION_SECONDS:.0f} s") from None
    except OSError as error:
        raise DoesNotRunError(error.strerror or str(error)) from error
    words = done.stdout.decode(errors="replace").split()
    if done.returncode != 0:
        raise DoesNotRunError(f"it ended with status {done.returncode}")
    if words[:2] != ["livekit-server", "version"] or len(words) < 3:  # noqa: PLR2004 - its third word is the version
        raise DoesNotRunError("it does not say that it is livekit-server")
    return Binary(path, words[2])
