"""What importing takes: the table of docs/architecture.md has its rows, and no module gets heavier unseen."""

from __future__ import annotations

import runpy
from collections.abc import Callable

import pytest

from testkit.documents import ROOT, read, table

SCRIPT = runpy.run_path(str(ROOT / "scripts" / "import_weights.py"))
WEIGH: Callable[[str], tuple[int, int]] = SCRIPT["weigh"]
TOLERANCE = 1.25
"""Another Python loads some modules more."""


def documented() -> dict[str, tuple[int, int]]:
    """The modules that are loaded with each that the document weighs, and the MiB of the process."""
    rows = table(read("docs/architecture.md"), "importing")
    return {name.strip("`"): (int(modules.replace(",", "")), int(memory)) for name, _, modules, memory in rows}


@pytest.mark.parametrize("module", SCRIPT["WEIGHED"])
def test_no_module_loads_more_than_the_table_says(module: str) -> None:
    """An import at the top of one of them would cost every process of ours that has it."""
    modules, memory = documented()[module]
    found = WEIGH(module)
    assert found[0] <= TOLERANCE * modules
    assert found[1] <= TOLERANCE * memory


def test_the_table_has_a_row_for_each_module_that_the_script_weighs() -> None:
    """A row that is added is measured, not written."""
    assert list(documented()) == list(SCRIPT["WEIGHED"])
