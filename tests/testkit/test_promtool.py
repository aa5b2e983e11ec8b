"""Prometheus's checker of the alerts: a test that lacks it has tested nothing, and says so."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from testkit import promtool
from testkit.promtool import check_rules

DEPLOY = Path(__file__).parents[2] / "deploy"


@pytest.mark.parametrize(("ci", "how"), [("true", pytest.fail.Exception), ("", pytest.skip.Exception)])
def test_without_it_a_test_fails_in_ci_and_is_skipped_elsewhere(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, ci: str, how: type[BaseException]
) -> None:
    """Each says what was not tried, and what brings it."""
    monkeypatch.setenv("CI", ci)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(promtool, "FETCHED", tmp_path)
    with pytest.raises(how, match=r"were not tried\. There is no promtool"):
        check_rules(DEPLOY)


def test_an_alert_that_does_not_fire_is_found(tmp_path: Path) -> None:
    """And the one that should have is named."""
    for name in ("alerts.yaml", "alerts_test.yaml"):
        shutil.copy(DEPLOY / "team" / name, tmp_path)
    rules = tmp_path / "alerts.yaml"
    text = rules.read_text(encoding="utf-8")
    rules.write_text(text.replace("mcp_voice_places_without_worker", "mcp_voice_places_without"), encoding="utf-8")
    with pytest.raises(AssertionError, match="VoiceAsksWithoutWorker"):
        check_rules(tmp_path)
