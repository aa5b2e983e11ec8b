"""What importing takes: the table of docs/architecture.md has its rows, and the light modules stay light."""

from __future__ import annotations

import runpy
import subprocess
import sys

import pytest

from testkit.documents import ROOT, read, table

LIGHT = ["mcp_voice.errors", "mcp_voice.settings", "mcp_voice.embedded"]
TOLERANCE = 1.25
"""Another Python loads some modules more."""


def documented() -> dict[str, int]:
    """The modules that are loaded with each that the document weighs."""
    return {row[0].strip("`"): int(row[2].replace(",", "")) for row in table(read("docs/architecture.md"), "importing")}


@pytest.mark.parametrize("module", LIGHT)
def test_light_modules_load_no_more_than_the_table_says(module: str) -> None:
    """An import at the top of one of them would cost every process of ours, the keeper as well."""
    code = f"import sys, {module}; print(len(sys.modules))"
    command = [sys.executable, "-P", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60, env={})
    assert int(done.stdout) <= TOLERANCE * documented()[module]


def test_the_table_has_a_row_for_each_module_that_the_script_weighs() -> None:
    """A row that is added is measured, not written."""
    script = runpy.run_path(str(ROOT / "scripts" / "import_weights.py"))
    assert list(documented()) == list(script["WEIGHED"])
