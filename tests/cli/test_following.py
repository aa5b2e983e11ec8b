"""The line that follows what happens: in one place on a terminal, a line per change elsewhere."""

from __future__ import annotations

import io
from contextvars import Context

import pytest
import typer
from rich.console import Console

from mcp_voice.cli import printing
from mcp_voice.cli.running import run
from mcp_voice.errors import VoiceError

WIDTH = 40
LONG = "building the LiveKit server, 40 % (about 789 packages, 300 compiled; 80 s)"


def followed(monkeypatch: pytest.MonkeyPatch, *, terminal: bool, seconds: float = 0.0) -> str:
    """What is written of four messages, two of them alike, and one of them empty."""
    written = io.StringIO()
    console = Console(file=written, force_terminal=terminal, width=WIDTH)
    monkeypatch.setattr(printing, "_stderr", lambda: console)
    follow = printing.following(seconds=seconds)
    for message in (LONG, LONG, "", "done"):
        follow(message)
    printing.clear()
    return written.getvalue()


def test_on_a_terminal_one_line_is_rewritten_and_never_wrapped(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is longer than the terminal is wide could not be taken back."""
    written = followed(monkeypatch, terminal=True)
    assert "\n" not in written
    shown = written.split(printing.CLEARED)
    assert (len(shown), shown[-1]) == (4, "")
    assert shown[1].startswith("… building the LiveKit server, 40 %")
    assert all(len(line) < WIDTH for line in shown)


def test_elsewhere_each_change_is_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """A log is read later, and keeps all of it."""
    written = followed(monkeypatch, terminal=False)
    assert written.count("…") == 2
    assert " ".join(written.split()).startswith(f"… {LONG}")


@pytest.mark.parametrize(("terminal", "told"), [(True, 2), (False, 1)])
def test_what_changes_often_is_told_now_and_then_in_a_log_and_at_once_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, told: int, *, terminal: bool
) -> None:
    """As how far a download is."""
    assert followed(monkeypatch, terminal=terminal, seconds=3600).count("… ") == told


@pytest.mark.parametrize("terminal", [True, False])
def test_a_command_that_loads_livekit_says_so_on_a_terminal_and_nowhere_else(
    monkeypatch: pytest.MonkeyPatch, *, terminal: bool
) -> None:
    """It showed nothing for 3 to 7 s, as the demo's first impression; a script's stderr stays as it is."""
    written = io.StringIO()
    console = Console(file=written, force_terminal=terminal, width=WIDTH)
    monkeypatch.setattr(printing, "_stderr", lambda: console)

    async def call() -> str:
        before = written.getvalue()
        printing.clear()
        return before

    before = Context().run(run, call)  # a fixture's event loop may have left its mark in ours
    assert before == (f"{printing.CLEARED}… loading LiveKit" if terminal else "")
    assert written.getvalue() == (f"{before}{printing.CLEARED}" if terminal else "")


@pytest.mark.parametrize("end", [VoiceError("The room is gone.", fix="Try another."), KeyboardInterrupt()])
def test_an_error_has_a_line_of_its_own_on_a_terminal(monkeypatch: pytest.MonkeyPatch, end: BaseException) -> None:
    """It was written behind what the call had reported last."""
    written = io.StringIO()
    console = Console(file=written, force_terminal=True, width=WIDTH)
    monkeypatch.setattr(printing, "_stderr", lambda: console)

    @printing.errors_shown()
    def command() -> None:
        printing.following()("joining the room")
        raise end

    with pytest.raises(typer.Exit):
        command()
    shown = written.getvalue().split(printing.CLEARED)
    assert (len(shown), shown[1]) == (3, "… joining the room")
