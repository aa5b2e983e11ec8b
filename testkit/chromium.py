"""Where Chromium is; run as a program, before any test's time limit begins, it installs one where it may."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

__all__ = ["ChromiumMissing", "find", "install"]

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
)
SETTING = "MCP_VOICE_TEST_CHROMIUM"
INSTALL_SECONDS = 900
LISTS = ["apt-get", "update", "-qq"]
"""Fails where one of several sources cannot be reached, though Chromium may be in another."""
PACKAGE = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"]
TO_INSTALL = (
    "The page's tests need Chromium or Chrome. Debian: apt-get install --no-install-recommends chromium; macOS: "
    f"brew install --cask chromium; Windows: winget install Google.Chrome. Or name one in {SETTING}."
)


class ChromiumMissing(Exception):
    """There is none, with what to install."""


def find() -> str:
    """The path of a Chromium or Chrome; raises ChromiumMissing."""
    named = os.environ.get(SETTING)
    found = [path for name in NAMES if (path := shutil.which(name))]
    installed = [place for place in PLACES if Path(place).is_file()]
    candidates = [named] if named else [*found, *installed]
    for candidate in candidates:
        if Path(candidate).is_file():
            return candidate
    raise ChromiumMissing(TO_INSTALL)


def install() -> None:
    """Install it with apt-get where nobody need be asked: as root, on Debian. Raises ChromiumMissing."""
    if sys.platform != "linux" or os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise ChromiumMissing(TO_INSTALL)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (LISTS, PACKAGE):
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False, timeout=INSTALL_SECONDS
        )
        if done.returncode and command is PACKAGE:
            raise ChromiumMissing(f"{' '.join(command)} failed: {done.stderr[-500:]}\n{TO_INSTALL}")


def main() -> int:
    """Say what was found; the exit status is 1 if there is none and none can be installed."""
    try:
        try:
            path = find()
        except ChromiumMissing:
            tell("Installing Chromium with apt-get (once; 290 MB on disk)")
            install()
            path = find()
    except ChromiumMissing as error:
        tell(str(error))
        return 1
    tell(f"Chromium: {path}")
    return 0


def tell(text: str) -> None:
    """On stderr, at once."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201  # It talks to a terminal.


if __name__ == "__main__":
    sys.exit(main())
