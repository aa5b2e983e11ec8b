"""The demo's lines on a terminal and elsewhere."""

from __future__ import annotations

import io

import pytest
from rich.console import Console
from rich.text import Text

from mcp_voice.cli.printing import stdout
from mcp_voice.demo.screen import screen

BUILD = ["building the LiveKit server, 0 % (once)", *(f"building the LiveKit server, {n} % (now)" for n in (1, 2, 3))]


@pytest.mark.parametrize(("terminal", "kept"), [(True, 1), (False, 4)], ids=["terminal", "pipe"])
def test_how_far_a_build_is_stays_one_line_on_a_terminal(*, terminal: bool, kept: int) -> None:
    """A build tells every two seconds for minutes; in a log each line is news."""
    out = io.StringIO()
    console = Console(file=out, width=100, force_terminal=terminal, color_system=None)
    with screen(console) as shown:
        for line in BUILD:
            shown.step(line)
        shown.step("LiveKit at ws://127.0.0.1:7880")
    lines = [line for line in out.getvalue().splitlines() if "setup" in line]
    assert sum("building the LiveKit server" in line for line in lines) == kept
    assert "LiveKit at ws://127.0.0.1:7880" in lines[-1]


def test_a_log_without_a_terminal_cuts_no_path_in_two(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each event, result and field is on a line of its own, however long, and nothing is filled up to a width."""
    monkeypatch.setenv("COLUMNS", "80")
    path = f"/home/ana/{'a long name/' * 30}demo.flac"
    with screen(stdout()) as shown:
        shown.heading("The demo")
        shown.says("setup", f"sound in {path}")
        shown.result("ask_in_room", {"path": path}, note="3 s")
        shown.show(Text(path))
    lines = capsys.readouterr().out.splitlines()
    assert sum(path in line for line in lines) == 3
    assert max(map(len, lines)) < len(path) + 40
