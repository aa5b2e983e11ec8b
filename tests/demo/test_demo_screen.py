"""The demo's lines on a terminal and elsewhere."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

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
