"""Programs of a test's own that stand in for Go, and for the livekit-server that it builds."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from mcp_voice.embedded.build import build

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["BROKEN", "SERVER", "build_here", "go", "program", "silent"]

SERVER = "#!/bin/sh\necho livekit-server version 1.13.5\n"
BROKEN = "#!/bin/sh\necho something else\n"
# Tells its version; builds a livekit-server, counting how often; or does what the rest says first.
GO = """#!{python}
import os, pathlib, sys, time
if sys.argv[1] == "version":
    print("go version go{version} any/any")
    sys.exit()
counter = pathlib.Path(__file__).with_name("builds")
counter.write_text(counter.read_text() + "x" if counter.exists() else "x")
print("go: downloading example.com/some/module v1.2.3", file=sys.stderr)
print("github.com/livekit/livekit-server/cmd/server", file=sys.stderr, flush=True)
{rest}
target = pathlib.Path(os.environ["GOBIN"]) / "server"
target.parent.mkdir()
target.write_text({server!r})
target.chmod(0o700)
"""


def program(path: Path, text: str) -> Path:
    """An executable file."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    path.chmod(0o700)
    return path


def go(tmp_path: Path, *, version: str = "1.26.1", rest: str = "", server: str = SERVER) -> None:
    """Put a stand-in for Go on PATH."""
    text = GO.format(python=sys.executable, version=version, rest=rest, server=server)
    program(tmp_path / "bin" / "go", text)


def silent(_line: str) -> None:
    """Progress that nobody looks at."""


async def build_here(tmp_path: Path, *, progress: Callable[[str], None] = silent) -> Path:
    """Build in this process, as the builder's does; gives the program."""
    target = tmp_path / "cache" / "livekit-server"
    scratch = target.with_name("build")
    scratch.mkdir(parents=True, exist_ok=True)
    await build(target, scratch=scratch, progress=progress)
    return target
