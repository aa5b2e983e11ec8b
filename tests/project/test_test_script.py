"""``./scripts/test`` and ``./scripts/coverage``: what fails beside others runs again, and a failed gate fails a run."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PYTHON = """#!/bin/sh
echo "$*" >>calls.log
case "$*" in
  *--last-failed*) echo '1 failed'; exit "$AGAIN" ;;
  '-m pytest'*) echo '2 passed'; exit "$FIRST" ;;
esac
"""
CHECK = """#!/bin/sh
echo 'mypy: what it found'
exit "$GATES"
"""
PASS, FAIL = "0", "1"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with the script; gates and Python only say how they ended."""
    programs = {
        "scripts/_venv": 'cd -- "$(dirname -- "$0")/.."\n',
        "scripts/check": CHECK,
        ".venv/bin/python": PYTHON,
    }
    for name, text in programs.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    for name in ("coverage", "test"):
        shutil.copy(ROOT / "scripts" / name, tmp_path / "scripts")
    return tmp_path


def run(
    checkout: Path, *arguments: str, script: str = "test", gates: str = PASS, first: str = PASS, again: str = PASS
) -> subprocess.CompletedProcess[str]:
    """Run a script, with these exit codes of the gates, of the tests, and of those that failed at first."""
    environment = {**os.environ, "GATES": gates, "FIRST": first, "AGAIN": again, "TMPDIR": str(checkout)}
    return subprocess.run(
        ["sh", str(checkout / "scripts" / script), *arguments],
        env=environment, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip


def test_all_is_well_where_gates_and_tests_pass(checkout: Path) -> None:
    """Pytest's line is the last one, what the gates print is not shown, and no file of theirs stays."""
    before = sorted(checkout.iterdir())
    done = run(checkout)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "2 passed"
    assert "mypy" not in done.stdout
    assert [each for each in sorted(checkout.iterdir()) if each not in before] == [checkout / "calls.log"]


def test_a_test_that_passes_by_itself_has_passed(checkout: Path) -> None:
    """What fails beside others is run once more."""
    assert run(checkout, first=FAIL).returncode == 0
    assert run(checkout, first=FAIL, again=FAIL).returncode == 1


@pytest.mark.parametrize("tests", [PASS, FAIL])
def test_a_gate_that_fails_is_shown_and_fails_the_run(checkout: Path, tests: str) -> None:
    """Whatever became of the tests, which run all the same."""
    done = run(checkout, gates=FAIL, first=tests, again=tests)
    assert done.returncode == 1
    assert "mypy: what it found" in done.stderr
    assert "./scripts/check" in done.stderr
    assert ("not every test" in done.stderr) is (tests == FAIL)
    assert "2 passed" in done.stdout


@pytest.mark.parametrize("arguments", [("tests/turns", "-q"), ("--cov", "-n", "3")])
def test_with_arguments_it_is_pytest_alone(checkout: Path, arguments: tuple[str, ...]) -> None:
    """No gates; the browser is seen to where its tests are run."""
    assert run(checkout, *arguments, gates=FAIL).returncode == 0
    calls = (checkout / "calls.log").read_text().splitlines()
    assert calls[-1] == f"-m pytest {' '.join(arguments)}"
    assert ("-m testkit.chromium" in calls) is ("--cov" in arguments)


def test_a_test_that_passes_by_itself_has_passed_where_coverage_is_measured_too(checkout: Path) -> None:
    """Measuring makes a busy machine busier: without this CI would hardly ever pass. What is run again adds to it."""
    assert run(checkout, script="coverage", gates=FAIL).returncode == 0
    assert "--last-failed" not in (checkout / "calls.log").read_text()
    assert run(checkout, script="coverage", first=FAIL).returncode == 0
    (again,) = [each for each in (checkout / "calls.log").read_text().splitlines() if "--last-failed" in each]
    assert again.startswith("-m pytest --cov --cov-append ")
    assert run(checkout, script="coverage", first=FAIL, again=FAIL).returncode == 1
