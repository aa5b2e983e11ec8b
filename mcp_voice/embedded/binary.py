"""Find a livekit-server that runs: the setting's, the one on PATH, our package's, the one built before; else build."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import anyio

from mcp_voice.embedded import fingerprint
from mcp_voice.embedded.build import VERSION
from mcp_voice.embedded.build_files import BuildFiles
from mcp_voice.embedded.building import begin, built, progress_of, stopped
from mcp_voice.embedded.folders import cache_folder, told
from mcp_voice.embedded.package import packaged
from mcp_voice.errors import EmbeddedServerError
from mcp_voice.process.isolation import FOLDER, child_environment, find_program
from mcp_voice.process.locks import try_lock

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from mcp_voice.settings import Settings

__all__ = ["Binary", "begin_build", "build_progress", "find_or_build", "locate", "stop_build"]

VERSION_SECONDS = 20.0  # 0.04 s measured; virus scanners look at a new program first
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
    files = _build_files(settings)
    for path, tried in _candidates(files):
        try:
            return await tried(path)
        except DoesNotRunError as error:
            progress(f"{path} is skipped: {error}")
    return await _built(files, progress=progress)


async def begin_build(settings: Settings) -> None:
    """Have one built, in a process that outlives us, where none is found; returns at once.

    Raises EmbeddedServerError if that cannot even begin.
    """
    if settings.livekit_url or settings.livekit_server is not None:
        return
    files = _build_files(settings)
    if not _candidates(files):
        await begin(files)


def build_progress(settings: Settings) -> str:
    """How far a build is that is under way; empty if there is none. Raises EmbeddedServerError."""
    return progress_of(_build_files(settings))


async def stop_build(settings: Settings) -> None:
    """End a build under way, if there is one; raises EmbeddedServerError."""
    files = _build_files(settings)
    with told(files.target.parent, "MCP_VOICE_CACHE_DIR"):
        await stopped(files)


def _build_files(settings: Settings) -> BuildFiles:
    return BuildFiles(cache_folder(settings) / f"livekit-server-v{VERSION}{SUFFIX}")


def _candidates(files: BuildFiles) -> list[tuple[Path, Callable[[Path], Awaitable[Binary]]]]:
    """What there is, in this order, each with how it is tried."""
    on_path, ours = find_program("livekit-server"), packaged()
    found: list[tuple[Path, Callable[[Path], Awaitable[Binary]]]] = []
    if on_path:
        found.append((Path(on_path), _tried))
    if ours:
        found.append((ours, _whole))
    if files.target.exists():
        found.append((files.target, _remembered))
    return found


async def _built(files: BuildFiles, *, progress: Callable[[str], None]) -> Binary:
    """Have it built into the cache, by whoever is building already or a process of its own."""
    with told(files.target.parent, "MCP_VOICE_CACHE_DIR"):
        lock = try_lock(files.lock)
    if lock is not None:
        try:
            if files.target.exists():
                return await _remembered(files.target)
        except DoesNotRunError:
            files.target.unlink(missing_ok=True)
        finally:
            lock.release()
    await built(files, progress=progress)
    try:
        return await _remembered(files.target)
    except DoesNotRunError as error:
        raise EmbeddedServerError(
            f"livekit-server was built but does not run: {error}.",
            fix="Install livekit-server yourself and set MCP_VOICE_LIVEKIT_SERVER to it, or set LIVEKIT_URL to a "
            "running server.",
            code="server-not-built",
        ) from error


async def _whole(path: Path) -> Binary:
    """Our package's, if no byte of it is missing; raises DoesNotRunError."""
    if await fingerprint.is_damaged(path):
        raise DoesNotRunError("it is not what its package should contain (its SHA-256 differs)")
    return await _tried(path)


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
        raise DoesNotRunError(f"it did not report its version within {VERSION_SECONDS:.0f} s") from None
    except OSError as error:
        raise DoesNotRunError(error.strerror or str(error)) from error
    words = done.stdout.decode(errors="replace").split()
    if done.returncode != 0:
        raise DoesNotRunError(f"it ended with status {done.returncode}")
    if words[:2] != ["livekit-server", "version"] or len(words) < 3:  # noqa: PLR2004 - its third word is the version
        raise DoesNotRunError("it does not identify itself as livekit-server")
    return Binary(path, words[2])
