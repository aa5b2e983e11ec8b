"""What cannot be asked or said is refused before LiveKit is loaded, which takes seconds."""

from __future__ import annotations

from contextvars import Context

import pytest
from typer.testing import CliRunner

from mcp_voice import library
from mcp_voice.cli.app import app


@pytest.fixture(autouse=True)
def _unloaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """No voice may be opened."""

    def opened() -> None:
        raise AssertionError("the voice was loaded")

    monkeypatch.setattr(library, "open_voice", opened)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["ask", "  "], "The question is empty."),
        (["ask", "Ready?", "-c", "yes", "-c", "Yes"], "Two choices are the same."),
        (["ask", "Ready?", "--wait", "-1"], "--wait is -1 and must be from 0 to 3,600."),
        (["say", "..."], "The message contains nothing that can be spoken."),
        (["say", "Hello.", "--wait", "99999"], "--wait is 99,999 and must be from 0 to 3,600."),
        (["listen", "--wait", "nan"], "--wait is nan and must be from 0 to 3,600."),
    ],
)
def test_wrong_usage_is_told_at_once(arguments: list[str], told: str) -> None:
    """An empty message took seven seconds to be refused."""
    done = Context().run(CliRunner().invoke, app, arguments)  # a fixture's event loop may have left its mark in ours
    assert done.exit_code == 1
    assert told in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
