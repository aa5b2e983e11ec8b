"""Programs of npm that the tests run: installed once, into pytest's own cache."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from testkit.missing import missing

__all__ = ["npm_packages"]

INSTALL_SECONDS = 90.0


def npm_packages(config: pytest.Config, *packages: str, seconds: float = INSTALL_SECONDS) -> Path:
    """A folder in which these packages, each name@version, can be imported; without npm the test is ``missing``."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        missing(f"{packages[0]} was not tried: there is no Node. Install Node 20 or newer, with npm.")
    assert config.cache is not None
    name = "-".join(packages).replace("/", "-").replace("@", "-").strip("-")
    folder = Path(config.cache.mkdir(name))
    done_file = folder / "installed"
    if not done_file.exists():
        command = [npm, "install", "--no-audit", "--no-fund", "--loglevel=error", "--prefix", str(folder), *packages]
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)
        if done.returncode:
            missing(f"{packages[0]} was not tried: npm cannot install it: {done.stderr[-300:]}")
        done_file.touch()
    return folder
