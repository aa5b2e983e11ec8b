"""Refuse Python files over 300 lines: a file that needs more has two jobs."""

from __future__ import annotations

import sys
from pathlib import Path

MAXIMUM_LINES = 300
TREES = ("mcp_voice", "agents", "testkit", "tests", "benchmarks", "examples", "scripts")


def too_long(root: Path) -> dict[Path, int]:
    """The Python files below the trees of ``root`` that are over the limit, with their number of lines."""
    files = [path for tree in TREES for path in (root / tree).rglob("*.py")]
    counts = {path.relative_to(root): path.read_bytes().count(b"\n") for path in files}
    return {path: lines for path, lines in counts.items() if lines > MAXIMUM_LINES}


def main(root: Path) -> int:
    """Print each file below ``root`` that is too long; the exit status is 1 if there is one."""
    found = too_long(root)
    for path, lines in sorted(found.items()):
        print(f"{path}: {lines} lines, allowed are {MAXIMUM_LINES}. Give its second job a file of its own.")
    if not found:
        print(f"No Python file has more than {MAXIMUM_LINES} lines.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent.parent))
