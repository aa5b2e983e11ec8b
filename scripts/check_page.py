"""The types of the join page's scripts, where there is Node: `tsc --checkJs` with LiveKit's own declarations."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent / "page"
INSTALLED = FOLDER / "node_modules" / ".package-lock.json"
LOCK = FOLDER / "package-lock.json"


def main() -> int:
    """Check them, after getting the tools from npm once; the exit status is 1 if something is wrong."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        return not_checked("they need Node 20 or newer, with npm, and there is none on PATH.")
    if not INSTALLED.is_file() or INSTALLED.stat().st_mtime < LOCK.stat().st_mtime:
        done = subprocess.run([npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=FOLDER, check=False)
        if done.returncode:
            return not_checked("npm could not install the tools (see above).")
        INSTALLED.touch()
    checked = subprocess.run([npm, "exec", "--", "tsc", "--project", "."], cwd=FOLDER, check=False)
    if checked.returncode == 0:
        print("The types of the join page's scripts are right.")
    return checked.returncode


def not_checked(reason: str) -> int:
    """Say so; it counts as a failure where it has to be checked, in CI."""
    print(f"NOT CHECKED: the types of the join page's scripts: {reason}")
    return 1 if os.environ.get("CI") == "true" else 0


if __name__ == "__main__":
    sys.exit(main())
