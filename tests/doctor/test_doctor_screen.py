"""The report of doctor as people see it: the verdict first, the next step last, at any width."""

from __future__ import annotations

import contextvars
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from rich.console import Console

from mcp_voice import doctor
from mcp_voice.doctor.audit import Audited
from mcp_voice.doctor.program import Program
from mcp_voice.doctor.remedies import Finding
from mcp_voice.doctor.report import DoctorReport, as_json
from mcp_voice.doctor.server import MCP_VOICE
from mcp_voice.doctor.steps import CheckOutcome
from mcp_voice.redaction import without_values
from mcp_voice_agent.doctor import COMPANION

LONG = " ".join(["finding"] * 40)
SETTINGS = [
    Audited("livekit_url", "LIVEKIT_URL", "environment", "wss://example.livekit.cloud"),
    *[Audited(f"field_{number}", f"MCP_VOICE_FIELD_{number}", "", "") for number in range(25)],
]
REFUSED = Finding("unknown-key", "unknown-key", "The server does not know the key 'k'.", "Set LIVEKIT_API_KEY.")
ODD = Finding("slow", "slow", "It took 12 s.", "Use a faster model.")
PASSED = CheckOutcome("settings", "settings", "passed", "1 of 26 set", 3)
FAILED = CheckOutcome("key", "LiveKit accepts the key", "failed", ms=9, problems=(REFUSED,))
DOUBTFUL = CheckOutcome("tts", "speaking works", "doubtful", "1.2 s of speech", 12_000, (ODD,))
SKIPPED = CheckOutcome("join", "a participant joins", "skipped", "needs: LiveKit accepts the key")


def screen(*outcomes: CheckOutcome, width: int = 80, program: Program = MCP_VOICE) -> list[str]:
    """The lines of the report of these outcomes."""
    out = io.StringIO()
    redacted = without_values([])
    report = DoctorReport(Console(file=out, width=width, highlight=False), SETTINGS, program=program, redacted=redacted)
    for outcome in outcomes:
        report.add(outcome)
    report.end(outcomes)
    return [line.rstrip() for line in out.getvalue().splitlines()]


@pytest.mark.parametrize("width", [80, 120])
def test_a_report_begins_with_its_verdict_and_ends_with_the_next_step(width: int) -> None:
    """The verdict is the cause of the first failure; the next step is its fix."""
    lines = screen(PASSED, DOUBTFUL, FAILED, SKIPPED, width=width)
    text = " ".join(" ".join(lines).split())
    assert text.startswith(
        "✗ Something is wrong: The server does not know the key 'k'. (1 passed, 1 doubtful, 1 failed, 1 skipped) "
        "mcp-voice "
    )
    assert lines[-1] == "Next: Set LIVEKIT_API_KEY. Then run this command again."
    assert max(map(len, lines)) <= width


def test_where_there_is_no_terminal_each_finding_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As `grep` reads it; it was broken at 80 columns."""

    async def examine(*_: object, show: Callable[[CheckOutcome], None], **__: object) -> None:
        show(
            CheckOutcome("key", "LiveKit accepts the key", "failed", LONG, 9, (replace(REFUSED, cause=LONG, fix=LONG),))
        )

    monkeypatch.setattr(doctor, "examine", examine)
    # The fixtures of other tests have a loop open in this context.
    assert not contextvars.Context().run(doctor.diagnose, json=False)
    lines = capsys.readouterr().out.splitlines()
    assert sum(LONG in line for line in lines) == 5, lines
    assert max(map(len, lines)) < 2 * len(LONG)


def test_the_address_of_the_next_step_is_whole() -> None:
    """It ended in "#…": what follows a "#" is a secret in other people's addresses."""
    assert screen(PASSED)[-1].endswith("https://github.com/mcp-voice/mcp-voice#install")


def test_settings_that_are_not_set_take_one_line() -> None:
    """A newcomer has set nothing, and has not come for a list of 25 names."""
    lines = screen(PASSED)
    assert "LIVEKIT_URL  wss://example.livekit.cloud  from environment" in lines
    assert not any("MCP_VOICE_FIELD" in line for line in lines)
    assert sum("25 settings are not set" in line for line in lines) == 1


@pytest.mark.parametrize(
    ("outcomes", "verdict", "next_step"),
    [
        ((PASSED,), "✓ Everything works. (1 passed)", "Next: hear it (`demo` instead of"),
        ((PASSED, SKIPPED), "✓ Everything that was checked works. (1 passed, 1 skipped)", "Next: hear it"),
        ((PASSED, DOUBTFUL), "! It works, but: It took 12 s. (1 passed, 1 doubtful)", "Next: Use a faster model. Then"),
    ],
)
def test_what_works_is_said_with_what_to_do_then(
    outcomes: tuple[CheckOutcome, ...], verdict: str, next_step: str
) -> None:
    """Where all is well, the next step is to use it."""
    lines = screen(*outcomes)
    assert lines[0] == verdict
    assert any(line.startswith(next_step) for line in lines)


@pytest.mark.parametrize("program", [MCP_VOICE, COMPANION], ids=lambda program: program.name)
def test_the_next_step_names_no_program_that_is_not_on_path(program: Program) -> None:
    """From a clone, and by uvx, only the way by which doctor was started works."""
    lines = screen(PASSED, program=program)
    assert not re.search(r"`(mcp-voice|claude|uvx)\b", " ".join(lines))
    assert any("in the command you just ran" in line for line in [" ".join(" ".join(lines).split())])


def test_a_program_gets_the_code_of_each_problem() -> None:
    """Nobody has to read our English."""
    report = json.loads(as_json(SETTINGS, [FAILED], program=MCP_VOICE, redacted=lambda text: text))
    assert [each["code"] for each in report["checks"][0]["problems"]] == ["unknown-key"]
