"""The gate against files that nobody meant to keep."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "check_stray.py"


def check_stray(root: Path) -> subprocess.CompletedProcess[str]:
    """Run the gate as scripts/check does, on the tree below ``root``."""
    return subprocess.run([sys.executable, SCRIPT, root], capture_output=True, text=True, timeout=30, check=False)


def write(root: Path, name: str) -> None:
    """Put an empty file there."""
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).touch()


@pytest.mark.parametrize("name", ["agents/conversation.py.orig", "mcp_voice/a.py~", "docs/.a.md.swp", "x.rej"])
def test_a_file_that_a_merge_or_an_editor_left_is_refused_by_name(tmp_path: Path, name: str) -> None:
    """It fails the gate, and the output says which and what to do."""
    write(tmp_path, name)
    done = check_stray(tmp_path)
    assert done.returncode == 1
    assert f"{Path(name)}: left behind" in done.stdout


def test_files_of_ours_and_of_tools_pass(tmp_path: Path) -> None:
    """What lies in .git, in .venv or in a cache is not ours; origin.py is."""
    for name in ("mcp_voice/origin.py", ".git/a.orig", ".venv/lib/a.bak", "mcp_voice/__pycache__/a.pyc~"):
        write(tmp_path, name)
    done = check_stray(tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
