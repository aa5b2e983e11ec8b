"""The table: in the terminal, and as Markdown between two marks of docs/benchmarks.md."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from rich.table import Table

from benchmarks.row import Row
from benchmarks.rows import GROUPS, rows

__all__ = ["BEGIN", "END", "GROUPS", "markdown", "terminal", "write_document"]

BEGIN, END = "<!-- benchmark:begin -->", "<!-- benchmark:end -->"
EXPLAINED = (
    "Medians; real LiveKit server, real WebRTC, models that answer at once (their time is named where it counts). The "
    "naive server is `benchmarks/baseline.py`: an `AgentSession` with its default settings, measured in the same run."
)
MARKS = {True: "✓", False: "missed", None: ""}


def terminal(results: dict[str, Any]) -> Table:
    """The table for a terminal."""
    table = Table(title=caption(results), title_justify="left", show_lines=False)
    for name in ("measured", "mcp-voice", "naive AgentSession", "to reach", ""):
        table.add_column(name, overflow="fold")
    for row in rows(results):
        mark = {True: "[green]✓", False: "[red]missed", None: ""}[row.met]
        table.add_row(row.what.replace("`", ""), row.ours, row.naive, row.target, mark)
    return table


def caption(results: dict[str, Any]) -> str:
    """When it was measured, and on what."""
    machine, versions = results["machine"], results["versions"]
    whole_run = {**results, "load_before": machine["load_before"]}
    taken = list(results.get("taken", {}).values()) or [whole_run]
    dates, loads = sorted({each["date"] for each in taken}), [each["load_before"] for each in taken]
    samples = sorted({each["samples"] for each in taken})
    return (
        f"{_range(dates)}, {_range(samples)} samples, {machine['cores']} cores ({machine['cpu']}), "
        f"{machine['memory_gb']:.0f} GB, "
        f"{machine['system']}, Python {versions['python']}, livekit-agents {versions['livekit-agents']}, "
        f"mcp {versions['mcp']}; load before each measurement: {_range(sorted(loads))}"
    )


def _range(ordered: list[Any]) -> str:
    return str(ordered[0]) if ordered[0] == ordered[-1] else f"{ordered[0]} to {ordered[-1]}"


def markdown(results: dict[str, Any]) -> str:
    """The table for the document."""
    lines = ["| measured | mcp-voice | naive `AgentSession` | to reach | |", "|---|---|---|---|---|"]
    lines += [_line(row) for row in rows(results)]
    return "\n".join([*lines, "", f"{caption(results)}. {EXPLAINED}"])


def _line(row: Row) -> str:
    return f"| {row.what} | {row.ours} | {row.naive} | {row.target} | {MARKS[row.met]} |"


def write_document(results: dict[str, Any], path: Path, *, picture: str) -> None:
    """Put the table and the picture between the marks, which are added at the end where they are missing."""
    text = path.read_text(encoding="utf-8")
    if BEGIN not in text:
        text = f"{text.rstrip()}\n\n## Benchmark\n\n{BEGIN}\n{END}\n"
    inside = f"{BEGIN}\n{markdown(results)}\n\n![The same as a picture]({picture})\n{END}"
    written = re.sub(f"{re.escape(BEGIN)}.*?{re.escape(END)}", lambda _: inside, text, flags=re.DOTALL)
    path.write_text(written, encoding="utf-8")
