"""What doctor shows: the checks as they are made on a terminal, then the report, which begins with the verdict."""

from __future__ import annotations

import json
import platform
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from mcp_voice.doctor.audit import Audited
from mcp_voice.doctor.program import Program
from mcp_voice.doctor.steps import CheckOutcome, StepState
from mcp_voice.texts.counting import counted

__all__ = ["DoctorReport", "as_json"]

MARKS: dict[StepState, tuple[str, str]] = {
    "passed": ("✓", "green"),
    "doubtful": ("!", "yellow"),
    "failed": ("✗", "bold red"),
    "skipped": ("–", "dim"),  # noqa: RUF001  # the longer dash stands out
}
TITLE_WIDTH = 24
MS_WIDTH = 9
INDENT = 4


def heading(program: Program) -> str:
    """Which program on which machine; a report without it helps nobody."""
    python = platform.python_version()
    return f"{program.name} {version(program.name)} · Python {python} · {platform.system()} {platform.machine()}"


class DoctorReport:
    """Prints for people; every text goes through ``redacted``."""

    def __init__(
        self, out: Console, settings: Sequence[Audited], *, program: Program, redacted: Callable[[str], str]
    ) -> None:
        self._out = out
        self._program = program
        self._settings = settings
        self._redacted = redacted
        self._rows: list[RenderableType] = []
        self._live = Live(console=out, auto_refresh=False, transient=True)

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Show on the terminal what is done, while the block lasts; what was made before it broke off stays."""
        try:
            with self._live:
                yield
        except BaseException:
            self._out.print(Group(*self._rows, Text("Interrupted before the last check.", style="bold")))
            raise

    def now(self, text: str) -> None:
        """Show what is done now, below the checks that were made; within ``shown``."""
        self._live.update(Group(*self._rows, Text(f"… {self._redacted(text)}", style="dim")), refresh=True)

    def add(self, outcome: CheckOutcome) -> None:
        """Add a check's line, and under it what is wrong and what to do."""
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
        self._rows.append(row)
        for found in outcome.problems:
            lines = Table.grid(padding=(0, 1))
            lines.add_row(Text("cause", style=style), Text(self._redacted(found.cause), overflow="fold"))
            lines.add_row(Text("fix", style=style), Text(self._redacted(found.fix), overflow="fold"))
            self._rows.append(Padding(lines, (0, 0, 0, INDENT), expand=False))

    def end(self, outcomes: Sequence[CheckOutcome]) -> None:
        """Print the report: verdict, checks, the settings that are set, and the next step."""
        self._out.print(self._verdict(outcomes))
        self._out.print(Text(f"{heading(self._program)}\n", style="dim"))
        self._out.print(Group(*self._rows))
        self._out.print(self._set())
        self._out.print(Text.assemble(("Next: ", "bold"), self._next_step(outcomes)))

    def _verdict(self, outcomes: Sequence[CheckOutcome]) -> Text:
        count = Counter(outcome.state for outcome in outcomes)
        state: StepState = "failed" if count["failed"] else "doubtful" if count["doubtful"] else "passed"
        begin = {"failed": "Something is wrong", "doubtful": "It works, but", "passed": "Everything works"}[state]
        causes = [found.cause for outcome in outcomes if outcome.state == state for found in outcome.problems]
        said = f"{begin}: {self._redacted(causes[0])}" if causes else f"{begin}."
        if state == "passed" and count["skipped"]:
            said = "Everything that was checked works."
        mark, style = MARKS[state]
        parts = ", ".join(f"{count[each]} {each}" for each in MARKS if count[each])
        return Text.assemble((f"{mark} {said}", f"bold {style.removeprefix('bold ')}"), f" ({parts})")

    def _next_step(self, outcomes: Sequence[CheckOutcome]) -> str:
        """The fix of the first failure, else of the first doubt; where all is well, what to try.

        The last is the program's own words: as a link's code its address's ``#install`` would be taken away.
        """
        for state in ("failed", "doubtful"):
            for outcome in outcomes:
                if outcome.state == state and outcome.problems:
                    return self._redacted(f"{outcome.problems[0].fix} Then run this command again.")
        return self._program.next_step

    def _set(self) -> RenderableType:
        table = Table.grid(padding=(0, 2))
        for each in self._settings:
            if each.source:
                shown = Text(self._redacted(each.shown), overflow="fold")
                table.add_row(Text(each.variable), shown, Text(f"from {each.source}", style="dim"))
        unset = sum(not each.source for each in self._settings)
        verb = "is" if unset == 1 else "are"
        lists = "`--json` lists all."
        others = Text(f"{counted(unset, 'setting')} {verb} not set; {lists}", style="dim")
        return Padding(Group(*[table] if table.rows else [], others), (1, 0, 1, 0), expand=False)


def as_json(
    settings: Sequence[Audited], outcomes: Sequence[CheckOutcome], *, program: Program, redacted: Callable[[str], str]
) -> str:
    """The whole report; ``ok`` is what the exit status says."""
    report = {
        program.name.replace("-", "_"): heading(program),
        "ok": not any(outcome.state == "failed" for outcome in outcomes),
        "settings": [
            {"variable": each.variable, "source": each.source or None, "value": redacted(each.shown) or None}
            | ({"used_by": each.use} if each.use else {})
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
                    {"name": each.name, "code": each.code, "cause": redacted(each.cause), "fix": redacted(each.fix)}
                    for each in outcome.problems
                ],
            }
            for outcome in outcomes
        ],
    }
    return json.dumps(report, indent=2, ensure_ascii=False)
