"""What did not reach its aim is explained: the table of docs/benchmarks.md, and the list in benchmarks/README.md."""

from __future__ import annotations

import re

from benchmarks.table import MARKS
from testkit.documents import read, table

HEADING = "## Why a row missed\n"
NAMES = re.compile(r"^- (\*\*.+?\*\*(?:, (?:and )?\*\*.+?\*\*)*): \S", re.MULTILINE)
"""Of a reason's line: the rows that it is about, in bold, with more behind them."""


def missed(page: str) -> list[str]:
    """The first cells of the lines that are marked so."""
    return [what for what, *_, mark in table(page, "measured") if mark == MARKS[False]]


def explained(page: str) -> list[str]:
    """The rows that the list names."""
    _, _, reasons = page.partition(HEADING)
    return [name for names in NAMES.findall(reasons) for name in re.findall(r"\*\*(.+?)\*\*", names)]


def test_each_row_that_missed_its_aim_is_explained_and_no_other() -> None:
    """A row that reaches its aim in a later run leaves the list, or its reason would be a wrong one."""
    assert sorted(explained(read("benchmarks/README.md"))) == sorted(missed(read("docs/benchmarks.md")))


def test_a_reason_may_be_that_of_several_rows() -> None:
    """Their names have colons and backquotes of their own; without a reason, a row is not explained."""
    page = f"- **before**: no\n\n{HEADING}\n- **a: b `c`**, and **d**: since **so**.\n- **e**: why\n- **f**:\n"
    assert explained(page) == ["a: b `c`", "d", "e"]


def test_only_marked_lines_count_as_missed() -> None:
    """What reached its aim, and what has none, need no reason."""
    lines = ["| a | 1 |  | ≤ 2 | ✓ |", "| … b | 3 |  | ≤ 2 | missed |", "| missed | 1 |  |  |  |"]
    assert missed("\n".join(["| measured | ours | naive | to reach | |", "|---|---|---|---|---|", *lines])) == ["… b"]
