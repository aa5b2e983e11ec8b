"""What CI and a release run: the gates that need a machine of their own, and what is built, started as by a user."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import pytest
import yaml

from testkit.documents import ROOT, read

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def steps(workflow: str, job: str) -> list[dict[str, Any]]:
    """The steps of a job, in their order."""
    loaded = yaml.safe_load(read(f".github/workflows/{workflow}.yml"))
    found: list[dict[str, Any]] = loaded["jobs"][job]["steps"]
    return found


def runs(workflow: str, job: str) -> list[str]:
    """The shell lines of a job."""
    return [line.strip() for step in steps(workflow, job) for line in step.get("run", "").splitlines()]


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda workflow: workflow.stem)
def test_a_workflow_runs_scripts_that_are_there(workflow: object) -> None:
    """One that has been renamed would be seen only by the next push, or the next release."""
    named = set(re.findall(r"(?<![\w/])(?:\./)?((?:scripts|\.ci)/[\w./-]+\w)", read(str(workflow))))
    assert named
    assert {each for each in named if not (ROOT / each).is_file()} == set()


def test_ci_fails_below_the_coverage_that_is_reached() -> None:
    """The limit acts only where coverage is measured, and the gates' table says what it is."""
    assert runs("ci", "coverage")[-1] == "./scripts/coverage"
    assert "--cov " in read("scripts/coverage")
    limit = tomllib.loads(read("pyproject.toml"))["tool"]["coverage"]["report"]["fail_under"]
    gates = read("CONTRIBUTING.md").partition("\n## Gates\n")[2].partition("\n## ")[0]
    assert f"at least {limit} % (`./scripts/coverage`)" in gates


def test_a_release_has_a_conversation_before_anything_is_published() -> None:
    """A wheel that says its version may still lack what a room needs; both are in that environment."""
    (doctor,) = (line for line in runs("release", "build") if line.endswith(" doctor"))
    assert doctor == "uvx --with dist/mcp_voice_agent-*.whl --from dist/mcp_voice-*.whl mcp-voice doctor"
    order = [step.get("run", step.get("uses", "")).strip() for step in steps("release", "build")]
    built = order.index("uv build --all-packages")
    tested = next(place for place, text in enumerate(order) if text.startswith("./scripts/test"))
    assert built < tested < order.index(doctor) < order.index("actions/upload-artifact@v4")
    assert "build" in yaml.safe_load(read(".github/workflows/release.yml"))["jobs"]["publish"]["needs"]
