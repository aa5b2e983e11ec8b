"""What doctor shows: a line for each check as soon as it is made, or all of it as JSON at the end."""

from __future__ import annotations

import json
import platform
from collections import Counter
from collections.abc import Callable, Sequence
from importlib.metadata import version

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from mcp_voice.doctor.audit import Audited
from mcp_voice.doctor.steps import Outcome, State

__all__ = ["Report", "as_json"]

MARKS: dict[State, tuple[str, str]] = {
    "passed": ("✓", "green"),
    "doubtful": ("!", "yellow"),
    "failed": ("✗", "bold red"),
    "skipped": ("–", "dim"),  # noqa: RUF001  # the longer dash stands out
}
TITLE_WIDTH = 24
MS_WIDTH = 9
INDENT = 4
PREFIX = "MCP_VOICE_"


def heading() -> str:
    """Which mcp-voice on which machine; a report without it helps nobody."""
    python = platform.python_version()
    return f"mcp-voice {version('mcp-voice')} · Python {python} · {platform.system()} {platform.machine()}"


class Report:
    """Prints for people; every text goes through ``redacted``."""

    def __init__(self, out: Console, *, redacted: Callable[[str], str]) -> None:
        self._out = out
        self._redacted = redacted

    def begin(self, settings: Sequence[Audited]) -> None:
        """Print the settings that are set, with where that is, and the names of all others."""
        self._out.print(Text(f"{heading()}\n", style="bold"))
        table = Table.grid(padding=(0, 2))
        for each in settings:
            if each.source:
                shown = Text(self._redacted(each.shown), overflow="fold")
                table.add_row(Text(each.variable), shown, Text(f"from {each.source}", style="dim"))
        unset = [each.variable for each in settings if not each.source]
        ours = ", ".join(name.removeprefix(PREFIX) for name in unset if name.startswith(PREFIX))
        others = ", ".join(name for name in unset if not name.startswith(PREFIX))
        text = f"not set: {others}{', ' if others else ''}{PREFIX}… {ours}"
        if table.rows:
            self._out.print(Padding(table, (0, 0, 1, 2), expand=False))
        self._out.print(Padding(Text(text, style="dim"), (0, 0, 1, 2)))

    def add(self, outcome: Outcome) -> None:
        """Print a check's line, and under it what is wrong and what to do."""
        mark, style = MARKS[outcome.state]
        row = Table.grid(padding=(0, 1))
        row.add_column(width=1)
        row.add_column(width=TITLE_WIDTH)
        row.add_column(width=MS_WIDTH, justify="right")
        row.add_column()
        lasted = "" if outcome.ms is None else f"{outcome.ms:,} ms"
        dim = "dim" if outcome.state == "skipped" else ""
        row.add_row(
            Text(mark, style=style),
            Text(outcome.title, style=dim),
            Text(lasted, style="dim"),
            Text(self._redacted(outcome.detail), style=dim, overflow="fold"),
        )
        self._out.print(row)
        for _, remedy in outcome.problems:
            lines = Table.grid(padding=(0, 1))
            lines.add_row(Text("cause", style=style), Text(self._redacted(remedy.cause), overflow="fold"))
            lines.add_row(Text("fix", style=style), Text(self._redacted(remedy.fix), overflow="fold"))
            self._out.print(Padding(lines, (0, 0, 0, INDENT)))

    def end(self, outcomes: Sequence[Outcome]) -> None:
        """Print the sum."""
        count = Counter(outcome.state for outcome in outcomes)
        parts = [f"{count[state]} {state}" for state in MARKS if count[state]]
        verdict = "Something is wrong: see the first ✗." if count["failed"] else "Everything that was checked works."
        self._out.print(Text(f"\n{verdict} ({', '.join(parts)})", style="bold"))


def as_json(settings: Sequence[Audited], outcomes: Sequence[Outcome], *, redacted: Callable[[str], str]) -> str:
    """The whole report; ``ok`` is what the exit status says."""
    report = {
        "mcp_voice": heading(),
        "ok": not any(outcome.state == "failed" for outcome in outcomes),
        "settings": [
            {"variable": each.variable, "source": each.source or None, "value": redacted(each.shown) or None}
            for each in settings
        ],
        "checks": [
            {
                "name": outcome.name,
                "title": outcome.title,
                "state": outcome.state,
                "ms": outcome.ms,
                "detail": redacted(outcome.detail),
                "problems": [
                    {"name": name, "cause": redacted(remedy.cause), "fix": redacted(remedy.fix)}
                    for name, remedy in outcome.problems
                ],
            }
            for outcome in outcomes
        ],
    }
    return json.dumps(report, indent=2, ensure_ascii=False)
