"""The gate that compares what is exported with what is used."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "check_exports.py"
DEFINES = '__all__ = ["useful"]\n\ndef useful():\n    pass\n\ndef hidden():\n    pass\n'


def check_exports(root: Path, **files: str) -> subprocess.CompletedProcess[str]:
    """Run the gate as scripts/check does, on these files (``a__b`` is ``a/b.py``) below ``root``."""
    for name, text in {"mcp_voice____init__": "", **files}.items():
        path = root / f"{name.replace('____init__', '/__init__').replace('__tool', '/tool')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return subprocess.run([sys.executable, SCRIPT, root], capture_output=True, text=True, timeout=30, check=False)


@pytest.mark.parametrize(
    "user",
    [
        "from mcp_voice.tool_a import useful\n",
        "from mcp_voice import tool_a\n\ntool_a.useful()\n",
        "from mcp_voice import tool_a as tools\n\ntools.useful()\n",
        "import mcp_voice.tool_a\n\nmcp_voice.tool_a.useful()\n",
        "from .tool_a import useful\n",
    ],
)
def test_an_export_that_another_module_uses_passes(tmp_path: Path, user: str) -> None:
    """However it is imported."""
    done = check_exports(tmp_path, mcp_voice__tool_a=DEFINES, mcp_voice__tool_b=user)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


def test_an_export_that_nobody_uses_is_refused(tmp_path: Path) -> None:
    """The module that defines it does not count."""
    done = check_exports(tmp_path, mcp_voice__tool_a=DEFINES + "\nuseful()\n")
    assert done.returncode == 1
    assert "mcp_voice.tool_a: nobody uses 'useful'" in done.stdout


def test_a_name_that_is_imported_and_not_exported_is_refused(tmp_path: Path) -> None:
    """Its module does not know that it is used elsewhere."""
    done = check_exports(
        tmp_path, mcp_voice__tool_a=DEFINES, mcp_voice__tool_b="from mcp_voice.tool_a import hidden, useful\n"
    )
    assert done.returncode == 1
    assert "mcp_voice.tool_b imports 'hidden', which is not in __all__" in done.stdout


@pytest.mark.parametrize(
    "also",
    [
        "class Turn:\n    pass\n",
        'Turn = Literal["mine", "yours"]\n',
        "Turn = Mapping[str, int]\n",
        "Turn = Mine | Yours\n",
        "Turn = Move\n",
        'Turn: TypeAlias = "Mine | Yours"\n',
    ],
)
def test_a_name_of_a_class_or_type_that_stands_for_two_things_is_refused(tmp_path: Path, also: str) -> None:
    """A reader finds the file by the word."""
    done = check_exports(tmp_path, mcp_voice__tool_a="class Turn:\n    pass\n", mcp_voice__tool_b=also)
    assert done.returncode == 1
    assert "Turn is a type of mcp_voice.tool_a and of mcp_voice.tool_b" in done.stdout
