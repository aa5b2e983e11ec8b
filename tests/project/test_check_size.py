"""The gate against long files."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "check_size.py"


def check_size(root: Path) -> subprocess.CompletedProcess[str]:
    """Run the gate as scripts/check does, on the tree below ``root``."""
    return subprocess.run([sys.executable, SCRIPT, root], capture_output=True, text=True, timeout=30, check=False)


def write(root: Path, name: str, *, lines: int) -> None:
    """Put a Python file of so many lines below ``root``."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("pass\n" * lines)


@pytest.mark.parametrize("name", ["mcp_voice/long.py", "testkit/long.py", "benchmarks/long.py"])
def test_a_file_of_301_lines_is_refused_by_name(tmp_path: Path, name: str) -> None:
    """A file over the limit fails the gate, and the output says which and by how much."""
    write(tmp_path, name, lines=301)
    done = check_size(tmp_path)
    assert done.returncode == 1
    assert f"{Path(name)}: 301 lines" in done.stdout


def test_a_file_of_300_lines_passes(tmp_path: Path) -> None:
    """The limit itself is allowed, and trees that are missing do no harm."""
    write(tmp_path, "mcp_voice/just.py", lines=300)
    done = check_size(tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_long_file_outside_our_trees_is_nobodys_business(tmp_path: Path) -> None:
    """What lies in .venv or another folder is not counted."""
    write(tmp_path, ".venv/lib/long.py", lines=400)
    assert check_size(tmp_path).returncode == 0
