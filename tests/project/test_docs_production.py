"""``docs/production.md`` and the runbook against the code: each setting, metric, alert and file in them is there."""

from __future__ import annotations

import re

import pytest
import yaml

from mcp_voice.settings import variable
from mcp_voice.workers.settings import WorkerSettings
from mcp_voice_agent.settings import AgentSettings
from testkit.documents import ROOT, read, table

PRODUCTION = read("docs/production.md")
RUNBOOK = read("deploy/runbook.md")
OPERATING = read("deploy/README.md")
SETTINGS = {variable(name, kind) for kind in (AgentSettings, WorkerSettings) for name in kind.model_fields}
SECTIONS = ["Systems", "Settings", "Metrics", "Alerts", "Artefacts"]
TROUBLES = ["The agent does not join", "High latency", "Empty transcripts", "Silent TTS", "Tools fail"]


def section(text: str, title: str) -> str:
    """What stands under a heading."""
    return text.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def quoted(text: str) -> list[str]:
    """What stands in backquotes."""
    return re.findall(r"`([^`]+)`", text)


def alerts() -> set[str]:
    """The names of all rules."""
    groups = yaml.safe_load((ROOT / "deploy" / "alerts.yaml").read_text(encoding="utf-8"))["groups"]
    return {rule["alert"] for group in groups for rule in group["rules"]}


@pytest.mark.parametrize("title", SECTIONS)
def test_every_row_of_the_table_says_where_it_is(title: str) -> None:
    """A row without a place would be a wish."""
    rows = [line for line in section(PRODUCTION, title).splitlines() if line.startswith("| ")][1:]
    assert rows
    for row in rows:
        asked, here = row.strip("| ").split(" | ")
        assert asked
        assert quoted(here) or "LiveKit" in here, row


def test_every_setting_that_is_named_is_one() -> None:
    """Whoever deploys copies them."""
    named = {each for each in quoted(section(PRODUCTION, "Settings")) if each.isupper()}
    assert len(named) > 40
    for text in (PRODUCTION, RUNBOOK, OPERATING):
        assert set(re.findall(r"\b(?:MCP_VOICE|LIVEKIT|AGENT_CONFIG)_[A-Z0-9_]+\b", text)) <= SETTINGS | {
            "LIVEKIT_KEYS"
        }
    assert named <= SETTINGS


def test_every_metric_that_is_named_is_one_that_operators_are_told_of() -> None:
    """The table of metrics is compared with the code elsewhere."""
    known = {name for row in table(OPERATING, "name") for name in quoted(row[0])}
    for text in (section(PRODUCTION, "Metrics"), RUNBOOK):
        named = {each for each in quoted(text) if re.fullmatch(r"[a-z_]+_(total|ms|companion|percent|ratio)", each)}
        assert named
        assert named <= known


def test_the_table_and_the_runbook_have_every_alert() -> None:
    """At night, the alert's name is what one has."""
    assert {name for row in table(RUNBOOK, "alert") for name in quoted(row[0])} == alerts()
    assert set(quoted(section(PRODUCTION, "Alerts"))) == alerts()


def test_the_runbook_has_each_trouble_and_the_way_back() -> None:
    """What the guides list; each with causes in bold."""
    for title in TROUBLES:
        assert section(RUNBOOK, title).count("- ") > 2, title
    assert "rollout undo" in section(RUNBOOK, "Rollback")


def test_the_checklists_and_regions_are_there() -> None:
    """Before, during and after; a paragraph for each question of regions."""
    for title in ("Before a deployment", "During", "After"):
        assert section(OPERATING, title).count("- [ ]") > 3, title
    assert section(OPERATING, "Regions").count("\n**") == 3


@pytest.mark.parametrize("title", ["Systems", "Artefacts"])
def test_every_file_that_is_named_is_there(title: str) -> None:
    """A moved file leaves a hole in the table."""
    named = [each for each in quoted(section(PRODUCTION, title)) if re.match(r"[\w./-]+/|\.dockerignore", each)]
    assert named
    assert [each for each in named if not (ROOT / each).exists()] == []
