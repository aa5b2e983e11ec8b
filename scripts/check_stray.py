"""Refuse what editors and merges leave behind: a wheel built from this folder would hold it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

LEFT_BEHIND = ("*.orig", "*.rej", "*.bak", "*.swp", "*~", "*_BACKUP_*", "*_REMOTE_*", ".DS_Store")
NOT_OURS = (".*", "__pycache__", "dist", "scratch", "*-demo")
"""Folders that no wheel is built from, and what the programs write."""


def stray(root: Path) -> Iterator[Path]:
    """The files below ``root``, relative to it, that nobody meant to keep."""
    for folder, below, files in os.walk(root):
        below[:] = [name for name in below if not any(fnmatchcase(name, each) for each in NOT_OURS)]
        for name in files:
            if any(fnmatchcase(name, each) for each in LEFT_BEHIND):
                yield (Path(folder) / name).relative_to(root)


def main(root: Path) -> int:
    """Print each such file; the exit status is 1 if there is one."""
    found = sorted(stray(root))
    for path in found:
        print(f"{path}: left behind by an editor or a merge. Delete it.")
    if not found:
        print("No file was left behind.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent.parent))
